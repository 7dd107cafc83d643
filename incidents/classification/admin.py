"""Admin of severity levels and harm kinds."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from airp.accounts.configuring import ConfigurationAdmin
from incidents.classification.models import HarmKind, SeverityLevel, SeverityMatrix


def used_by_incidents(obj: Any) -> str:
    """Why something that incidents point at stays. Counts all of them, names none."""
    count = obj.incidents.count()
    if not count:
        return ""
    return ngettext(
        "%(count)d incident uses this, so it cannot be deleted.",
        "%(count)d incidents use this, so it cannot be deleted.",
        count,
    ) % {"count": count}


@admin.register(SeverityLevel)
class SeverityLevelAdmin(ConfigurationAdmin):
    """Columns answer: how bad, and what it promises."""

    list_display = ("__str__", "tone", "acknowledge_minutes", "contain_minutes", "update_minutes", "review_rule")
    ordering = ("rank",)
    fieldsets = (
        (None, {"fields": ("slug", "name", "rank", "tone", "definition", "examples")}),
        (
            gettext_lazy("What it promises"),
            {
                "fields": ("acknowledge_minutes", "contain_minutes", "update_minutes", "reassess_minutes"),
                "description": gettext_lazy(
                    "Incidents declared from now on get these clocks. Running ones keep the terms they began with."
                ),
            },
        ),
        (gettext_lazy("Review"), {"fields": ("review_rule", "review_due_working_days", "review_signer_role")}),
        (gettext_lazy("This change"), {"fields": ("why",)}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The code stands in records and in frozen policies: it stays as it is."""
        return ("slug",) if obj else ()

    def in_use(self, obj: Any) -> str:
        matrix = SeverityMatrix.current()
        if matrix is not None and obj.slug in matrix.content["levels"]:
            return _("The severity matrix in force names this level, so it cannot be deleted.")
        return used_by_incidents(obj)


@admin.register(HarmKind)
class HarmKindAdmin(ConfigurationAdmin):
    """Columns answer: what it means, and whether forms still offer it."""

    list_display = ("name", "meaning", "position", "is_offered")
    search_fields = ("name", "meaning", "slug")
    ordering = ("position", "name")
    fieldsets = (
        (None, {"fields": ("slug", "name", "meaning", "position", "tags")}),
        (
            gettext_lazy("Retire"),
            {
                "fields": ("retired_at",),
                "description": gettext_lazy(
                    "From that moment forms no longer offer it; incidents that have it keep it."
                ),
            },
        ),
        (gettext_lazy("This change"), {"fields": ("why",)}),
    )

    @admin.display(description=gettext_lazy("offered"), boolean=True)
    def is_offered(self, kind: HarmKind) -> bool:
        return kind.retired_at is None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

    def in_use(self, obj: Any) -> str:
        words = used_by_incidents(obj)
        return f"{words} {_('Retire it instead.')}" if words else ""


@admin.register(SeverityMatrix)
class SeverityMatrixAdmin(admin.ModelAdmin):
    """Versions to read. A new one is published on its own page, which first shows what it would have changed."""

    list_display = ("version", "published_at", "published_by", "why", "matrix_page")
    list_select_related = ("published_by",)
    ordering = ("-version",)
    fields = readonly_fields = ("version", "published_at", "published_by", "why", "matrix_page")

    @admin.display(description=gettext_lazy("to read and to change"))
    def matrix_page(self, matrix: SeverityMatrix) -> str:
        address = reverse("incidents:severity_matrix")
        return format_html('<a href="{}?version={}">{}</a>', address, matrix.version, _("Severity matrix"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: SeverityMatrix | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SeverityMatrix | None = None) -> bool:
        return False
