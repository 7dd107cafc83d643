"""Playbooks in words: for which incidents one is meant, what a step asks, and what a draft changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from incidents.playbooks.due import due_rule
from incidents.playbooks.fitting import Scope
from incidents.playbooks.playbook import PlaybookStep, PlaybookVersion
from incidents.playbooks.showing import before_words, lane_name
from incidents.playbooks.step_kinds.registry import kind_of
from incidents.response.people import IncidentRole

SHOWN = ("title", "instructions", "lane", "role", "due_minutes", "due_from", "before", "kind", "detail")


@dataclass(frozen=True, slots=True)
class Names:
    """What the slugs of a scope are called; unknown ones stay readable as what they are."""

    systems: Mapping[str, str]
    harm_kinds: Mapping[str, str]


def scope_words(scope: Scope, names: Names) -> str:
    """Used for: Bias or unequal treatment; at SEV1, SEV2; on the ranker."""
    parts = []
    if scope.harm_kinds:
        parts.append(_listed(names.harm_kinds.get(slug, slug) for slug in scope.harm_kinds))
    if scope.severities:
        parts.append(_("at %(levels)s") % {"levels": _listed(scope.severities)})
    if scope.systems:
        parts.append(_("on %(systems)s") % {"systems": _listed(names.systems.get(s, s) for s in scope.systems)})
    return "; ".join(parts) if parts else _("every incident for which nothing more specific is meant")


def specificity_words(scope: Scope) -> str:
    """Why it wins or loses against others."""
    named = [
        words
        for words, is_named in (
            (_("a system"), scope.systems),
            (_("a harm kind"), scope.harm_kinds),
            (_("a level"), scope.severities),
        )
        if is_named
    ]
    return _("names %(what)s") % {"what": _(" and ").join(named)} if named else _("names nothing, so any other wins")


def step_rows(version: PlaybookVersion) -> list[dict[str, Any]]:
    """The steps in their order, as pages show them. One query."""
    return [step_row(step) for step in version.steps.order_by("position")]


def step_row(step: PlaybookStep) -> dict[str, Any]:
    kind = kind_of(step.kind)
    return {
        "key": step.key,
        "position": step.position,
        "title": step.title,
        "instructions": step.instructions,
        "kind": kind.label,
        "icon": kind.icon,
        "is_plain": step.kind == "manual",
        "parts": kind.parts(step.detail),
        "lane": lane_name(step.lane),
        "role": IncidentRole(step.role).label if step.role else "",
        "due": due_rule(step.due_minutes, step.due_from),
        "weight": before_words(step.before),
        "is_mandatory": step.is_mandatory,
    }


def changes(before: Iterable[PlaybookStep], after: Iterable[PlaybookStep]) -> list[dict[str, str]]:
    """What a draft changes against the version in force: steps added, removed, reworded or moved."""
    old = {step.key: step for step in before}
    new = {step.key: step for step in after}
    common_old = [key for key in old if key in new]
    common_new = [key for key in new if key in old]
    moved = {key for was, key in zip(common_old, common_new, strict=True) if was != key}
    told = [_change(key, old.get(key), new.get(key), is_moved=key in moved) for key in {**old, **new}]
    return [change for change in told if change]


def _change(key: str, was: PlaybookStep | None, step: PlaybookStep | None, *, is_moved: bool) -> dict[str, str]:
    if was is None and step is not None:
        return {"what": _("Added"), "title": step.title, "tone": "good", "how": ""}
    if step is None and was is not None:
        return {"what": _("Removed"), "title": was.title, "tone": "critical", "how": ""}
    if was is None or step is None:
        raise ValueError(f"step {key} stands on neither side")
    fields = [
        str(getattr(step._meta.get_field(name), "verbose_name", name))
        for name in SHOWN
        if getattr(was, name) != getattr(step, name)
    ]
    if fields:
        return {"what": _("Changed"), "title": step.title, "tone": "moderate", "how": ", ".join(fields)}
    return {"what": _("Moved"), "title": step.title, "tone": "info", "how": ""} if is_moved else {}


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(str(value) for value in values))
