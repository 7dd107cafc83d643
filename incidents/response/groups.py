"""Kinds of timeline entries in the groups by which people look for them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from incidents.response.kinds import Kind


class Group(models.TextChoices):
    STATE = "state", _("State and facts")
    PEOPLE = "people", _("People")
    LANES = "lanes", _("Lanes")
    TASKS = "tasks", _("Tasks")
    DECISIONS = "decisions", _("Sign-offs and decisions")
    EVIDENCE = "evidence", _("Evidence and signals")
    WORDS = "words", _("Notes and updates")
    ALERTS = "alerts", _("Alerts")


_BEGINNINGS: dict[Group, tuple[str, ...]] = {
    Group.LANES: ("lane", "late_escalation"),
    Group.TASKS: ("playbook", "task"),
    Group.DECISIONS: ("sign_off", "decision", "review"),
    Group.EVIDENCE: ("breach", "signal", "evidence", "complaint", "exposure", "sample", "attachment", "report"),
    Group.WORDS: ("note", "update", "status_worded", "entry"),
    Group.ALERTS: ("alert", "escalated"),
    Group.PEOPLE: ("handed_over", "role", "handoff"),
}


def group_of(kind: str) -> Group:
    """By how the kind begins: those of one subject share a beginning. The rest happened to the incident itself."""
    return next((group for group, beginnings in _BEGINNINGS.items() if kind.startswith(beginnings)), Group.STATE)


KINDS_OF: dict[Group, tuple[str, ...]] = {
    group: tuple(kind.value for kind in Kind if group_of(kind) == group) for group in Group
}
