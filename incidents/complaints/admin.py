"""Admin of what is configured: which systems have an open form. Complaints themselves stand in no admin page."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from airp.accounts.configuring import ConfigurationAdmin
from incidents.complaints.public_form import PublicForm


@admin.register(PublicForm)
class PublicFormAdmin(ConfigurationAdmin):
    """Columns answer: which form is open, and what does it promise?"""

    list_display = ("system", "state", "known_as", "promise")
    list_filter = ("state",)
    search_fields = ("system__name", "known_as")
    ordering = ("system__name",)
    fieldsets = (
        (None, {"fields": ("system", "state")}),
        (_("What complainants read"), {"fields": ("known_as", "topics", "promise")}),
        (_("This change"), {"fields": ("why",)}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A form stays the form of its system: complaints were made by it."""
        return ("system",) if obj else ()

    def in_use(self, obj: Any) -> str:
        return str(_("Close the form instead of deleting it: its history stays."))
