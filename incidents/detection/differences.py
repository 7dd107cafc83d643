"""What changes between two rules, field by field, in the words of the form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Field, ForeignKey
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.detection.approving import Ground
from incidents.detection.versions import ThresholdVersion

GROUND_WORDS = {
    Ground.MORE_THAN_DOUBLE: gettext_lazy("By the back-test it more than doubles the breaches."),
    Ground.LOSES_INCIDENT: gettext_lazy("By the back-test it would have missed a confirmed incident."),
    Ground.LOSES_HIDDEN_INCIDENT: gettext_lazy(
        "By the back-test it would have missed an incident that you may not see."
    ),
    Ground.OTHER_MEASURE: gettext_lazy("It measures something else than before."),
    Ground.LIMIT_LOOSENED: gettext_lazy("It moves the limit so that less is noticed."),
    Ground.MINIMUM_RAISED: gettext_lazy("It asks for more samples, so that more time is blind."),
    Ground.FOR_LENGTHENED: gettext_lazy("It waits longer before it fires."),
    Ground.CERTAINTY_RAISED: gettext_lazy("It asks for more certainty before it fires."),
    Ground.MISSING_IS_FINE: gettext_lazy("It takes missing data as fine."),
    Ground.SEVERITY_LOWERED: gettext_lazy("It gives its incidents a lower severity."),
    Ground.STOPS_JUDGING: gettext_lazy("The threshold would no longer ask anybody."),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not what it was."""

    label: str
    before: str
    after: str


def differences(before: ThresholdVersion | None, rule: Mapping[str, Any]) -> list[Difference]:
    """The fields whose value changes, in the order of the form."""
    after = ThresholdVersion.from_rule(rule)
    known = before.as_rule if before else {}
    return [
        Difference(label=str(_label(name)), before=_shown(before, name) if before else "—", after=_shown(after, name))
        for name, value in rule.items()
        if known.get(name) != value
    ]


def ground_sentences(grounds: list[str]) -> list[str]:
    """Why a second person is asked, a sentence each."""
    return [str(GROUND_WORDS[Ground(ground)]) for ground in grounds]


def _label(name: str) -> str:
    field = ThresholdVersion._meta.get_field(name)
    label = str(field.verbose_name) if isinstance(field, Field) else name
    return label[:1].upper() + label[1:]


def _shown(version: ThresholdVersion, name: str) -> str:
    field = ThresholdVersion._meta.get_field(name)
    if isinstance(field, ForeignKey):
        related = getattr(version, name)
        return str(related) if related is not None else _("none")
    if isinstance(field, Field) and field.choices:
        return str(getattr(version, f"get_{name}_display")())
    value = getattr(version, name)
    return _("none") if value in (None, "", []) else str(value)
