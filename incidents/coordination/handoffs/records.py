"""What a handoff consists of: its words in versions that never change, and the things that pass with it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.coordination.handoffs.handoff import Handoff
from incidents.coordination.handoffs.states import Outcome
from incidents.response.holdings import HoldingKind
from incidents.response.models import Incident
from incidents.response.packets import Section
from incidents.response.visibility import ExistsFor


class HandoffPacket(models.Model):
    """One version of the words: {section: Markdown}. Frozen when it is offered."""

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="packets")
    number = models.PositiveIntegerField()
    words = models.JSONField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        verbose_name = _("packet of a handoff")
        verbose_name_plural = _("packets of handoffs")
        constraints = [models.UniqueConstraint(fields=["handoff", "number"], name="one_packet_per_handoff_version")]
        triggers = [pgtrigger.Protect(name="words_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"packet {self.number} of handoff {self.handoff_id}"

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Each section with its words, in the order in which they are read."""
        return [(str(section.label), self.words.get(section.value, "")) for section in Section]


class HandoffItem(models.Model):
    """One thing that passes, as it was when it was offered, and what became of it."""

    packet = models.ForeignKey(HandoffPacket, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=10, choices=HoldingKind)
    key = models.CharField(max_length=80)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=300)
    stands = models.CharField(max_length=100, blank=True)
    due_at = models.DateTimeField(null=True)
    url = models.CharField(max_length=300)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OFFERED)
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("item of a handoff")
        verbose_name_plural = _("items of handoffs")
        constraints = [models.UniqueConstraint(fields=["packet", "kind", "key"], name="one_item_per_thing_and_packet")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="offered_things_stay", fields=["packet", "kind", "key", "incident", "title", "stands", "due_at"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} of packet {self.packet_id}"


def items_for(packet: HandoffPacket, user: User) -> tuple[list[HandoffItem], bool]:
    """The items that exist for a person, and whether something that was offered does not. One query."""
    items = packet.items.select_related("incident").annotate(
        is_shown=models.Case(
            models.When(incident__isnull=True, then=True),
            models.When(ExistsFor(user, path="incident__"), then=True),
            default=False,
            output_field=models.BooleanField(),
        )
    )
    found = list(items.order_by("pk"))
    hidden = [item for item in found if not item.is_shown]
    is_short = any(item.outcome != Outcome.LEFT_OUT for item in hidden)
    return [item for item in found if item not in hidden], is_short
