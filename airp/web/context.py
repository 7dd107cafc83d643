"""What the frame around every page needs."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from airp.web.navigation import main_action, navigation


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Site facts at once; `frame` only when a template reads it, so that fragments and errors cost nothing."""
    return {
        "site_name": settings.SITE_NAME,
        "organisation": settings.ORGANISATION,
        "is_local": settings.IS_LOCAL,
        "frame": SimpleLazyObject(lambda: compose(request)),
    }


def compose(request: HttpRequest) -> dict[str, Any]:
    """What the functions of `settings.PAGE_FRAME` report for a signed-in person, and the navigation.

    Each function takes the request and returns a dict. The key `counts` (name -> number) is merged over all
    functions and feeds the navigation, and so do `tallies` (name -> SQL of one number, without parameters). `reads`
    (name -> SQL of one value, and what to make of it) become keys of their own. All SQL is asked in one query
    together; other keys, such as `failed_deliveries_url`, are read by the templates.
    """
    if not getattr(getattr(request, "user", None), "is_authenticated", False):
        return {"navigation": [], "main_action": None, "counts": {}}
    counts: dict[str, int] = {}
    tallies: dict[str, str] = {}
    reads: dict[str, tuple[str, Callable[[Any], Any]]] = {}
    frame: dict[str, Any] = {}
    for report in import_string(settings.PAGE_FRAME):
        reported = dict(report(request))
        counts |= reported.pop("counts", {})
        tallies |= reported.pop("tallies", {})
        reads |= reported.pop("reads", {})
        frame |= reported
    asked = _asked(tallies | {name: sql for name, (sql, _make) in reads.items()})
    counts |= {name: asked[name] for name in tallies}
    frame |= {name: make(asked[name]) for name, (_sql, make) in reads.items()}
    return frame | {
        "counts": counts,
        "navigation": navigation(request, counts),
        "main_action": main_action(request),
    }


def _asked(questions: dict[str, str]) -> dict[str, Any]:
    """The values of all questions, in one round trip."""
    if not questions:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"({sql})" for sql in questions.values()))
        return dict(zip(questions, cursor.fetchone(), strict=True))
