"""A mail server that delivers into a folder: each message becomes one .eml file, complete or not there at all."""

import asyncio
import signal
import sys
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from uuid import uuid4

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.handlers import Message as MessageHandler

MAX_BYTES = 30_000_000


class FolderOfMail(MessageHandler):
    """Writes each message beside its envelope, under a name that sorts by time."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def handle_message(self, message: Message) -> None:
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}.eml"
        draft = self.folder / f".{name}"
        draft.write_bytes(message.as_bytes())
        draft.rename(self.folder / name)


async def serve(port: int, folder: Path) -> None:
    loop = asyncio.get_running_loop()
    finished = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, finished.set)
    sink = UnthreadedController(
        FolderOfMail(folder), hostname="127.0.0.1", port=port, loop=loop, data_size_limit=MAX_BYTES
    )
    server = await loop.create_server(sink.factory, host="127.0.0.1", port=port)
    await finished.wait()
    server.close()


def main(arguments: list[str]) -> None:
    port, folder = int(arguments[0]), Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(port, folder))


if __name__ == "__main__":
    main(sys.argv[1:])
