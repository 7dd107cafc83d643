"""Re-exports the tasks of all packages, so that Celery finds them."""

from incidents.detection.tasks import check_decisions, check_thresholds, keep_signals
from incidents.response.tasks import react

__all__ = ["check_decisions", "check_thresholds", "keep_signals", "react"]
