"""Numbers of people as they are known: with what each rests on and how sure it is. Unknown is never zero. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext


class Basis(models.TextChoices):
    """How a number came about, the weakest first."""

    UNKNOWN = "unknown", gettext_lazy("Not known yet")
    REPORTED = "reported", gettext_lazy("Reported by others")
    ESTIMATED = "estimated", gettext_lazy("Estimated")
    COUNTED = "counted", gettext_lazy("Counted or measured")


class Confidence(models.TextChoices):
    LOW = "low", gettext_lazy("Low")
    MEDIUM = "medium", gettext_lazy("Medium")
    HIGH = "high", gettext_lazy("High")


class FiguresContradict(ValueError):
    """Which numbers cannot both be right; `str()` is meant for people."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. Without a number it is unknown, and then nobody can be sure of it."""

    number: int | None = None
    basis: Basis = Basis.UNKNOWN
    confidence: Confidence | None = None

    def __post_init__(self) -> None:
        known = (self.number is not None, self.basis != Basis.UNKNOWN, self.confidence is not None)
        if any(known) and not all(known):
            raise FiguresContradict(_("A number needs what it rests on and how sure it is."))

    @classmethod
    def read(cls, facts: Mapping[str, Any], name: str) -> Self:
        """From columns or facts called `exposed`, `exposed_basis`, `exposed_confidence`."""
        sure = facts.get(f"{name}_confidence")
        basis = Basis(facts.get(f"{name}_basis") or Basis.UNKNOWN)
        return cls(facts.get(name), basis, Confidence(sure) if sure else None)

    def stored(self, name: str) -> dict[str, Any]:
        """As columns or facts; `read` understands them."""
        sure = self.confidence.value if self.confidence else ""
        return {name: self.number, f"{name}_basis": self.basis.value, f"{name}_confidence": sure}

    @property
    def is_known(self) -> bool:
        return self.number is not None

    def words(self, noun: str) -> str:
        """The number with its noun and what it rests on; `noun` already agrees with the number."""
        told = {
            Basis.REPORTED: _("about %(n)s %(noun)s, as reported"),
            Basis.ESTIMATED: _("about %(n)s %(noun)s, estimated"),
            Basis.COUNTED: _("%(n)s %(noun)s, counted"),
        }
        return told[self.basis] % {"n": f"{self.number:,}", "noun": noun}


@dataclass(frozen=True, slots=True)
class Figures:
    """Who met the harmful behaviour, whom it harmed, and how many outputs were wrong."""

    exposed: Figure = Figure()
    harmed: Figure = Figure()
    outputs: Figure = Figure()

    def __post_init__(self) -> None:
        if self.exposed.number is not None and (self.harmed.number or 0) > self.exposed.number:
            raise FiguresContradict(
                _("More people harmed than exposed. Whoever was harmed met it, so raise the number of exposed.")
            )

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Self:
        return cls(*(Figure.read(facts, name) for name in ("exposed", "harmed", "outputs")))

    @property
    def as_stored(self) -> dict[str, Any]:
        return self.exposed.stored("exposed") | self.harmed.stored("harmed") | self.outputs.stored("outputs")

    @property
    def people(self) -> int | None:
        """Whom the scale counts: people harmed, or else those who met it. None while neither is known."""
        return self.harmed.number or (self.exposed.number if self.exposed.is_known else self.harmed.number)

    @property
    def sentence(self) -> str:
        """Plain words, such as: about 250 people exposed, estimated; harmed: not known yet."""
        parts = [_exposed(self.exposed), _harmed(self.harmed)]
        if self.outputs.number is not None:
            noun = ngettext("output affected", "outputs affected", self.outputs.number)
            parts.append(self.outputs.words(noun))
        return "; ".join(parts)


def _exposed(figure: Figure) -> str:
    if figure.number is None:
        return _("exposed: not known yet")
    return figure.words(ngettext("person exposed", "people exposed", figure.number))


def _harmed(figure: Figure) -> str:
    if figure.number is None:
        return _("harmed: not known yet")
    return figure.words(ngettext("person harmed", "people harmed", figure.number))
