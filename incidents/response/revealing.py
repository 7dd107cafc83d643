"""The limit on reading originals: what was hidden at entry is shown one by one, for a reason, and not without end."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.response.refusals import Refusal

HOUR = timedelta(hours=1)


class TooManyReveals(Refusal):
    """One person read many originals within an hour."""


def check_limit(reveals: QuerySet[Any], *, by: User, now: datetime) -> None:
    """Raises TooManyReveals when this person's reveals (`by`, `at`) of the last hour reach AIRP_REVEALS_PER_HOUR.

    The person is locked, so that two reveals at once are counted one after the other. Call it in the transaction
    that records the reveal.
    """
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if reveals.filter(by=by, at__gt=now - HOUR).count() >= settings.REVEALS_PER_HOUR:
        raise TooManyReveals(
            _("You have read %(most)d originals within an hour. Go on later, or ask a colleague.")
            % {"most": settings.REVEALS_PER_HOUR}
        )
