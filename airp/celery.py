"""The Celery application. It wakes workers and remembers nothing: work is rows in PostgreSQL.

A task names its queue on its declaration. What beat nudges, and how often, stands in `airp/schedule.py`; a nudge
that nobody took within its interval is thrown away, because the next one finds the same rows.
"""

import os
from typing import Any

from celery import Celery

from airp.schedule import JOBS, Job

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "airp.settings")


def beat_schedule(jobs: tuple[Job, ...]) -> dict[str, dict[str, Any]]:
    """The table of jobs in Celery's form."""
    return {
        job.task: {"task": job.task, "schedule": job.every_seconds, "options": {"expires": job.every_seconds}}
        for job in jobs
    }


app = Celery("airp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = beat_schedule(JOBS)
app.autodiscover_tasks()
