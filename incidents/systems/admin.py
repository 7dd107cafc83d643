"""Admin of AI systems with their people and versions."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from airp.accounts.configuring import ConfigurationAdmin
from incidents.systems.models import AISystem, ComponentVersion, Ownership, OwnershipRole


class OwnershipInline(admin.StackedInline):
    """Who answers for the system. The owner and the deputy are called when something happens."""

    model = Ownership
    extra = 1
    fields = (("role", "person", "deputy"),)


class VersionForm(forms.ModelForm):
    """A new version without an end is a deployment: it ends the one before it."""

    class Meta:
        model = ComponentVersion
        fields: ClassVar[list[str]] = ["component", "label", "deployed_from", "deployed_to", "note"]

    def _is_deployment(self) -> bool:
        return self.instance.pk is None and self.cleaned_data.get("deployed_to") is None

    def validate_constraints(self) -> None:
        if not self._is_deployment():
            super().validate_constraints()

    def save(self, commit: bool = True) -> ComponentVersion:  # noqa: FBT001, FBT002 - Django's signature
        version: ComponentVersion = self.instance
        if not (commit and self._is_deployment()):
            saved: ComponentVersion = super().save(commit)
            return saved
        deployed = ComponentVersion.deploy(
            system=version.system,
            component=version.component,
            label=version.label,
            at=version.deployed_from,
            note=version.note,
        )
        self.instance = deployed
        return deployed


class VersionFormSet(forms.BaseInlineFormSet):
    """Refuses a deployment before one that is already known."""

    def clean(self) -> None:
        super().clean()
        for form in self.extra_forms:
            data = form.cleaned_data
            if not data.get("deployed_from") or data.get("deployed_to") or self.instance.pk is None:
                continue
            later = self.instance.versions.filter(component=data["component"], deployed_from__gte=data["deployed_from"])
            if later.exists():
                form.add_error(
                    "deployed_from", _("A later version of this component is known: say until when this ran.")
                )


class ComponentVersionInline(admin.StackedInline):
    """What ran from when until when. Kept, as incidents name the versions of their first moment."""

    model = ComponentVersion
    form = VersionForm
    formset = VersionFormSet
    extra = 1
    fields = (("component", "label"), ("deployed_from", "deployed_to"), "note")
    ordering = ("-deployed_from",)
    can_delete = False


@admin.register(AISystem)
class AISystemAdmin(ConfigurationAdmin):
    """Columns answer: what is it, who owns it, is it live."""

    list_display = ("name", "slug", "use_class", "owner", "is_live")
    list_filter = ("use_class",)
    search_fields = ("name", "slug", "purpose")
    ordering = ("name",)
    inlines = (OwnershipInline, ComponentVersionInline)
    fieldsets = (
        (None, {"fields": ("name", "slug", "purpose", "use_class")}),
        (
            gettext_lazy("Retire"),
            {
                "fields": ("retired_at",),
                "description": gettext_lazy("Nobody can declare an incident for a retired system. Its record stays."),
            },
        ),
        (gettext_lazy("This change"), {"fields": ("why",)}),
    )

    @admin.display(description=gettext_lazy("owner"))
    def owner(self, system: AISystem) -> str:
        named = system.responsible(OwnershipRole.OWNER)
        return named.person.name if named else _("nobody named")

    @admin.display(description=gettext_lazy("live"), boolean=True)
    def is_live(self, system: AISystem) -> bool:
        return system.retired_at is None

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Clients send the slug with each signal: it stays as it is."""
        return ("slug",) if obj else ()

    def in_use(self, obj: Any) -> str:
        count = obj.incidents.count()
        if not count:
            return ""
        words = ngettext(
            "%(count)d incident belongs to this system, so it cannot be deleted. Retire it instead.",
            "%(count)d incidents belong to this system, so it cannot be deleted. Retire it instead.",
            count,
        )
        return words % {"count": count}
