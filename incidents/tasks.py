"""Re-exports the tasks of all packages, so that Celery finds them."""

from incidents.notification.tasks import climb
from incidents.response.tasks import react

__all__ = ["climb", "react"]
