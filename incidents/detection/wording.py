"""Thresholds and breaches in plain sentences. Takes values, not models; reads nothing."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

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


def decimal(amount: int, scale: int, places: int = 2) -> str:
    """amount / scale with as many places as it needs, at most so many: "0.7", "14.4", "3"."""
    return f"{amount / scale:.{places}f}".rstrip("0").rstrip(".") if places else str(round(amount / scale))


def measure(*, metric: str, kind: str, category: str) -> str:
    """What is measured, as the beginning of a sentence."""
    name = _name_of(metric, SignalKind(kind))
    return f"{name} ({category})" if category else name


def value(*, metric: str, bad: int, n: int, amount: int | None = None) -> str:
    """A measured value with its unit and what it rests on. `amount` is in the unit of the limit, where known."""
    match metric:
        case "ratio":
            return _("%(share)s of %(count)s answers") % {"share": rounded_percent(bad, n), "count": n}
        case "mean":
            mean = decimal(amount or 0, MILLION)
            return _("%(mean)s over %(count)s scores") % {"mean": mean, "count": n}
        case "baseline":
            words = {"count": bad, "times": decimal(amount or 0, 1_000, 1), "usual": n or _("(less than 1)")}
            return _("%(count)s, %(times)s times the usual %(usual)s") % words
        case "burn":
            words = {"times": decimal(amount or 0, 1_000, 1), "share": rounded_percent(bad, n), "count": n}
            return _("%(times)s times the budget (%(share)s of %(count)s answers)") % words
        case "distinct" if n:
            return _("%(count)s different ones, %(unnamed)s of them unnamed") % {"count": bad, "unnamed": n}
    return str(bad)


def limit(*, metric: str, amount: int) -> str:
    match metric:
        case "ratio":
            return percent(amount)
        case "mean":
            return decimal(amount, MILLION, 4)
        case "baseline":
            return _("%(times)s times the usual") % {"times": decimal(amount, 1_000)}
        case "burn":
            return _("%(times)s times the budget") % {"times": decimal(amount, 1_000)}
    return str(amount)


def figure(*, metric: str, amount: float) -> str:
    """A measured value alone, as a limit is written; a share with one place, a count as a whole number."""
    if metric == "ratio":
        return rounded_percent(round(amount), MILLION)
    return limit(metric=metric, amount=round(amount))


def mark(*, metric: str, amount: float) -> str:
    """A value at the edge of a chart, where there is room for a few signs."""
    if metric in ("baseline", "burn"):
        return f"{decimal(round(amount), 1_000, 1)} ×"
    if metric == "ratio":
        return percent(round(amount)) if amount >= 100_000 else rounded_percent(round(amount), MILLION)
    return limit(metric=metric, amount=round(amount))


def title(
    *,
    metric: str,
    kind: str,
    category: str,
    system: str,
    bad: int,
    n: int,
    window_seconds: int,
    amount: int,
    measured: int | None = None,
) -> str:
    """The title of an incident that a threshold declares. `amount` is the limit, `measured` the value beyond it."""
    words = {
        "measure": measure(metric=metric, kind=kind, category=_shortened(category)),
        "system": system,
        "value": value(metric=metric, bad=bad, n=n, amount=measured),
        "window": duration(window_seconds),
        "limit": limit(metric=metric, amount=amount),
    }
    if metric == "zero_tolerance":
        return _("%(measure)s of %(system)s: a single one is too many") % words
    if metric in ("temporal", "temporal_ordered"):
        return _("%(measure)s of %(system)s within %(window)s") % words
    return _("%(measure)s of %(system)s is %(value)s in %(window)s (limit %(limit)s)") % words


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


def _name_of(metric: str, kind: SignalKind) -> str:
    if metric in _FRAMES:
        what = (_scored() if metric == "mean" else plurals())[kind]
        return str(_FRAMES[metric]) % {"what": what}
    if metric == "zero_tolerance":
        return singulars()[kind]
    return str((_RATIOS if metric == "ratio" else _COUNTS)[kind])


_FRAMES = {
    "mean": gettext_lazy("Mean score of %(what)s"),
    "baseline": gettext_lazy("Change of %(what)s"),
    "burn": gettext_lazy("Burn rate by %(what)s"),
    "distinct": gettext_lazy("Number of people or conversations with %(what)s"),
    "event_count": gettext_lazy("Number of %(what)s in one group"),
    "value_count": gettext_lazy("Number of different ones with %(what)s in one group"),
    "temporal": gettext_lazy("Pattern of %(what)s"),
    "temporal_ordered": gettext_lazy("Pattern of %(what)s"),
}


def _scored() -> dict[SignalKind, str]:
    return plurals() | {
        SignalKind.TRAFFIC: _("answers"),
        SignalKind.EVALUATION: _("evaluations"),
        SignalKind.GUARDRAIL: _("guardrail checks"),
    }


def singulars() -> dict[SignalKind, str]:
    return {
        SignalKind.TRAFFIC: _("Error"),
        SignalKind.VIOLATION: _("Policy breach"),
        SignalKind.COMPLAINT: _("Complaint"),
        SignalKind.EVALUATION: _("Failed evaluation"),
        SignalKind.GUARDRAIL: _("Guardrail block"),
    }


_RATIOS = {
    SignalKind.TRAFFIC: gettext_lazy("Error rate"),
    SignalKind.VIOLATION: gettext_lazy("Policy-breach rate"),
    SignalKind.COMPLAINT: gettext_lazy("Complaint rate"),
    SignalKind.EVALUATION: gettext_lazy("Failed-evaluation rate"),
    SignalKind.GUARDRAIL: gettext_lazy("Guardrail-block rate"),
}


_COUNTS = {
    SignalKind.TRAFFIC: gettext_lazy("Number of errors"),
    SignalKind.VIOLATION: gettext_lazy("Number of policy breaches"),
    SignalKind.COMPLAINT: gettext_lazy("Number of complaints"),
    SignalKind.EVALUATION: gettext_lazy("Number of failed evaluations"),
    SignalKind.GUARDRAIL: gettext_lazy("Number of guardrail blocks"),
}


def plurals() -> dict[SignalKind, str]:
    return {
        SignalKind.TRAFFIC: _("errors"),
        SignalKind.VIOLATION: _("policy breaches"),
        SignalKind.COMPLAINT: _("complaints"),
        SignalKind.EVALUATION: _("failed evaluations"),
        SignalKind.GUARDRAIL: _("guardrail blocks"),
    }
