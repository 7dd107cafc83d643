"""Template tags used on most pages. Registered as builtins: no page loads them.

They stand in lists of many rows, so they build their few elements without a template of their own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from structlog.contextvars import get_contextvars

from airp.web import markdown as markdown_text
from airp.web import remembered, times
from airp.web.visible import visible

register = template.Library()
NO_TEXT = mark_safe("")
NOTHING = mark_safe('<span class="muted">—</span>')  # noqa: S308 - constant
TONES = frozenset({"critical", "high", "moderate", "low", "info", "good"})


class Named(Protocol):
    """A person as lists show them."""

    name: str
    short_name: str


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> SafeString:
    """A symbol of static/img/icons.svg; without a label it is decoration and screen readers pass over it."""
    naming = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', naming, static("img/icons.svg"), name)


@register.simple_tag
def fixed(name: str) -> SafeString:
    """A part of a page that depends on nothing but the language: drawn once per process."""
    return _fixed(name, get_language())


@lru_cache(maxsize=64)
def _fixed(name: str, _language: str | None) -> SafeString:
    return render_to_string(name)


@register.simple_tag
def navigation(items: Sequence[Mapping[str, object]], part: str = "side") -> SafeString:
    """The side navigation, or its `part="keys"` of the keyboard sheet. The same items are drawn only once."""
    if not items:
        return NO_TEXT
    return _navigation(tuple(tuple(item.items()) for item in items), part, get_language())


@lru_cache(maxsize=512)
def _navigation(items: tuple[tuple[tuple[str, object], ...], ...], part: str, _language: str | None) -> SafeString:
    return render_to_string(f"shell/navigation.html#{part}", {"items": [dict(item) for item in items]})


@register.simple_tag
def part(name: str, values: Mapping[str, object]) -> SafeString:
    """A row of a list by its values alone (`page.html#row`). The same values are drawn only once per process."""
    return remembered.part(name, values)


@register.simple_tag
def badge(tone: str, text: object, kind: str = "") -> SafeString:
    """Severity or state as text and shape. `kind="solid"` for the one that leads a page."""
    return _badge(tone, str(text), kind)


@lru_cache(maxsize=512)
def _badge(tone: str, text: str, kind: str) -> SafeString:
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"{tone!r} is no tone. Use one of {', '.join(sorted(TONES))}.")
    return mark_safe(  # noqa: S308 - escaped
        f'<span class="badge {tone} {escape(kind)}"><i aria-hidden="true"></i>{escape(text)}</span>'
    )


@register.simple_tag(takes_context=True)
def when(context: template.Context, moment: datetime | None) -> SafeString:
    """A moment in a list: distance and clock time while it is recent, the date later. Ticks in the browser."""
    if moment is None:
        return NOTHING
    now = _now(context)
    clock = times.short(moment, now=now)
    if abs(now - moment) > times.RECENT:
        return times.element(moment, clock)
    return mark_safe(  # noqa: S308 - built from a datetime
        f'{times.element(moment, times.ago(moment, now=now), tick="ago")} <span class="muted">{clock}</span>'
    )


@register.simple_tag(takes_context=True)
def age(context: template.Context, moment: datetime | None) -> SafeString:
    """Only the distance, for narrow columns."""
    return times.element(moment, times.ago(moment, now=_now(context)), tick="ago") if moment else NOTHING


@register.simple_tag
def moment(at: datetime | None) -> SafeString:
    """Date, time and zone: for timelines, records and promises."""
    return times.element(at, times.absolute(at)) if at else NOTHING


@register.simple_tag(takes_context=True)
def clock(
    context: template.Context,
    label: object,
    due: datetime | None,
    met_at: datetime | None = None,
    risk_at: datetime | None = None,
    url: str = "",
) -> SafeString:
    """A promise: its name, when it is due in both ways of saying it, and how it stands (met, due, overdue).

    With `risk_at`, from when on it is at risk, it says so in words, also while the page stands open.
    """
    if due is None:
        return NOTHING
    now = _now(context)
    tone, state, words = _standing(due, met_at, now=now, risk_at=risk_at)
    name = f'<a href="{escape(url)}">{escape(label)}</a>' if url else escape(label)
    risk, said = "", ""
    if risk_at is not None and met_at is None:
        risk = f' data-risk-at="{times.machine(risk_at)}"'
        said = (
            f' <span class="clock-state" data-at-risk="{escape(_("at risk"))}" data-breached="{escape(_("breached"))}">'
            f"{escape(_STANDINGS[state]())}</span>"
        )
    return mark_safe(  # noqa: S308 - escaped
        f'<div class="clock" data-clock="{state}"{risk}><i class="dot {tone}" aria-hidden="true"></i>'
        f'<span class="clock-label">{name}{said}</span><span class="clock-due">{words}</span></div>'
    )


_STANDINGS = {"due": lambda: _("on track"), "risk": lambda: _("at risk"), "overdue": lambda: _("breached")}


def _standing(
    due: datetime, met_at: datetime | None, *, now: datetime, risk_at: datetime | None
) -> tuple[str, str, str]:
    if met_at is not None and met_at <= due:
        return "good", "met", _("met %(at)s") % {"at": times.element(met_at, times.short(met_at, now=now))}
    if met_at is not None:
        words = _("met %(late)s late, %(at)s")
        late = times.span((met_at - due).total_seconds())
        return "moderate", "late", words % {"late": late, "at": times.element(met_at, times.short(met_at, now=now))}
    distance = times.element(due, times.ago(due, now=now), tick="due")
    at = f"{times.short(due, now=now)} {timezone.localtime(due).tzname()}"
    if due < now:
        distance = times.element(due, times.overdue(due, now=now), tick="due")
        return "critical", "overdue", _("%(overdue)s, was due %(at)s") % {"overdue": distance, "at": at}
    if risk_at is not None and now >= risk_at:
        return "moderate", "risk", f"{at}, {distance}"
    tone = "moderate" if risk_at is None and (due - now) <= times.SOON else "info"
    return tone, "due", f"{at}, {distance}"


@register.simple_tag
def person(who: Named | None, nobody: str = "") -> SafeString:
    """First name and initial, the whole name on hover; a dash with words where nobody stands."""
    if who is None:
        return format_html('<span class="muted">{}</span>', nobody or _("nobody"))
    return format_html('<span class="person" title="{}">{}</span>', who.name, who.short_name)


@register.simple_tag
def request_id() -> str:
    """The id under which the logs tell about this request, for error pages."""
    return str(get_contextvars().get("request_id", ""))


@register.simple_tag
def sign_in_hints() -> object | None:
    """The demo's logins for its sign-in page; None everywhere else."""
    return import_module(settings.SIGN_IN_HINTS) if settings.SIGN_IN_HINTS else None


@register.filter
def markdown(text: str | None) -> SafeString:
    """Markdown of a person as safe HTML."""
    return markdown_text.to_html(text or "")


@register.filter
def visible_text(text: object) -> SafeString:
    """Hostile text with everything unseen made visible. Put it into a pre or p."""
    return visible("" if text is None else str(text))


def _now(context: template.Context) -> datetime:
    """The view's `now`, so that one page tells one time; else the clock."""
    given: Any = context.get("now")
    return given if isinstance(given, datetime) else timezone.now()
