"""What the outbox reports to every page and to the health check."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.outbound.queries import FAILED_TALLY, oldest_due_at


def failed_deliveries(request: HttpRequest) -> dict[str, Any]:
    """How many deliveries failed or are in doubt (at most 100 are counted), for those who may see them."""
    if not isinstance(request.user, User) or not request.user.can(Capability.READ_DELIVERIES):
        return {}
    return {"failed_deliveries_url": reverse("outbound:deliveries"), "tallies": {"deliveries": FAILED_TALLY}}


def oldest_due(*, now: datetime) -> tuple[str, bool, str]:
    """Not ready when something has been due for longer than a minute, unless a person paused the outbox."""
    if settings.OUTBOUND == "paused":
        return ("outbox", True, _("The outbox is paused: nothing is sent, nothing is lost."))
    oldest = oldest_due_at(now)
    late_seconds = int((now - oldest).total_seconds()) if oldest else 0
    is_well = late_seconds <= settings.READY_OLDEST_DUE_SECONDS
    return ("outbox", is_well, _("The oldest due delivery waits for %(seconds)d s.") % {"seconds": late_seconds})
