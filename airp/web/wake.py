"""The one place that wakes workers. A lost wake-up costs seconds, never work: sweeps find the rows."""

from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction

log = structlog.get_logger(__name__)


def wake(task_name: str, **kwargs: Any) -> None:
    """After the commit, ask a worker to run `task_name` with ids. Never raises."""
    transaction.on_commit(partial(_publish, task_name, kwargs), robust=True)


def _publish(task_name: str, kwargs: dict[str, Any]) -> None:
    if not settings.REDIS_URL:
        return
    try:
        current_app.tasks[task_name].apply_async(kwargs=kwargs, retry=False)
    except (
        Exception
    ) as error:  # a broker that is away must not fail the request whose work is safe in its row
        log.warning("wake_up_lost", task=task_name, error=type(error).__name__)
