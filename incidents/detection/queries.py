"""Reads of detection for its own pages, the board and the incident page."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Case, Max, Q, QuerySet, When
from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.detection import wording
from incidents.detection.attaching import title_of
from incidents.detection.breaches import Breach
from incidents.detection.choices import JUDGED, WATCHED, Band, Mode
from incidents.detection.evaluation import Evaluation, tick_of
from incidents.detection.quality import ThresholdQuality
from incidents.detection.quality_words import quality_of, review_due_at
from incidents.detection.sentences import RuleWords, sentence
from incidents.detection.states import EvaluationTick, ThresholdState
from incidents.detection.step import Reason, Status
from incidents.detection.thresholds import Threshold, shards
from incidents.detection.values import values_now
from incidents.detection.versions import ThresholdVersion
from incidents.response.models import Incident
from incidents.systems.models import AISystem

MOST_TO_DECIDE = 50
URGENT_FIRST = (Status.FIRING, Status.ERROR, Status.RECOVERING, Status.PENDING, Status.NO_DATA, Status.INSUFFICIENT)
STATUS_TONES = {
    Status.OK: "good",
    Status.PENDING: "moderate",
    Status.FIRING: "critical",
    Status.RECOVERING: "moderate",
    Status.INSUFFICIENT: "info",
    Status.NO_DATA: "info",
    Status.ERROR: "high",
    Status.ARCHIVED: "info",
}


def breaches_to_decide(user: User, now: datetime, *, owner: User | None = None) -> list[dict[str, Any]]:
    """What the board asks people to decide, the decision that is due first on top; at most 50. One or two queries.

    `owner` keeps to the thresholds of one person.
    """
    if not user.can(Capability.READ_INCIDENTS):
        return []
    waiting = Breach.objects.undecided().filter(decision_due_at__isnull=False)
    if owner is not None:
        waiting = waiting.filter(threshold__owner=owner)
    # A calm board asks no more than this: the joins below take four times as long, however few rows they find.
    if not (ids := list(waiting.order_by("decision_due_at", "pk").values_list("pk", flat=True)[:MOST_TO_DECIDE])):
        return []
    found = (  # without an incident there is none that could hide them
        waiting.filter(pk__in=ids)
        .select_related("threshold__system", "threshold__owner", "version__severity")
        .order_by("decision_due_at", "pk")
    )
    return [_to_decide(breach, user, now=now) for breach in found]


def breaches_of(incident: Incident) -> list[Breach]:
    """The breaches of an incident, newest first; at most 100."""
    related = ("threshold__system", "version__severity", "decided_by")
    return list(incident.breaches.select_related(*related).order_by("-started_at", "-pk")[:100])


def open_breaches_of(system: AISystem, user: User) -> list[dict[str, Any]]:
    """What is over its limit, lost or reported by others about a system now, newest first; at most 25."""
    found = Breach.objects.visible_to(user).open().foremost().filter(threshold__system=system)
    related = ("threshold__system", "version__severity", "incident")
    return [breach_row(breach) for breach in found.select_related(*related).order_by("-started_at", "-pk")[:25]]


def last_tick_at() -> datetime | None:
    """The newest judged minute of the shard that is furthest behind; None before the first tick."""
    newest = [EvaluationTick.objects.filter(shard=shard).aggregate(last=Max("tick_at"))["last"] for shard in shards()]
    return min((tick_at for tick_at in newest if tick_at is not None), default=None)


def threshold_rows(page: Iterable[Threshold], *, now: datetime) -> list[dict[str, Any]]:
    """A page of thresholds with state and present value. Five queries at most, however many there are."""
    thresholds = list(page)
    ids = [threshold.pk for threshold in thresholds]
    states = worst_states(ids)
    versions = newest_versions(ids)
    values = values_now(versions, tick_at=tick_of(now))
    rows = [
        _row(threshold, versions.get(threshold.pk), values.get(threshold.pk))
        | {"standing": standing(threshold, *(states.get((threshold.pk, band)) for band in (Band.ACT, Band.WARN)))}
        | _standing_of(threshold, versions.get(threshold.pk), getattr(threshold, "quality", None), now=now)
        for threshold in thresholds
    ]
    _say_how_watched_ones_stand([row for row in rows if row.get("is_watched")])
    return rows


def worst_states(threshold_ids: Iterable[int]) -> dict[tuple[int, str], ThresholdState]:
    """By threshold and band the state that needs people most, of all groups."""
    urgency = Case(*(When(status=status.value, then=place) for place, status in enumerate(URGENT_FIRST)), default=99)
    found = ThresholdState.objects.filter(threshold_id__in=list(threshold_ids)).annotate(urgency=urgency)
    ordered = found.order_by("threshold_id", "band", "urgency", "-changed_at").distinct("threshold_id", "band")
    return {(state.threshold_id, state.band): state for state in ordered}


def _say_how_watched_ones_stand(rows: list[dict[str, Any]]) -> None:
    """One query, and none where no threshold of the page is watched by events."""
    if not rows:
        return
    ids = [row["threshold"].pk for row in rows]
    firing = set(Breach.objects.open().filter(threshold_id__in=ids).values_list("threshold_id", flat=True))
    for row in rows:
        row["standing"] = watched_standing(row["threshold"], is_firing=row["threshold"].pk in firing)


def _standing_of(
    threshold: Threshold, version: ThresholdVersion | None, quality: ThresholdQuality | None, *, now: datetime
) -> dict[str, Any]:
    """How well it does, and whether somebody should look at it again."""
    due_at = review_due_at(threshold, version)
    is_due = due_at is not None and due_at < now
    return {"quality": quality_of(threshold, quality), "review_due_at": due_at, "is_review_due": is_due}


def newest_versions(threshold_ids: Iterable[int]) -> dict[int, ThresholdVersion]:
    found = (
        ThresholdVersion.objects.filter(threshold_id__in=list(threshold_ids))
        .select_related("author", "severity")
        .order_by("threshold_id", "-effective_from", "-pk")
        .distinct("threshold_id")
    )
    return {version.threshold_id: version for version in found}


def standing(
    threshold: Threshold, state: ThresholdState | None, warned: ThresholdState | None = None
) -> dict[str, str]:
    """The state of a threshold in words and tone; a mode that is not judged hides an older state."""
    if threshold.mode not in JUDGED:
        return {"tone": "info", "label": Mode(threshold.mode).name.capitalize()}
    tone, label = _state_in_words(state)
    if warned is not None and warned.is_breaching and not (state and state.is_breaching):
        tone, label = ("high", _("Warning")) if tone == "good" else (tone, _("%(state)s, warning") % {"state": label})
    if threshold.mode == Mode.SHADOW:
        label = _("%(state)s, in shadow") % {"state": label}
    return {"tone": tone, "label": label}


def _state_in_words(state: ThresholdState | None) -> tuple[str, str]:
    if state is None:
        return STATUS_TONES[Status.OK], _("OK")
    status, label = Status(state.status), str(state.get_status_display())
    if state.flapping_since is not None and state.is_breaching:
        return STATUS_TONES[Status.FIRING], _("%(state)s, flapping") % {"state": label}
    if state.held_from and state.is_breaching:
        return STATUS_TONES[Status.FIRING], _("%(state)s, still firing") % {"state": label}
    return STATUS_TONES[status], label


def watched_standing(threshold: Threshold, *, is_firing: bool) -> dict[str, str]:
    """A threshold that is watched by events fires as long as a breach of it is open."""
    if threshold.mode not in JUDGED:
        return standing(threshold, None)
    return {"tone": "critical", "label": _("Firing")} if is_firing else {"tone": "good", "label": _("OK")}


def value_in_words(version: ThresholdVersion, value: Evaluation | None) -> str:
    """The present value with its unit and n, or why there is none."""
    if value is None or value.unknown == Reason.NO_DATA:
        return _("no data in this window")
    if value.unknown == Reason.SHORT_BASELINE:
        return _("%(count)s, but fewer than two past weeks to compare with") % {"count": value.sums.bad}
    if value.unknown == Reason.INVALID:
        return _("more bad ones than answers were counted")
    words = wording.value(metric=version.metric, bad=value.sums.bad, n=value.sums.beside, amount=value.judged.value)
    return _("%(value)s, too few to judge") % {"value": words} if value.unknown else words


def sentence_of(version: ThresholdVersion) -> str:
    return sentence(
        RuleWords(
            metric=version.metric,
            op=version.op,
            amount=version.limit,
            warn_amount=version.warn_limit,
            kind=version.kind,
            category=version.category,
            min_samples=version.min_samples,
            confidence=version.confidence,
            window_seconds=version.window_seconds,
            for_seconds=version.for_seconds,
            value_of=version.value_of,
            group_by=version.group_by,
            pattern=version.pattern,
            budget_ppm=version.budget_ppm,
            floor_count=version.floor_count,
            timezone=version.timezone,
        )
    )


def attachable_incidents(breach: Breach, user: User) -> QuerySet[Incident]:
    """Open incidents of the same system that the person may see."""
    return (
        Incident.objects.visible_to(user)
        .open()
        .filter(Q(system=breach.threshold.system_id))
        .order_by("-declared_at", "-pk")[:100]
    )


def breach_row(breach: Breach) -> dict[str, Any]:
    """A breach as lists show it."""
    return {
        "url": reverse("incidents:breach", args=[breach.pk]),
        "title": title_of(breach),
        "started_at": breach.started_at,
        "cleared_at": breach.cleared_at,
        "decision": breach.get_decision_display(),
        "verdict": breach.get_verdict_display() if breach.verdict else "",
        "incident": breach.incident,
        "detected_at": breach.detected_at,
        "is_shadow": breach.kind == "shadow",
        "is_recorded": breach.kind == "record" and breach.decision == "none" and breach.incident is None,
        "is_late": breach.is_late,
        "is_revised": breach.revised_at is not None,
        "is_warning": breach.is_warning,
    }


def _to_decide(breach: Breach, user: User, *, now: datetime) -> dict[str, Any]:
    severity, owner = breach.version.severity, breach.threshold.owner
    return {
        "id": breach.pk,
        "url": reverse("incidents:breach", args=[breach.pk]),
        "title": title_of(breach),
        "threshold": breach.threshold.name,
        "system": breach.threshold.system.name,
        "severity_slug": severity.slug,
        "severity_tone": severity.tone,
        "owner": owner,
        "is_mine": owner.pk == user.pk,
        "started_at": breach.started_at,
        "due_at": breach.decision_due_at,
        "is_overdue": breach.decision_due_at is not None and breach.decision_due_at < now,
        "is_over": breach.cleared_at is not None,
        "is_late": breach.is_late,
        "is_revised": breach.revised_at is not None,
    }


def _row(threshold: Threshold, version: ThresholdVersion | None, value: Evaluation | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "threshold": threshold,
        "url": reverse("incidents:threshold", args=[threshold.pk]),
        "version": version,
    }
    if version is not None and version.metric in WATCHED:
        row |= {"measure": version.get_metric_display(), "is_watched": True}
    elif version is not None:
        row["measure"] = wording.measure(metric=version.metric, kind=version.kind, category=version.category)
        row["value"] = value_in_words(version, value)
        row["limit"] = wording.limit(metric=version.metric, amount=version.limit)
        row["window"] = wording.duration(version.window_seconds)
    return row
