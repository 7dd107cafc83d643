"""Admin of rotas: what they are called and where. Who takes turns is arranged on the page of the rota."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from airp.accounts.configuring import ConfigurationAdmin
from incidents.notification.rota.records import Rota


@admin.register(Rota)
class RotaAdmin(ConfigurationAdmin):
    """Columns answer: which rota, what for, in use?"""

    list_display = ("name", "purpose", "time_zone", "state")
    list_filter = ("state",)
    search_fields = ("name", "purpose")
    ordering = ("name",)
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "purpose", "time_zone", "state"),
                "description": _("Who takes turns is arranged under On call. A retired rota calls nobody."),
            },
        ),
        (_("This change"), {"fields": ("why",)}),
    )

    def in_use(self, obj: Any) -> str:
        return str(_("Retire the rota instead of deleting it: who was on call stays on record."))
