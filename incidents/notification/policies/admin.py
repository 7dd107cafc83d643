"""Admin of escalation policies and of where they apply."""

from collections import defaultdict
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from airp.accounts.configuring import ConfigurationAdmin
from incidents.notification.policies.records import EscalationPolicy, PolicyChoice, PolicyLevel


class LevelFormSet(forms.BaseInlineFormSet):
    """A policy calls somebody at once, and rows that are called together wait equally long."""

    def clean(self) -> None:
        super().clean()
        delays: dict[int, set[int | None]] = defaultdict(set)
        for form in self.forms:
            data = getattr(form, "cleaned_data", {})
            if data and not data.get("DELETE") and data.get("number") is not None:
                delays[data["number"]].add(data.get("delay_minutes"))
        if any(self.errors):
            return
        if 0 not in delays:
            raise forms.ValidationError(_("Add a row with level 0: who is called at once."))
        uneven = [number for number, given in delays.items() if len(given) > 1]
        if uneven:
            raise forms.ValidationError(
                _("The rows of level %(number)d are called together: give all of them the same minutes.")
                % {"number": uneven[0]}
            )


class LevelInline(admin.StackedInline):
    """Who is called, level by level."""

    model = PolicyLevel
    formset = LevelFormSet
    extra = 1
    fields = (("number", "delay_minutes", "target"), ("person", "role", "system_role", "rota"))
    ordering = ("number", "pk")


@admin.register(EscalationPolicy)
class EscalationPolicyAdmin(ConfigurationAdmin):
    """Columns answer: who is called, and where does it apply?"""

    list_display = ("name", "calls", "repeat_count", "state")
    list_filter = ("state",)
    search_fields = ("name", "purpose")
    ordering = ("name",)
    inlines = (LevelInline,)
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "purpose", "repeat_count", "state"),
                "description": gettext_lazy(
                    "Applies to incidents declared from now on; a running escalation keeps what it began with."
                    " Where a retired policy is chosen, owner, deputy and managers are called instead."
                ),
            },
        ),
        (gettext_lazy("This change"), {"fields": ("why",)}),
    )

    @admin.display(description=gettext_lazy("calls"))
    def calls(self, policy: EscalationPolicy) -> str:
        levels = policy.levels.select_related("person", "rota").order_by("number", "pk")
        return " → ".join(level.name for level in levels)

    def in_use(self, obj: Any) -> str:
        count = obj.choices.count()
        if not count:
            return ""
        words = ngettext(
            "%(count)d choice names this policy, so it cannot be deleted. Retire it, or choose another one there.",
            "%(count)d choices name this policy, so it cannot be deleted. Retire it, or choose another one there.",
            count,
        )
        return words % {"count": count}


@admin.register(PolicyChoice)
class PolicyChoiceAdmin(ConfigurationAdmin):
    """Columns answer: where does which policy apply?"""

    list_display = ("__str__", "policy")
    list_filter = ("policy",)
    search_fields = ("system__name", "policy__name")
    ordering = ("system__name", "severity__rank")
    fieldsets = (
        (
            None,
            {
                "fields": ("system", "severity", "policy"),
                "description": gettext_lazy("The most specific row wins. Empty means all systems, or all severities."),
            },
        ),
        (gettext_lazy("This change"), {"fields": ("why",)}),
    )
