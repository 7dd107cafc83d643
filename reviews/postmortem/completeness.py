"""What a review must say before it can be submitted. Pure rules."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a review: whether it is there, whether it must be, and the sentence when it is missing."""

    label: Words
    is_there: bool
    is_demanded: bool
    cure: Words


def parts(
    *, summary: str, what_happened: str, impact: str, what_slowed_us: str, factor_count: int, action_count: int
) -> list[Part]:
    """The completeness list in the order of the page."""
    return [
        _demanded(_("Summary"), summary.strip(), _("Write the summary: two or three plain sentences.")),
        _demanded(_("What happened"), what_happened.strip(), _("Tell what happened, in order, with times.")),
        _welcome(_("Impact"), impact.strip(), _("Say who was affected, or that nobody was.")),
        _demanded(
            _("Contributing factors"),
            factor_count,
            _("Add at least one contributing factor. There are usually several."),
        ),
        _welcome(_("What slowed us"), what_slowed_us.strip(), _("Say what slowed us, or that nothing did.")),
        _welcome(_("Actions"), action_count, _("Add what follows from this, with an owner and a due date.")),
    ]


def _demanded(label: Words, content: object, cure: Words) -> Part:
    return Part(label=label, is_there=bool(content), is_demanded=True, cure=cure)


def _welcome(label: Words, content: object, cure: Words) -> Part:
    return Part(label=label, is_there=bool(content), is_demanded=False, cure=cure)


def missing(listed: list[Part]) -> list[str]:
    """A sentence for each demanded part that is not there."""
    return [str(part.cure) for part in listed if part.is_demanded and not part.is_there]
