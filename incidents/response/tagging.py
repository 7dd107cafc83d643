"""What kind of harm it is, and the tags of public taxonomies that the kind proposes: put right by people."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.classification.models import HarmKind
from incidents.classification.taxonomies import every_tag, in_order
from incidents.response.acting import Acting
from incidents.response.kinds import Kind
from incidents.response.refusals import AlreadyDone, ReasonMissing, UnknownTag
from incidents.response.states import Verb
from incidents.response.timeline import TimelineEntry, append


class Tagged(Acting):
    """What the incident is called in other people's vocabularies."""

    class Meta(Acting.Meta):
        abstract = True

    @transaction.atomic
    def change_harm_kind(
        self, *, to: HarmKind, by: User, now: datetime, reason: str, expected: int | None = None
    ) -> TimelineEntry:
        """The first guess was wrong. Takes the tags of the new kind. Raises AlreadyDone for the kind that it has."""
        incident = self._incident
        self.begin(Verb.CHANGE_HARM_KIND, by=by, reason=reason, expected=expected)
        before = incident.harm_kind
        if before is not None and before.pk == to.pk:
            raise AlreadyDone(_("%(kind)s is its harm kind already.") % {"kind": to.name})
        self.commit(*self.take_harm_kind(to, note=reason))
        facts = self._facts(harm_kind=to.slug, harm_kind_before=before.slug if before else "")
        return append(incident, kind=Kind.HARM_KIND_CHANGED, by=by, now=now, facts=facts, text=reason)

    @transaction.atomic
    def correct_tags(self, *, to: Iterable[str], by: User, now: datetime) -> TimelineEntry:
        """Replace the tags. Raises UnknownTag, or AlreadyDone for no change."""
        incident, wanted = self._incident, in_order(to)
        self.begin(Verb.CORRECT_TAGS, by=by)
        before = set(incident.tags)
        if unknown := [tag for tag in wanted if tag not in every_tag() and tag not in before]:
            raise UnknownTag(_("There is no tag %(tag)s.") % {"tag": ", ".join(unknown)})
        if before == set(wanted):
            raise AlreadyDone(_("These are already its tags."))
        incident.tags = wanted
        self.commit("tags")
        facts = {"added": in_order(set(wanted) - before), "removed": in_order(before - set(wanted))}
        return append(incident, kind=Kind.TAGS_CORRECTED, by=by, now=now, facts=facts)

    def take_harm_kind(self, kind: HarmKind, *, note: str) -> tuple[str, ...]:
        """Set the harm kind with the tags it proposes; returns the names of the fields it set.

        A kind that stays keeps the tags as people left them. Raises ReasonMissing for "something else" without words.
        """
        incident = self._incident
        if incident.harm_kind_id == kind.pk:
            note = note.strip() or incident.summary
        check_kind_is_said(kind, note)
        if incident.harm_kind_id == kind.pk:
            return ("harm_kind",)
        incident.harm_kind, incident.tags = kind, in_order(kind.tags)
        return ("harm_kind", "tags")


def check_kind_is_said(kind: HarmKind, note: str) -> None:
    """A kind that says nothing by itself needs words. Raises ReasonMissing."""
    if kind.needs_note and not note.strip():
        raise ReasonMissing(_("what kind of harm it is, as it is none of the others"))
