"""Locking several incidents at once: always in the order of their ids, so that nobody waits in a ring."""

from collections.abc import Iterable

from django.db import models
from django.db.utils import OperationalError
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from incidents.response.models import Incident
from incidents.response.refusals import Refusal


class Busy(Refusal):
    """Somebody is changing one of the things that a verb would have to wait for."""


def lock_incidents(ids: Iterable[int | None]) -> dict[int, Incident]:
    """These incidents as they are now, locked. None among the ids is passed over."""
    wanted = {pk for pk in ids if pk is not None}
    found = Incident.objects.filter(pk__in=wanted).select_for_update(of=("self",)).order_by("pk")
    return {incident.pk: incident for incident in found}


def claim[M: models.Model](rows: models.QuerySet[M]) -> list[M]:
    """These rows, locked without waiting: their own verbs lock them before the incident. Raises Busy."""
    try:
        return list(rows.select_for_update(of=("self",), nowait=True).order_by("pk"))
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Busy(_("Somebody is just working on something attached to it. Try again in a moment.")) from None
        raise
