"""The only place that speaks to the broker. A wake-up is a courtesy: the work itself is rows, and sweeps find it.

So waking never fails the caller, costs nothing while the broker is away, and happens only after the commit.
"""

from functools import partial
from threading import Lock
from time import monotonic
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

QUIET_SECONDS = 30.0
log = structlog.get_logger(__name__)


class Broker:
    """Remembers for a while that the broker was away, so that a request does not wait for it again and again."""

    def __init__(self) -> None:
        self.quiet_until = 0.0

    def publish(self, task: Any, kwargs: dict[str, Any]) -> None:
        if monotonic() < self.quiet_until:
            return
        try:
            task.apply_async(kwargs=kwargs, retry=False, ignore_result=True)
        except Exception as error:  # noqa: BLE001 - the client raises many kinds; whichever it is, the sweep does the work
            self.quiet_until = monotonic() + QUIET_SECONDS
            log.warning("broker_away", task=task.name, error=type(error).__name__, quiet_seconds=QUIET_SECONDS)


broker = Broker()
loading = Lock()


def task_named(name: str) -> Any:
    """The task object. Raises celery's NotRegistered for a name that no tasks.py declares."""
    app = import_string(settings.TASK_APP)
    with loading:  # a second thread must not look while the first still imports
        if name not in app.tasks:
            app.loader.import_default_modules()
        return app.tasks[name]


def wake(task_name: str, **kwargs: Any) -> None:
    """Ask a worker to run the task once the present transaction is committed; after a rollback, ask nobody."""
    task = task_named(task_name)
    if settings.REDIS_URL:
        transaction.on_commit(partial(broker.publish, task, kwargs), robust=True)
