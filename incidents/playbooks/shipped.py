"""The playbooks that a new installation can start with. Admins change them; nothing here overwrites theirs."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from airp.accounts.models import User
from incidents.playbooks.drafting import demand_author
from incidents.playbooks.fitting import Scope
from incidents.playbooks.playbook import Playbook
from incidents.playbooks.shipped_steps import BIAS, COMMITMENT, INJECTION, LEAK, POLICY
from incidents.playbooks.states import VersionState

WHY = "Shipped with airp."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """One playbook with its first version."""

    slug: str
    name: str
    purpose: str
    harm_kinds: tuple[str, ...]
    steps: tuple[dict[str, Any], ...] = field(repr=False)


PLAYBOOKS = (
    Shipped(
        slug="biased-output",
        name="Biased output or decision",
        purpose="A group of people is treated, ranked or described worse than others.",
        harm_kinds=("discrimination",),
        steps=BIAS,
    ),
    Shipped(
        slug="policy-breaking-answer",
        name="Policy-breaking answer",
        purpose="Answers that our policy forbids: abusive, dangerous, unsafe, or harmful to a vulnerable person.",
        harm_kinds=("abusive_content", "vulnerable_person", "dangerous_help", "unsafe_advice"),
        steps=POLICY,
    ),
    Shipped(
        slug="invented-commitment",
        name="Invented commitment or published falsehood",
        purpose="The system promised what nobody authorised, or something untrue of its making was published.",
        harm_kinds=("unauthorised_commitment", "false_information", "rights_infringement"),
        steps=COMMITMENT,
    ),
    Shipped(
        slug="data-leak",
        name="Data leak through output",
        purpose="Answers contain personal or confidential data that the reader must not see.",
        harm_kinds=("data_exposure",),
        steps=LEAK,
    ),
    Shipped(
        slug="tool-abuse",
        name="Injection or tool abuse",
        purpose="Somebody steers the system by hidden instructions, or it acts where it should not.",
        harm_kinds=("tool_misuse",),
        steps=INJECTION,
    ),
)


@transaction.atomic
def install(*, by: User | None, now: datetime) -> int:
    """Add and publish the shipped playbooks whose slug is still unknown; returns how many. `by` None is the machine.

    One that would tie with a playbook of the house is added as a draft, for a person to narrow.
    """
    demand_author(by)
    known = set(Playbook.objects.values_list("slug", flat=True))
    missing = [shipped for shipped in PLAYBOOKS if shipped.slug not in known]
    for shipped in missing:
        _install(shipped, by=by, now=now)
    return len(missing)


def _install(shipped: Shipped, *, by: User | None, now: datetime) -> None:
    playbook = Playbook.objects.create(slug=shipped.slug, name=shipped.name, purpose=shipped.purpose)
    draft = playbook.begin_draft(by=by, now=now)
    for step in shipped.steps:
        draft.add_step(by=by, now=now, **step)
    scope = Scope(harm_kinds=frozenset(shipped.harm_kinds))
    others = Playbook.objects.in_use().filter(versions__state=VersionState.PUBLISHED).exclude(pk=playbook.pk)
    in_force = [version.scope for other in others for version in other.versions.filter(state=VersionState.PUBLISHED)]
    if any(scope.clashes_with(other) for other in in_force):
        return
    draft.set_scope(scope, by=by, now=now)
    draft.publish(by=by, now=now, why=WHY)
