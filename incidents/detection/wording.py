"""Thresholds and breaches in plain sentences. Takes values, not models; reads nothing."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.detection.parsers.signals import SignalKind
from incidents.detection.statistics import MILLION

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def duration(seconds: int) -> str:
    """A stretch of time as people say it: "5 min", "2 h", "7 days"."""
    if seconds and seconds % DAY == 0:
        return ngettext("%(count)s day", "%(count)s days", seconds // DAY) % {"count": seconds // DAY}
    if seconds and seconds % HOUR == 0:
        return _("%(count)s h") % {"count": seconds // HOUR}
    if seconds % MINUTE == 0:
        return _("%(count)s min") % {"count": seconds // MINUTE}
    return _("%(count)s s") % {"count": seconds}


def rough_duration(seconds: int) -> str:
    """A measured stretch of time in its largest fitting unit: "47 s", "12 min", "3 h", "2 days"."""
    for unit in (DAY, HOUR, MINUTE):
        if seconds >= unit:
            return duration(seconds // unit * unit)
    return duration(seconds)


def percent(ppm: int) -> str:
    """Parts per million as a percentage with as many places as it needs, at most two."""
    hundredths = (ppm + 50) // 100
    whole, rest = divmod(hundredths, 100)
    places = f".{rest:02d}".rstrip("0") if rest else ""
    return f"{whole}{places} %"


def share_ppm(bad: int, n: int) -> int:
    """bad / n in parts per million; 0 when there is nothing to divide by."""
    return (bad * MILLION + n // 2) // n if n else 0


def rounded_percent(bad: int, n: int) -> str:
    """A measured share with one place: a limit is exact, a measurement is not."""
    tenths = (share_ppm(bad, n) + 500) // 1_000
    whole, rest = divmod(tenths, 10)
    return f"{whole}.{rest} %"


def measure(*, metric: str, kind: str, category: str) -> str:
    """What is measured, as the beginning of a sentence."""
    names = _ratio_names if metric == "ratio" else _count_names
    name = names()[SignalKind(kind)]
    return f"{name} ({category})" if category else name


def value(*, metric: str, bad: int, n: int) -> str:
    """A measured value with its unit and, for a share, what it is a share of."""
    if metric == "ratio":
        return _("%(share)s of %(count)s answers") % {"share": rounded_percent(bad, n), "count": n}
    return str(bad)


def limit(*, metric: str, amount: int) -> str:
    return percent(amount) if metric == "ratio" else str(amount)


def title(
    *, metric: str, kind: str, category: str, system: str, bad: int, n: int, window_seconds: int, amount: int
) -> str:
    """The title of an incident that a threshold declares."""
    return _("%(measure)s of %(system)s is %(value)s in %(window)s (limit %(limit)s)") % {
        "measure": measure(metric=metric, kind=kind, category=_shortened(category)),
        "system": system,
        "value": value(metric=metric, bad=bad, n=n),
        "window": duration(window_seconds),
        "limit": limit(metric=metric, amount=amount),
    }


def sentence(
    *,
    metric: str,
    op: str,
    amount: int,
    kind: str,
    category: str,
    min_samples: int,
    confidence: str,
    window_seconds: int,
    for_seconds: int,
) -> str:
    """The whole rule as one sentence, for the page and the form."""
    beyond = _("at least") if op == "gte" else _("more than")
    about = _plurals()[SignalKind(kind)] + (f" ({category})" if category else "")
    words = {"beyond": beyond, "limit": limit(metric=metric, amount=amount), "about": about}
    words |= {"window": duration(window_seconds), "minimum": str(max(min_samples, 1))}
    if metric == "ratio":
        parts = [
            _("fires when %(beyond)s %(limit)s of at least %(minimum)s answers in %(window)s are %(about)s") % words
        ]
        if confidence != "none":
            parts.append(_("%(confidence)s %% sure") % {"confidence": confidence})
    else:
        parts = [_("fires when %(beyond)s %(limit)s %(about)s are counted in %(window)s") % words]
    if for_seconds:
        parts.append(_("for %(time)s without a break") % {"time": duration(for_seconds)})
    return ", ".join(parts)


def watched(metric: str, category: str = "") -> str:
    """The rule of a threshold whose breaches open by events and not by a figure."""
    if metric == "silence":
        return _("fires when a source of this system was heard and then sends nothing for three expected intervals")
    if category:
        words = _("fires when another system's alert of severity %(severity)s about this system starts, until it ends")
        return words % {"severity": category}
    return _("fires when another system's alert about this system starts, until that alert is resolved")


def _shortened(category: str) -> str:
    return category if len(category) <= 40 else f"{category[:39]}…"


def _ratio_names() -> dict[SignalKind, str]:
    return {
        SignalKind.TRAFFIC: _("Error rate"),
        SignalKind.VIOLATION: _("Policy-breach rate"),
        SignalKind.COMPLAINT: _("Complaint rate"),
        SignalKind.EVALUATION: _("Failed-evaluation rate"),
        SignalKind.GUARDRAIL: _("Guardrail-block rate"),
    }


def _count_names() -> dict[SignalKind, str]:
    return {
        SignalKind.TRAFFIC: _("Number of errors"),
        SignalKind.VIOLATION: _("Number of policy breaches"),
        SignalKind.COMPLAINT: _("Number of complaints"),
        SignalKind.EVALUATION: _("Number of failed evaluations"),
        SignalKind.GUARDRAIL: _("Number of guardrail blocks"),
    }


def _plurals() -> dict[SignalKind, str]:
    return {
        SignalKind.TRAFFIC: _("errors"),
        SignalKind.VIOLATION: _("policy breaches"),
        SignalKind.COMPLAINT: _("complaints"),
        SignalKind.EVALUATION: _("failed evaluations"),
        SignalKind.GUARDRAIL: _("guardrail blocks"),
    }
