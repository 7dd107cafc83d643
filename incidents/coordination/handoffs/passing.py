"""What passes when a handoff is accepted: each thing through the verb of whoever knows it, as the giver."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.coordination.handoffs.states import Outcome
from incidents.response.holdings import holders
from incidents.response.models import Incident
from incidents.response.refusals import Refusal

if TYPE_CHECKING:
    from incidents.coordination.handoffs.handoff import Handoff
    from incidents.coordination.handoffs.records import HandoffItem


def pass_all(handoff: "Handoff", *, now: datetime) -> None:
    """A single thing passes or its refusal is raised. Of a shift passes what can; the rest says why it did not.

    The caller holds the locks of the incidents and of the handoff.
    """
    packet = handoff.packets.get(number=handoff.version)
    for item in packet.items.filter(outcome=Outcome.OFFERED).order_by("pk"):
        try:
            with transaction.atomic():
                _pass(item, handoff, now=now)
            item.outcome = Outcome.PASSED
        except Refusal as refusal:
            if not handoff.is_shift:
                raise
            item.outcome, item.why = Outcome.STAYED, str(refusal)[:300]
        item.save(update_fields=["outcome", "why"])


def _pass(item: "HandoffItem", handoff: "Handoff", *, now: datetime) -> None:
    to = handoff.receiver
    if item.incident_id is not None and not Incident.objects.filter(pk=item.incident_id).visible_to(to).exists():
        raise Refusal(_("%(name)s cannot see this incident.") % {"name": to.name})
    holder = next(each for each in holders() if each.kind == item.kind)
    holder.pass_on(item.key, giver=handoff.giver, to=to, now=now)
