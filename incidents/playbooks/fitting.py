"""Which playbook fits an incident: pure rules. The most specific wins, and two that tie cannot both be published.

A system named counts more than a harm kind, a harm kind more than a severity. What a playbook does not name may be
anything. So two playbooks are equally specific only if they name the same things, and they clash only if they
share a value in each of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

WEIGHTS = {"systems": 4, "harm_kinds": 2, "severities": 1}


@dataclass(frozen=True, slots=True)
class Scope:
    """For which incidents a playbook is meant, by slugs. Empty means any."""

    systems: frozenset[str] = frozenset()
    harm_kinds: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()

    @property
    def weight(self) -> int:
        return sum(weight for name, weight in WEIGHTS.items() if getattr(self, name))

    def fits(self, *, system: str, harm_kind: str, severity: str) -> bool:
        asked = {"systems": system, "harm_kinds": harm_kind, "severities": severity}
        return all(not getattr(self, name) or value in getattr(self, name) for name, value in asked.items())

    def clashes_with(self, other: "Scope") -> bool:
        """Whether both could be chosen for one incident and neither is more specific."""
        if self.weight != other.weight:
            return False
        named = [name for name in WEIGHTS if getattr(self, name)]
        return all(getattr(self, name) & getattr(other, name) for name in named)


def most_specific[Chosen](
    candidates: Iterable[tuple[Scope, Chosen]], *, system: str, harm_kind: str, severity: str
) -> Chosen | None:
    """The one that fits best, if any fits."""
    fitting = [
        (scope.weight, each)
        for scope, each in candidates
        if scope.fits(system=system, harm_kind=harm_kind, severity=severity)
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None
