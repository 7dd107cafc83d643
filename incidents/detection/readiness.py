"""What detection reports to the health check."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from incidents.detection.queries import last_tick_at


def tick_age(*, now: datetime) -> tuple[str, bool, str]:
    """Not ready when the newest judged minute is older than three minutes: then no threshold can fire."""
    last = last_tick_at()
    if last is None:
        return ("thresholds", True, _("Nothing has been judged yet."))
    age_seconds = int((now - last).total_seconds())
    is_well = age_seconds <= settings.READY_TICK_AGE_SECONDS
    return ("thresholds", is_well, _("The newest judged minute is %(seconds)d s old.") % {"seconds": age_seconds})
