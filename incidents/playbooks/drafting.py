"""Editing a draft: for which incidents it is meant, and its steps. Mixed into PlaybookVersion."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from django.db import models, transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.playbooks.fitting import Scope
from incidents.playbooks.refusals import NotADraft
from incidents.playbooks.states import VersionState
from incidents.response.refusals import NotPermitted

if TYPE_CHECKING:
    from incidents.playbooks.playbook import PlaybookStep, PlaybookVersion

SAME_IN_COPIES = (
    "key", "position", "kind", "title", "instructions", "lane", "role", "due_minutes", "due_from", "before", "detail",
)  # fmt: skip


def demand_author(by: User | None) -> None:
    """`by` None is the machine, which installs what is shipped."""
    if by is not None and not by.can(Capability.CONFIGURE):
        raise NotPermitted(_("Your roles do not allow changing playbooks. Ask an admin."))


class Drafting(models.Model):
    """Every edit locks the version and looks whether it is still a draft."""

    class Meta:
        abstract = True

    @transaction.atomic
    def set_scope(self, scope: Scope, *, by: User | None, now: datetime) -> None:
        """For which incidents it is meant. Raises TwoWouldFit, so that nobody learns of a tie at publishing only."""
        version = self._begin(by)
        version.systems = sorted(scope.systems)
        version.harm_kinds = sorted(scope.harm_kinds)
        version.severities = sorted(scope.severities)
        version.refuse_a_tie()
        self._save(by, now, "systems", "harm_kinds", "severities")

    @transaction.atomic
    def add_step(self, *, by: User | None, now: datetime, **values: Any) -> "PlaybookStep":
        """Put a step at the end."""
        version = self._begin(by)
        last = version.steps.aggregate(last=models.Max("position"))["last"] or 0
        step: PlaybookStep = version.steps.create(key=uuid4().hex, position=last + 1, **values)
        self._save(by, now)
        return step

    @transaction.atomic
    def change_step(self, key: str, values: Mapping[str, Any], *, by: User, now: datetime) -> None:
        version = self._begin(by)
        step = version.steps.select_for_update().get(key=key)
        for name, value in values.items():
            setattr(step, name, value)
        step.save(update_fields=list(values))
        self._save(by, now)

    @transaction.atomic
    def move_step(self, key: str, *, places: int, by: User, now: datetime) -> None:
        """Up by -1, down by 1. At either end it stays where it is, and the draft is not counted as edited."""
        version = self._begin(by)
        steps = list(version.steps.select_for_update().order_by("position"))
        place = next(place for place, step in enumerate(steps) if step.key == key)
        target = min(max(place + places, 0), len(steps) - 1)
        if target == place:
            return
        steps.insert(target, steps.pop(place))
        self._number(steps)
        self._save(by, now)

    @transaction.atomic
    def remove_step(self, key: str, *, by: User, now: datetime) -> None:
        version = self._begin(by)
        version.steps.get(key=key).delete()
        self._number(list(version.steps.select_for_update().order_by("position")))
        self._save(by, now)

    @transaction.atomic
    def discard(self, *, by: User) -> None:
        """Throw the draft away; what was published stays as it is."""
        self._begin(by).delete()

    def copy_steps_of(self, other: "PlaybookVersion") -> None:
        version = self._version
        for step in other.steps.order_by("position"):
            version.steps.create(**{name: getattr(step, name) for name in SAME_IN_COPIES})

    @property
    def _version(self) -> "PlaybookVersion":
        return cast("PlaybookVersion", self)

    def _begin(self, by: User | None) -> "PlaybookVersion":
        demand_author(by)
        version = self._version
        version.refresh_from_db(from_queryset=type(version)._base_manager.select_for_update(of=("self",)))
        if version.state != VersionState.DRAFT:
            raise NotADraft(
                _("Version %(number)d is published and never changes. Begin a draft of the next one.")
                % {"number": version.number}
            )
        return version

    def _save(self, by: User | None, now: datetime, *fields: str) -> None:
        version = self._version
        version.edited_at, version.edited_by = now, by
        version.save(update_fields=["edited_at", "edited_by", *fields])

    def _number(self, steps: list["PlaybookStep"]) -> None:
        """Give the steps their places in this order; the constraint looks when the transaction ends."""
        for place, step in enumerate(steps, start=1):
            if step.position != place:
                step.position = place
                step.save(update_fields=["position"])
