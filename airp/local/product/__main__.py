"""Run the simulated product until SIGTERM: good for a minute, then a release goes wrong.

Each start begins with the good model. The minute counts from the first batch that airp took,
and ends a little before or after a full minute of the clock.
"""

import os
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from airp.local.product.assistant import Assistant
from airp.local.product.levers import BAD, Levers
from airp.local.product.reporting import Reporter
from airp.local.product.server import Server

STEP_SECONDS = 2.0
HEARTBEAT_SECONDS = 30.0


def main() -> None:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    state = Path(os.environ["AIRP_STATE_DIR"])
    levers = Levers()
    server = Server(levers, int(os.environ.get("AIRP_PRODUCT_PORT", "0")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    publish(server.url, state / "product-address")
    print(f"Levers at {server.url}", flush=True)
    reporter = Reporter(os.environ["AIRP_BASE_URL"], state / "product-token")
    assistant = Assistant(levers, seed=int(os.environ.get("AIRP_PRODUCT_SEED", "14")), run=uuid4().hex[:12])
    live(assistant, reporter, stopping, release_after=float(os.environ.get("AIRP_PRODUCT_RELEASE_AFTER", "45")))
    server.shutdown()


def live(assistant: Assistant, reporter: Reporter, stopping: threading.Event, *, release_after: float) -> None:
    """Serve customers and report, step by step; the bad release comes once."""
    first_taken_at: float | None = None
    is_released = False
    told_model = ""
    beaten_at = served_at = time.monotonic()
    asked_at = 0.0
    while not stopping.wait(STEP_SECONDS):
        now = time.monotonic()
        is_due = first_taken_at is not None and now - first_taken_at >= release_after
        if is_due and not is_released and is_soon_judged(datetime.now(UTC)):
            assistant.levers.point_alias_at(BAD)
            is_released = True
        model, _flag = assistant.levers.settings
        if model != told_model:
            reporter.change({"component": "model", "to": model, "at": datetime.now(UTC).isoformat()})
            told_model = model
        reporter.signals(assistant.serve(until=datetime.now(UTC), seconds=now - served_at))
        reporter.complaints(assistant.complain(until=datetime.now(UTC)))
        served_at = now
        if now - beaten_at >= HEARTBEAT_SECONDS:
            reporter.heartbeat()
            beaten_at = now
        if now - asked_at >= reporter.wait_seconds:
            asked_at = now
            if reporter.flush() and first_taken_at is None:
                first_taken_at = now


def is_soon_judged(moment: datetime) -> bool:
    """Whether a release now fills most of a minute soon. Thresholds judge whole minutes, and visitors are waiting."""
    return moment.second >= 50 or moment.second <= 15


def publish(address: str, path: Path) -> None:
    """Let others on this machine find the levers."""
    draft = path.with_suffix(".draft")
    draft.write_text(address)
    draft.rename(path)


if __name__ == "__main__":
    main()
