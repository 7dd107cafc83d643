"""Waiting for something to happen, or for time to pass: finishes by itself, or by a person who says why not to wait."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from airp.web import times
from incidents.playbooks.refusals import Unfinished
from incidents.playbooks.step_kinds.base import Detail, Given, StepKind
from incidents.response.kinds import Kind

EVENTS: dict[str, Promise] = {
    Kind.CONTAINED: _("the incident is contained"),
    Kind.RESOLVED: _("the incident is resolved"),
    Kind.SIGNAL_CLEARED: _("the signal is back under its limit"),
    Kind.REVIEW_SIGNED_OFF: _("the review is signed off"),
}
TIME = "time"


class WaitFor(StepKind):
    slug = "wait_for"
    label = _("Wait")
    means = _("Waits for something to happen, or for a time after it was started. Finishes by itself.")
    icon = "timer"
    is_done_by_one_press = False

    def author_fields(self) -> dict[str, forms.Field]:
        choices = [*EVENTS.items(), (TIME, _("time passes"))]
        bounds = [MinValueValidator(1), MaxValueValidator(100_000)]
        return {
            "until": forms.ChoiceField(label=_("Wait until"), choices=choices),
            "minutes": forms.IntegerField(
                label=_("Minutes after it was started"),
                required=False,
                validators=bounds,
                help_text=_("Only where it waits for time."),
            ),
        }

    def detail(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        if cleaned["until"] != TIME:
            return {"until": cleaned["until"]}
        if not cleaned.get("minutes"):
            raise forms.ValidationError({"minutes": _("Say how many minutes it waits.")})
        return {"until": TIME, "minutes": cleaned["minutes"]}

    def author_values(self, detail: Detail) -> dict[str, Any]:
        return {"until": detail["until"], "minutes": detail.get("minutes")}

    def doer_fields(self, detail: Detail, result: Detail) -> dict[str, forms.Field]:
        return {
            "reasons": forms.CharField(
                label=_("Why nobody needs to wait any longer"),
                max_length=4_000,
                widget=forms.Textarea(attrs={"rows": 2}),
                error_messages={"required": _("Say why nobody needs to wait any longer.")},
                help_text=_("It finishes by itself when it has happened. Fill this in only to end it sooner."),
            )
        }

    def finished(self, detail: Detail, result: Detail, given: Given) -> dict[str, Any]:
        reasons = str(given.values.get("reasons", "")).strip()
        if given.by_id is not None and not reasons:
            raise Unfinished(
                gettext("It waits until %(what)s. Say why nobody needs to wait any longer.") % {"what": _what(detail)}
            )
        return {**result, "reasons": reasons} if reasons else {**result, "happened_at": given.now.isoformat()}

    def outcome(self, detail: Detail, result: Detail) -> str:
        if result.get("happened_at"):
            return gettext("it happened")
        return gettext("ended sooner") if result.get("reasons") else gettext("until %(what)s") % {"what": _what(detail)}

    def parts(self, detail: Detail) -> list[str]:
        return [_what(detail)]

    def awaited(self, detail: Detail) -> str:
        return "" if detail["until"] == TIME else str(detail["until"])

    def span(self, detail: Detail) -> timedelta | None:
        return timedelta(minutes=detail["minutes"]) if detail["until"] == TIME else None


def _what(detail: Detail) -> str:
    if detail["until"] == TIME:
        return gettext("%(span)s have passed since its start") % {"span": times.span(detail["minutes"] * 60)}
    return str(EVENTS[detail["until"]])
