"""Admin of playbooks: name and purpose, and the drafts with their steps. Publishing stands on the product page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.configuring import ConfigurationAdmin
from incidents.playbooks.playbook import Playbook, PlaybookStep, PlaybookVersion


@admin.register(Playbook)
class PlaybookAdmin(ConfigurationAdmin):
    """Columns answer: what for, and whether it is used."""

    list_display = ("name", "purpose", "is_in_use", "page")
    search_fields = ("name", "purpose", "slug")
    ordering = ("name",)
    fields = ("slug", "name", "purpose", "page", "why")
    readonly_fields = ("page",)

    @admin.display(description=gettext_lazy("in use"), boolean=True)
    def is_in_use(self, playbook: Playbook) -> bool:
        return playbook.retired_at is None

    @admin.display(description=gettext_lazy("steps, versions, publishing"))
    def page(self, playbook: Playbook) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("incidents:playbook", args=[playbook.slug]), _("open"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A playbook begins with a draft, which the product page makes together with it."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("slug", "page") if obj else ("page",)

    def in_use(self, obj: Any) -> str:
        return _("A playbook is retired on its page, not deleted: incidents and versions point at it.")


class StepForm(forms.ModelForm):
    class Meta:
        model = PlaybookStep
        fields = ("position", "title", "instructions", "lane", "role", "due_minutes", "due_from", "before")


class StepInline(admin.StackedInline):
    """The steps of a version. New ones are added on the product page, which knows what each kind needs."""

    model = PlaybookStep
    form = StepForm
    extra = 0
    ordering = ("position",)
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and obj is not None and obj.is_draft


@admin.register(PlaybookVersion)
class PlaybookVersionAdmin(ConfigurationAdmin):
    """Drafts can be edited; a published version shows what it says and never changes."""

    list_display = ("playbook", "number", "state", "edited_at", "published_at")
    list_filter = ("state",)
    list_select_related = ("playbook",)
    search_fields = ("playbook__name",)
    ordering = ("playbook__name", "-number")
    inlines = (StepInline,)
    fields = ("playbook", "number", "state", "edited_at", "published_at", "page")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("for which incidents, preview, publishing"))
    def page(self, version: PlaybookVersion) -> SafeString:
        name = "incidents:playbook_draft" if version.is_draft else "incidents:playbook"
        return format_html('<a href="{}">{}</a>', reverse(name, args=[version.playbook.slug]), _("open"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def in_use(self, obj: Any) -> str:
        return _("Drafts are thrown away on the product page; published versions stay.")
