"""A question with options: done when one is chosen and the reasons are written down."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents.playbooks.refusals import Unfinished
from incidents.playbooks.step_kinds.base import Detail, Given, StepKind, lines_of


class Decision(StepKind):
    slug = "decision"
    label = _("Decision")
    means = _("A question with options. Done when one is chosen, with the reasons.")
    icon = "circle-help"
    is_done_by_one_press = False

    def author_fields(self) -> dict[str, forms.Field]:
        return {
            "options": forms.CharField(
                label=_("Options"),
                help_text=_("One per line, at least two."),
                max_length=4_000,
                widget=forms.Textarea(attrs={"rows": 4}),
                validators=[_at_least_two],
                error_messages={"required": _("Write at least two different options, one per line.")},
            )
        }

    def detail(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        return {"options": lines_of(cleaned["options"])}

    def author_values(self, detail: Detail) -> dict[str, Any]:
        return {"options": "\n".join(detail["options"])}

    def doer_fields(self, detail: Detail, result: Detail) -> dict[str, forms.Field]:
        return {
            "option": forms.ChoiceField(
                label=_("Decision"),
                choices=[(option, option) for option in detail["options"]],
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose what was decided.")},
            ),
            "reasons": forms.CharField(
                label=_("Reasons"),
                max_length=4_000,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("What speaks for it, and who disagreed. Stays in the record."),
                error_messages={"required": _("Write down the reasons. People will ask later.")},
            ),
        }

    def finished(self, detail: Detail, result: Detail, given: Given) -> dict[str, Any]:
        option, reasons = given.values.get("option", ""), str(given.values.get("reasons", "")).strip()
        if option not in detail["options"]:
            raise Unfinished(gettext("Choose what was decided."))
        if not reasons:
            raise Unfinished(gettext("Write down the reasons. People will ask later."))
        return {**result, "option": option, "reasons": reasons}

    def outcome(self, detail: Detail, result: Detail) -> str:
        return str(result.get("option", ""))

    def parts(self, detail: Detail) -> list[str]:
        return list(detail["options"])


def _at_least_two(text: str) -> None:
    if len(lines_of(text)) < 2:
        raise forms.ValidationError(_("Write at least two different options, one per line."))
