"""Everything the local set-up keeps lies in one folder: cluster, sockets, logs, secrets, records of processes."""

import base64
import fcntl
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from airp.local import ports
from airp.local.failures import CannotStart
from airp.local.unprivileged import nobody

CHECKOUT = Path(__file__).resolve().parents[2]
WEB_PORTS = range(8000, 8050)
# Linux and macOS cut the address of a Unix socket off; the longest name we put into the folder needs 20.
LONGEST_SOCKET_FOLDER = 80


def private_folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@dataclass(frozen=True, slots=True)
class State:
    """The folders and small files of one local installation."""

    root: Path

    @classmethod
    def of_checkout(cls) -> "State":
        return cls(Path(os.environ.get("AIRP_STATE_DIR") or CHECKOUT / ".state").absolute())

    @property
    def name(self) -> str:
        """A short word that tells this installation from others on the machine."""
        return hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]

    @property
    def logs(self) -> Path:
        return private_folder(self.root / "logs")

    @property
    def records(self) -> Path:
        return private_folder(self.root / "run")

    @property
    def mail(self) -> Path:
        return private_folder(self.root / "mail")

    @property
    def sockets(self) -> Path:
        """Where the Unix sockets lie: in the state, or in the system's temporary folder where its path is too long."""
        near = self.root / "sockets"
        if len(os.fsencode(near)) <= LONGEST_SOCKET_FOLDER:
            return private_folder(near)
        return self.temporary("sockets")

    def temporary(self, purpose: str) -> Path:
        """A private folder outside the checkout, the same one each time. Raises CannotStart when another owns it."""
        folder = private_folder(Path(tempfile.gettempdir()) / f"airp-{os.getuid()}-{self.name}-{purpose}")
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise CannotStart("busy", detail=f"{folder} belongs to somebody else; remove it.")
        return folder

    def remove(self) -> None:
        """Forget everything, also what had to lie elsewhere."""
        elsewhere = Path(tempfile.gettempdir())
        own = (f"airp-{os.getuid()}-{self.name}-sockets", f"airp-nobody-{self.name}")
        for place in (self.root, *(elsewhere / name for name in own)):
            shutil.rmtree(place, ignore_errors=True)

    def temporary_for_nobody(self) -> Path:
        """As `temporary`, for the case that the user nobody runs the cluster and may enter but root made it."""
        folder = private_folder(Path(tempfile.gettempdir()) / f"airp-nobody-{self.name}")
        if folder.is_symlink() or folder.lstat().st_uid not in {0, nobody().pw_uid}:
            raise CannotStart("busy", detail=f"{folder} belongs to somebody else; remove it.")
        return folder

    def secrets(self) -> dict[str, str]:
        """The installation's keys, made once."""
        folder = private_folder(self.root / "secrets")
        fresh = {
            "AIRP_SECRET_KEY": secrets.token_urlsafe(50),
            "AIRP_FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        }
        return {name: self._kept(folder / name, value) for name, value in fresh.items()}

    @staticmethod
    def _kept(path: Path, fresh: str) -> str:
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(fresh)
        return path.read_text()

    def note(self, name: str) -> str:
        """A remembered word, such as the hash of the migrations that were run; empty when there is none."""
        path = self.root / name
        return path.read_text().strip() if path.exists() else ""

    def remember(self, name: str, value: str) -> None:
        private_folder(self.root)
        (self.root / name).write_text(value)

    def web_port(self) -> int:
        """The port kept from before if it is free, else the first free one. Raises CannotStart when none is."""
        kept = self.note("port")
        before: list[int] = [int(kept)] if kept.isdigit() else []
        for port in chain(before, WEB_PORTS):
            if ports.claim(port, owner=self.name):
                self.remember("port", str(port))
                return port
        raise CannotStart("no_port")

    def any_port(self, name: str) -> int:
        """A free loopback port, kept under `name` and used again while it is free."""
        kept = self.note(name)
        port = int(kept) if kept.isdigit() and ports.is_free(int(kept)) else ports.free_port()
        self.remember(name, str(port))
        return port

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One start or stop at a time. Raises CannotStart when another one is under way."""
        private_folder(self.root)
        with (self.root / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise CannotStart("busy") from error
            yield
