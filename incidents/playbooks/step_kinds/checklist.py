"""Several small things that are ticked one after the other; done when all are."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from incidents.playbooks.refusals import Unfinished
from incidents.playbooks.step_kinds.base import Detail, Given, StepKind, lines_of


class Checklist(StepKind):
    slug = "checklist"
    label = _("Checklist")
    means = _("Several small things, ticked one after the other. Done when all are ticked.")
    icon = "list-checks"
    is_done_by_one_press = False
    is_recorded_on_the_way = True

    def author_fields(self) -> dict[str, forms.Field]:
        return {
            "items": forms.CharField(
                label=_("Items"),
                help_text=_("One per line."),
                max_length=8_000,
                widget=forms.Textarea(attrs={"rows": 6}),
                error_messages={"required": _("Write at least one item, one per line.")},
            )
        }

    def detail(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        return {"items": lines_of(cleaned["items"])}

    def author_values(self, detail: Detail) -> dict[str, Any]:
        return {"items": "\n".join(detail["items"])}

    def doer_fields(self, detail: Detail, result: Detail) -> dict[str, forms.Field]:
        choices = [(str(number), item) for number, item in enumerate(detail["items"])]
        ticked = list(result.get("ticks", {}))
        widget = forms.CheckboxSelectMultiple
        field = forms.MultipleChoiceField(
            label=_("Items"), choices=choices, initial=ticked, required=False, widget=widget
        )
        return {"ticks": field}

    def recorded(self, detail: Detail, result: Detail, given: Given) -> dict[str, Any]:
        """Each tick keeps who set it first and when; taking it away forgets both."""
        before = result.get("ticks", {})
        fresh = {"by": given.by_id, "at": given.now.isoformat()}
        return {**result, "ticks": {number: before.get(number, fresh) for number in sorted(given.values["ticks"])}}

    def finished(self, detail: Detail, result: Detail, given: Given) -> dict[str, Any]:
        kept = self.recorded(detail, result, given) if "ticks" in given.values else dict(result)
        left = [item for number, item in enumerate(detail["items"]) if str(number) not in kept.get("ticks", {})]
        if left:
            words = ngettext(
                "%(n)d item is not ticked: %(item)s. Tick it, or say that the task cannot proceed.",
                "%(n)d items are not ticked, the first is: %(item)s. Tick them, or say that the task cannot proceed.",
                len(left),
            )
            raise Unfinished(words % {"n": len(left), "item": left[0]})
        return kept

    def outcome(self, detail: Detail, result: Detail) -> str:
        counts = {"done": len(result.get("ticks", {})), "all": len(detail["items"])}
        return gettext("%(done)d of %(all)d ticked") % counts

    def parts(self, detail: Detail) -> list[str]:
        return list(detail["items"])
