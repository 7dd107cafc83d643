"""Admin of lane rules and gates between lanes."""

from django.contrib import admin

from airp.accounts.configuring import ConfigurationAdmin
from incidents.coordination.lane_rules import LaneGate, LaneRule


@admin.register(LaneRule)
class LaneRuleAdmin(ConfigurationAdmin):
    """Columns answer: at which level, for which harm, which lane, how soon."""

    list_display = ("severity", "lane", "harm_kind", "within_minutes")
    list_display_links = ("severity", "lane")
    list_filter = ("severity", "lane")
    list_select_related = ("severity", "harm_kind")
    ordering = ("severity__rank", "lane", "harm_kind__name")
    fields = ("severity", "harm_kind", "lane", "within_minutes", "why")


@admin.register(LaneGate)
class LaneGateAdmin(ConfigurationAdmin):
    """Columns answer: which lane waits for which, from which level on, and why."""

    list_display = ("lane", "first", "needs", "severity", "reason")
    list_select_related = ("severity",)
    ordering = ("lane", "first")
    fields = ("lane", "first", "needs", "severity", "reason", "why")
