"""The life of a playbook: new, published, edited as a draft of the next version, retired. Each act is audited."""

from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.audit.models import record
from incidents.playbooks.drafting import demand_author
from incidents.playbooks.refusals import DraftExists, NotADraft, NothingToPublish, TwoWouldFit
from incidents.playbooks.states import VersionState
from incidents.response.refusals import AlreadyDone, ReasonMissing

if TYPE_CHECKING:
    from incidents.playbooks.playbook import Playbook, PlaybookVersion


def demand_reason(why: str, demanded: str) -> str:
    if not why.strip():
        raise ReasonMissing(demanded)
    return why.strip()


class Keeping(models.Model):
    """What is done with a playbook as a whole."""

    class Meta:
        abstract = True

    @transaction.atomic
    def begin_draft(self, *, by: User | None, now: datetime) -> "PlaybookVersion":
        """The next version, as a copy of the newest. Raises DraftExists."""
        demand_author(by)
        playbook = self._locked()
        newest = playbook.versions.order_by("-number").first()
        if newest is not None and newest.state == VersionState.DRAFT:
            raise DraftExists(_("There is a draft already. Go on with it, publish it or throw it away."))
        draft: PlaybookVersion = playbook.versions.create(
            number=newest.number + 1 if newest else 1,
            systems=newest.systems if newest else [],
            harm_kinds=newest.harm_kinds if newest else [],
            severities=newest.severities if newest else [],
            edited_at=now,
            edited_by=by,
        )
        if newest is not None:
            draft.copy_steps_of(newest)
        return draft

    @transaction.atomic
    def retire(self, *, by: User, now: datetime, why: str) -> None:
        """No longer chosen nor offered. What runs goes on; publishing a version brings it back."""
        demand_author(by)
        playbook = self._locked()
        if playbook.retired_at is not None:
            raise AlreadyDone(_("%(name)s is retired already.") % {"name": playbook.name})
        playbook.retired_why = demand_reason(why, _("why nobody should use it any more"))
        playbook.retired_at = now
        playbook.save(update_fields=["retired_at", "retired_why"])
        record(act="playbook.retired", at=now, by=by, object_label=playbook.slug, facts={"playbook": playbook.pk})

    @transaction.atomic
    def reword(self, *, name: str, purpose: str, by: User) -> None:
        """Name and purpose belong to the playbook, not to a version; the values before stay in its history."""
        demand_author(by)
        playbook = self._locked()
        playbook.name, playbook.purpose = name, purpose
        playbook.save(update_fields=["name", "purpose"])

    def _locked(self) -> "Playbook":
        playbook = cast("Playbook", self)
        playbook.refresh_from_db(from_queryset=type(playbook)._base_manager.select_for_update(of=("self",)))
        return playbook


class Publishing(models.Model):
    """What makes a draft the version in force."""

    class Meta:
        abstract = True

    @transaction.atomic
    def publish(self, *, by: User | None, now: datetime, why: str) -> None:
        """From now on incidents get this version. Raises NotADraft, NothingToPublish, TwoWouldFit or ReasonMissing."""
        demand_author(by)
        self._one_at_a_time()
        version = self._edition
        version.refresh_from_db(from_queryset=type(version)._base_manager.select_for_update(of=("self",)))
        if version.state != VersionState.DRAFT:
            raise NotADraft(_("Version %(number)d is published already.") % {"number": version.number})
        if not version.steps.exists():
            raise NothingToPublish(_("Add at least one step first."))
        version.why = demand_reason(why, _("what this version changes, and why"))
        version.refuse_a_tie()
        before = version.playbook.versions.filter(state=VersionState.PUBLISHED).first()
        if before is not None:
            before.state = VersionState.SUPERSEDED
            before.save(update_fields=["state"])
        version.state, version.published_at, version.published_by = VersionState.PUBLISHED, now, by
        version.save(update_fields=["state", "published_at", "published_by", "why"])
        self._bring_back()
        facts = {"playbook": version.playbook_id, "version": version.number, "before": before.number if before else 0}
        record(act="playbook.published", at=now, by=by, object_label=version.playbook.slug, facts=facts)

    def refuse_a_tie(self) -> None:
        """Raises TwoWouldFit when another playbook in force is as specific and shares incidents with this one."""
        version = self._edition
        others = (
            type(version)
            ._base_manager.filter(state=VersionState.PUBLISHED, playbook__retired_at__isnull=True)
            .exclude(playbook=version.playbook_id)
        )
        for other in others.select_related("playbook"):
            if version.scope.clashes_with(other.scope):
                raise TwoWouldFit(
                    _(
                        "%(name)s is meant for some of the same incidents and is as specific, so neither would win."
                        " Name a system, a harm kind or a level here that it does not name, or take one away."
                    )
                    % {"name": other.playbook.name}
                )

    def _bring_back(self) -> None:
        playbook = self._edition.playbook
        if playbook.retired_at is not None:
            playbook.retired_at, playbook.retired_why = None, ""
            playbook.save(update_fields=["retired_at", "retired_why"])

    def _one_at_a_time(self) -> None:
        """Two that tie must not be published side by side."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('airp/playbooks', 0))")

    @property
    def _edition(self) -> "PlaybookVersion":
        return cast("PlaybookVersion", self)
