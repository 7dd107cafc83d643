"""A link: how two incidents belong together, since when and until when. The incidents know nothing of it."""

from typing import ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.linking.ending import Ending
from incidents.response.models import Incident
from incidents.response.relations import Relation, Side
from incidents.response.visibility import ExistsFor


class LinkQuerySet(models.QuerySet["Link"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A link exists only for those for whom both of its incidents do."""
        if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
            return self.none()
        return self.filter(ExistsFor(user, path="source__"), ExistsFor(user, path="target__"))

    def open(self) -> Self:
        return self.filter(ended_at__isnull=True)

    def of(self, incident: Incident) -> Self:
        return self.filter(Q(source=incident) | Q(target=incident))


class Link(Ending):
    """`source` is the duplicate, the part or the recurrence of `target`; of related ones the older is the target."""

    relation = models.CharField(_("relation"), max_length=10, choices=Relation)
    source = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="links_out")
    target = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="links_in")
    # None: the machine, which knows that a cause came back
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("since"))
    reason = models.TextField(_("why"), blank=True)

    objects: ClassVar[LinkQuerySet] = LinkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.UniqueConstraint(
                Least("source", "target"),
                Greatest("source", "target"),
                "relation",
                condition=Q(ended_at__isnull=True),
                name="one_open_link_per_pair_and_relation",
            ),
            models.UniqueConstraint(
                fields=["source"], condition=Q(ended_at__isnull=True, relation="parent"), name="one_parent_per_incident"
            ),
            models.CheckConstraint(condition=~Q(source=F("target")), name="no_link_to_itself"),
        ]
        indexes = [
            models.Index(fields=["source", "-at"], name="links_by_source"),
            models.Index(fields=["target", "-at"], name="links_by_target"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.relation} of {self.source_id} and {self.target_id}"

    def side_of(self, incident: Incident) -> Side:
        return Side.SOURCE if self.source_id == incident.pk else Side.TARGET

    def other_than(self, incident: Incident) -> Incident:
        other: Incident = self.target if self.source_id == incident.pk else self.source
        return other
