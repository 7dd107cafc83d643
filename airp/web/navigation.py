"""The side navigation: only what this person may open, with counts from the page frame.

The items stand in `airp/navigation.py`, read here by the name in `settings.NAVIGATION`. What an item demands is
not said twice: it is the capability that the permission registry declares for its address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string

log = structlog.get_logger(__name__)
MOST_SHOWN = 99


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. `go_key` is the letter after g; `count` names a figure in the page frame's `counts`."""

    label: str | Promise
    view_name: str
    icon: str
    go_key: str = ""
    count: str = ""


def navigation(request: HttpRequest, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """The permitted items in their order; the one whose address begins this page's address is current."""
    items: tuple[Item, ...] = import_string(settings.NAVIGATION)
    shown = [_entry(item, url, counts) for item in items if (url := _address(request, item))]
    _mark_current(shown, path=request.path)
    return shown


def main_action(request: HttpRequest) -> dict[str, Any] | None:
    """The one action that every page offers, for those who may change something at its address."""
    item: Item | None = import_string(settings.MAIN_ACTION)
    url = _address(request, item, for_change=True) if item else ""
    return {"label": item.label, "url": url, "icon": item.icon, "key": item.go_key} if item and url else None


def is_permitted(request: HttpRequest, view_name: str, *, for_change: bool = False) -> bool:
    """Whether the permission registry lets this person use the address. Undeclared addresses are not offered."""
    registry: dict[str, Any] = import_string(settings.PERMISSION_REGISTRY)
    access = registry.get(view_name) or registry.get(f"{view_name.partition(':')[0]}:*")
    demanded = (access.change if for_change else access.read) if access else None
    return demanded is not None and request.user.can(demanded)  # type: ignore[union-attr]


def _address(request: HttpRequest, item: Item, *, for_change: bool = False) -> str:
    """Where the item leads, or nothing where the person may not go.

    An address that is declared but not served must not take every page down with it: it is left out and logged,
    and a test fails.
    """
    if not is_permitted(request, item.view_name, for_change=for_change):
        return ""
    try:
        return _served_at(item.view_name)
    except NoReverseMatch:
        log.error("navigation_leads_nowhere", view=item.view_name)
        return ""


@cache
def _served_at(view_name: str) -> str:
    """The same on every page, and every page asks for all of them."""
    return reverse(view_name)


def _entry(item: Item, url: str, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "label": str(item.label),
        "url": url,
        "icon": item.icon,
        "go_key": item.go_key,
        "count": _shown(counts.get(item.count, 0)),
        "is_current": False,
    }


def _shown(count: int) -> str:
    """Nothing for zero; counts may stop at a hundred, and nobody needs to know how far beyond it they are."""
    return f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count or "")


def _mark_current(shown: list[dict[str, Any]], *, path: str) -> None:
    around = [entry for entry in shown if path == entry["url"] or _is_below(path, entry["url"])]
    if around:
        max(around, key=lambda entry: len(entry["url"]))["is_current"] = True


def _is_below(path: str, url: str) -> bool:
    return url != "/" and path.startswith(url)
