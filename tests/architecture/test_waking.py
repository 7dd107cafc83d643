"""One place speaks to the broker, so a broker that is away can be handled in one place."""

import re

from airp.local.state import CHECKOUT

SPEAKS_TO_BROKER = re.compile(
    r"\.(delay|delay_on_commit|apply_async|apply_async_on_commit|send_task)\(|countdown=|eta="
)


def test_only_wake_publishes_tasks_and_nothing_is_put_off_inside_the_broker() -> None:
    found = {
        f"{path.relative_to(CHECKOUT)}:{number}"
        for package in ("airp", "incidents", "reviews")
        for path in (CHECKOUT / package).glob("**/*.py")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if SPEAKS_TO_BROKER.search(line) and path != CHECKOUT / "airp/web/wake.py"
    }

    assert found == set()
