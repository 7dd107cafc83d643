"""The severity questions as plain values for `templates/incidents/questions.html`."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from django.forms.utils import ErrorDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.classification.matrix import AxisName, Materialisation
from incidents.classification.models import SeverityMatrix


@dataclass(frozen=True, slots=True)
class Question:
    """One axis as the template draws it."""

    name: str
    title: str
    text: str
    id: str
    options: list[dict[str, Any]]
    is_unsure: bool
    evidence: str
    errors: list[str]


class DrawnQuestions:
    """What the template reads of a form with questions. Mixed in before forms.Form."""

    level_field: ClassVar[str] = "severity"
    by_answers: ClassVar[str | Promise] = gettext_lazy("As the answers say")
    # Whether sending the form without level and answers leaves a level that is there already
    keeps_level: ClassVar[bool] = False
    matrix: SeverityMatrix | None = None
    known_levels: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    preview_url: str = ""
    errors: ErrorDict
    fields: dict[str, Any]
    auto_id: Any
    is_bound: bool

    @property
    def questions(self) -> list[Question]:
        """The axes with their anchors, the chosen one marked."""
        return [self._question(name) for name in AxisName] if self.matrix else []

    @property
    def happenings(self) -> list[dict[str, Any]]:
        chosen = self.value_of("happened") or Materialisation.HARM
        return [self._option("happened", value, label, chosen) for value, label in Materialisation.choices]

    @property
    def floor_options(self) -> list[dict[str, Any]]:
        if self.matrix is None:
            return []
        chosen = set(self.value_of("floors") or ())
        return [
            self._option("floors", floor.code, floor.words, floor.code if floor.code in chosen else None)
            | {"level": floor.level}
            for floor in self.matrix.matrix.floors
        ]

    @property
    def reason_typed(self) -> str:
        return str(self.value_of("override_reason") or "")

    @property
    def is_opened(self) -> bool:
        """Whether the questions stand open: somebody answered, or an answer was refused."""
        names = [f"axis_{name}" for name in AxisName]
        return any(self.value_of(name) not in (None, "") for name in names) or bool(self.value_of("floors"))

    @property
    def level_options(self) -> list[dict[str, Any]]:
        """First to go by the answers, then every level."""
        chosen = str(self.value_of(self.level_field) or "")
        options = [{"value": "", "label": str(self.by_answers)}] if self.matrix or self.keeps_level else []
        options += [{"value": str(value), "label": str(label)} for value, label in self._levels() if value]
        return [
            option | self.about_level(option["value"]) | {"is_chosen": option["value"] == chosen} for option in options
        ]

    @property
    def level_id(self) -> str:
        return self._id(self.level_field)

    @property
    def level_errors(self) -> list[str]:
        return self.errors_of(self.level_field)

    @property
    def reason_id(self) -> str:
        return self._id("override_reason")

    @property
    def reason_errors(self) -> list[str]:
        return self.errors_of("override_reason")

    @property
    def other_fields(self) -> list[Any]:
        """The fields beside the questions, which the usual template draws."""
        return [self[name] for name in self._beside() if not self[name].is_hidden]  # type: ignore[index]

    @property
    def unseen_fields(self) -> list[Any]:
        return [self[name] for name in self._beside() if self[name].is_hidden]  # type: ignore[index]

    def about_level(self, value: str) -> dict[str, Any]:
        """The tone of a level, and its meaning where the form has room for it."""
        found = next((level for level in self.known_levels.values() if str(level["id"]) == value), None)
        return {"tone": found["tone"], "means": found.get("means", "")} if found else {}

    def _levels(self) -> list[tuple[Any, Any]]:
        return list(self.fields[self.level_field].widget.choices)

    def _beside(self) -> list[str]:
        asked = {self.level_field, "matrix", "happened", "floors", "override_reason"}
        return [
            name for name in self.fields if name not in asked and not name.startswith(("axis_", "unsure_", "evidence_"))
        ]

    def errors_of(self, name: str) -> list[str]:
        return [str(error) for error in self.errors.get(name, [])] if self.is_bound else []

    def _question(self, name: AxisName) -> Question:
        assert self.matrix is not None
        axis, field = self.matrix.matrix.axes[name], f"axis_{name}"
        chosen = str(self.value_of(field) or "")
        return Question(
            name=name.value,
            title=axis.title,
            text=axis.question,
            id=self._id(field),
            options=[self._option(field, "", _("Not known yet"), chosen)]
            + [self._option(field, str(value), anchor, chosen) for value, anchor in enumerate(axis.anchors)],
            is_unsure=bool(self.value_of(f"unsure_{name}")),
            evidence=str(self.value_of(f"evidence_{name}") or ""),
            errors=self.errors_of(field),
        )

    def _option(self, field: str, value: str, label: Any, chosen: object) -> dict[str, Any]:
        return {
            "name": field,
            "value": value,
            "label": label,
            "id": f"{self._id(field)}-{value or 'unknown'}",
            "is_chosen": value == chosen,
        }

    def _id(self, name: str) -> str:
        return str(self.auto_id) % name if "%s" in str(self.auto_id) else name

    def value_of(self, name: str) -> Any:
        """What was typed, or what the form starts from."""
        return self[name].value() if name in self.fields else None  # type: ignore[index]
