"""Re-exports the tasks of all packages, so that Celery finds them."""

from incidents.coordination.tasks import sweep_coordination
from incidents.detection.tasks import check_decisions, check_thresholds, keep_signals, watch_sources
from incidents.impact.tasks import erase_samples
from incidents.notification.tasks import climb
from incidents.playbooks.tasks import sweep_tasks
from incidents.response.tasks import react

__all__ = [
    "check_decisions",
    "check_thresholds",
    "climb",
    "erase_samples",
    "keep_signals",
    "react",
    "sweep_coordination",
    "sweep_tasks",
    "watch_sources",
]
