"""The kinds of steps there are, by slug. A kind that joins is one line here."""

from django.utils.functional import Promise

from incidents.playbooks.step_kinds.base import StepKind
from incidents.playbooks.step_kinds.checklist import Checklist
from incidents.playbooks.step_kinds.decision import Decision
from incidents.playbooks.step_kinds.manual import Manual
from incidents.playbooks.step_kinds.waiting import WaitFor

KINDS: dict[str, StepKind] = {kind.slug: kind for kind in (Manual(), Checklist(), Decision(), WaitFor())}


def kind_of(slug: str) -> StepKind:
    """Raises KeyError for a kind that nobody registered."""
    return KINDS[slug]


def choices() -> list[tuple[str, str | Promise]]:
    return [(kind.slug, kind.label) for kind in KINDS.values()]
