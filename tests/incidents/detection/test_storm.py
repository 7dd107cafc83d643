"""Many thresholds that fire and clear in one minute: written together, with the same result as one after the other."""

from datetime import timedelta

import pytest

from incidents.detection.breaches import Breach
from incidents.detection.choices import Mode, OnBreach
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.evaluation import changed
from incidents.detection.judging import judge_all
from incidents.detection.series import SignalSeries
from incidents.detection.states import ThresholdState, Transition
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from incidents.response.kinds import Kind, Occasion
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction, TimelineEntry
from incidents.response.verification import verify_timeline
from tests import factories
from tests.incidents.detection import makers
from tests.incidents.detection.makers import MINUTE, NOON

DECLARING, KEYS, ASKING = 104, 52, 52
ALL = DECLARING + ASKING


@pytest.fixture
def storm(db) -> None:
    """104 thresholds that declare under 52 keys, and 52 that ask, all over the same limit."""
    made = SignalSeries.objects.create(
        fingerprint=b"-" * 32, source=makers.source(), system=makers.system(), kind="complaint", first_seen_at=NOON
    )
    add_to_buckets({(made.pk, NOON - MINUTE): Delta(n=5, n_raw=5)}, now=NOON)
    owner, level = factories.person("tess"), makers.severity()
    thresholds = Threshold.objects.bulk_create(
        Threshold(
            name=f"Threshold {number}",
            system=made.system,
            owner=owner,
            mode=Mode.ACTIVE,
            on_breach=OnBreach.DECLARE if number < DECLARING else OnBreach.ASK,
            decision_due_seconds=600 + number % 2 * 300,
        )
        for number in range(ALL)
    )
    ThresholdVersion.objects.bulk_create(
        ThresholdVersion(
            **{"threshold": each, "number": 1, "severity": level, "effective_from": NOON - timedelta(days=1)},
            **{"kind": "complaint", "metric": "count", "limit": 3, "confidence": "none", "keep_firing_seconds": 0},
            **{"eval_delay_seconds": 0, "window_seconds": 300, "reason": "Measured."},
            dedup_template=f"together/{number % KEYS}" if number < DECLARING else f"alone/{number}",
        )
        for number, each in enumerate(thresholds)
    )


def judge(minutes: int) -> int:
    moment = NOON + timedelta(minutes=minutes)
    return judge_all(changed(shard=0, tick_at=moment), now=moment)


def test_a_storm_is_one_incident_for_each_key_and_one_question_for_each_other(storm):
    assert judge(0) == ALL
    assert ThresholdState.objects.filter(status="firing").count() == Transition.objects.count() == ALL
    assert sorted(Incident.objects.values_list("dedup_key", flat=True)) == sorted(f"together/{n}" for n in range(KEYS))
    references = list(Incident.objects.order_by("pk").values_list("reference", flat=True))
    assert references == [f"AIR-{NOON.year}-{number:04d}" for number in range(1, KEYS + 1)]
    for incident in Incident.objects.all():
        kinds = list(TimelineEntry.objects.filter(incident=incident).order_by("seq").values_list("kind", flat=True))
        assert kinds == [Kind.DECLARED, *[Kind.BREACH_ATTACHED] * (DECLARING // KEYS)]
        assert verify_timeline(incident) == []
        assert {breach.version.dedup_key for breach in incident.breaches.all()} == {incident.dedup_key}
    asked = Breach.objects.filter(incident=None)
    assert {(due - NOON).seconds for due in asked.values_list("decision_due_at", flat=True)} == {600, 900}
    assert all(
        breach.decision_due_at == NOON + timedelta(seconds=breach.threshold.decision_due_seconds) for breach in asked
    )
    waiting = PendingReaction.objects.filter(kind=Occasion.BREACH_OPENED)
    assert {one.facts["breach"] for one in waiting} == set(asked.values_list("pk", flat=True))
    assert set(PendingReaction.objects.filter(kind=Kind.DECLARED).values_list("entry__incident", flat=True)) == set(
        Incident.objects.values_list("pk", flat=True)
    )


def test_a_storm_that_ends_marks_every_incident_and_ends_every_breach_once(storm):
    judge(0)
    assert judge(10) == ALL
    assert set(Breach.objects.values_list("cleared_at", "cleared_reason")) == {
        (NOON + timedelta(minutes=10), "cleared"),
    }
    for incident in Incident.objects.all():
        assert incident.timeline.filter(kind=Kind.SIGNAL_CLEARED).count() == DECLARING // KEYS
        assert verify_timeline(incident) == []
    assert PendingReaction.objects.filter(kind=Occasion.BREACH_CLEARED).count() == ALL
    assert judge(11) == 0


def test_one_threshold_that_cannot_be_written_leaves_the_storm_whole(storm):
    spoilt = Breach.objects.create(**_open_breach_of("Threshold 7"))
    assert judge(0) == ALL
    assert ThresholdState.objects.get(threshold=spoilt.threshold).status == "error"
    assert ThresholdState.objects.filter(status="firing").count() == ALL - 1
    assert Breach.objects.count() == ALL
    assert all(verify_timeline(incident) == [] for incident in Incident.objects.all())


def _open_breach_of(name: str) -> dict[str, object]:
    """A breach that stands in the way of the next one."""
    version = ThresholdVersion.objects.get(threshold__name=name)
    figures = {"bad": 1, "n": 1, "peak_bad": 1, "peak_n": 1}
    return {"threshold": version.threshold, "version": version, "started_at": NOON, "detected_at": NOON, **figures}
