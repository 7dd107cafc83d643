"""Admin of things that people configure: every change with who, when, why and the value before."""

from collections.abc import Iterable
from typing import Any

import pghistory
from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User

EVENTS_SHOWN = 200
LABELS = {"insert": gettext_lazy("Added"), "update": gettext_lazy("Changed"), "delete": gettext_lazy("Removed")}


class ReasonForm(forms.ModelForm):
    """Asks why, when something that exists is changed."""

    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Stays in the history beside the values before and after."),
        widget=forms.TextInput(attrs={"size": 80}),
    )

    def clean_why(self) -> str:
        why: str = self.cleaned_data["why"]
        if self.instance.pk and self.has_changed() and not why.strip():
            raise forms.ValidationError(_("Say why you change this. People will ask later."))
        return why


class ConfigurationAdmin(admin.ModelAdmin):
    """History from the database's own events; what is in use is kept, and the page says so."""

    form = ReasonForm
    save_on_top = False

    def in_use(self, obj: Any) -> str:
        """A sentence that says why this cannot be deleted; empty when it can."""
        return ""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One at a time: deleting many would list what stands in the way, incidents that are hidden included."""
        return super().has_delete_permission(request, obj) and obj is not None and not self.in_use(obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        with pghistory.context(why=form.cleaned_data.get("why", "")):
            super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        with pghistory.context(why=form.cleaned_data.get("why", "")):
            super().save_related(request, form, formsets, change)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        obj = context.get("original")
        context["subtitle"] = (self.in_use(obj) if obj else "") or context.get("subtitle")
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        obj = get_object_or_404(self.get_queryset(request), pk=object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(name)s") % {"name": obj},
            "rows": changes_of(obj),
            "object": obj,
            "opts": self.opts,
        }
        return render(request, "admin/configuration_history.html", context)


def changes_of(obj: Model) -> list[dict[str, Any]]:
    """What happened to a row, newest first: who, when, why, and each value before and after."""
    events = list(obj.events.select_related("pgh_context").order_by("-pgh_id")[: EVENTS_SHOWN + 1])  # type: ignore[attr-defined]
    people = _people(events)
    before = [*events[1:], None]
    rows = [_row(event, earlier, people) for event, earlier in zip(events, before, strict=True)]
    return rows[:EVENTS_SHOWN]


def _row(event: Any, earlier: Any, people: dict[int, str]) -> dict[str, Any]:
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    return {
        "at": event.pgh_created_at,
        "what": LABELS.get(event.pgh_label, event.pgh_label),
        "who": people.get(metadata.get("user", 0), _("the system")),
        "why": metadata.get("why", ""),
        "values": [] if earlier is None else list(_differences(event, earlier)),
    }


def _differences(event: Any, earlier: Any) -> Iterable[dict[str, Any]]:
    for field in event._meta.fields:
        if field.name.startswith("pgh_"):
            continue
        value_before, value = getattr(earlier, field.attname), getattr(event, field.attname)
        if value_before != value:
            yield {"name": field.verbose_name, "before": value_before, "after": value}


def _people(events: list[Any]) -> dict[int, str]:
    ids = {event.pgh_context.metadata.get("user") for event in events if event.pgh_context} - {None}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))
