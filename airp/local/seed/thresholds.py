"""The source that the simulated product posts with, and thresholds short enough to watch."""

import os
from datetime import datetime
from functools import partial
from pathlib import Path

from django.db import transaction

from airp.local.product.assistant import CATEGORY
from airp.local.seed import event_thresholds, more_measures
from airp.local.seed.people import People
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.detection.choices import ConfidenceChoice, Metric, Mode, OnBreach, OpChoice
from incidents.detection.sources import USUAL_RHYTHM, SignalSource, SourceKind, SourceToken
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from incidents.systems.models import AISystem

SOURCE = "Support assistant (simulated)"
POLICY = "Refunds promised against policy"
COMPLAINTS = "Complaints about refunds"


def install(system: AISystem, people: People, *, token_file: Path, now: datetime) -> None:
    """Create what is missing, and a token for the product where it has none."""
    source, _is_new = SignalSource.objects.get_or_create(
        name=SOURCE,
        defaults={
            "system": system,
            "expected_interval_seconds": 30,
            "lateness_seconds": 0,
            "note": "Posts every two seconds, so minutes are judged as soon as they end.",
        },
    )
    if not _has_valid_token(token_file):
        token = source.issue_token(by=people["mina"], now=now)
        transaction.on_commit(partial(_write_secret, token_file, token))
    _sources_to_come()
    _policy_breaches(system, people, now=now)
    _complaints(system, people, now=now)
    event_thresholds.install(system, people, now=now)
    for name, version, reason in more_measures.rules():
        _threshold(name, system, people, OnBreach.ASK, version, reason=reason, now=now)


def _sources_to_come() -> None:
    """Sources that are made and not connected yet: they are shown as never heard, and nobody is asked about them."""
    ranker = AISystem.objects.filter(slug="candidate-ranker").first()
    planned = {
        "Candidate ranker, collector in Bergen": (SourceKind.OTLP, ranker, "Tomas connects it with the next release."),
        "Platform Alertmanager": (SourceKind.ALERTMANAGER, None, "The platform team's alerts about all systems."),
    }
    for name, (kind, system, note) in planned.items():
        fields = {"kind": kind, "system": system, "note": note, "lateness_seconds": 0, "rhythm": USUAL_RHYTHM[kind]}
        SignalSource.objects.get_or_create(name=name, defaults=fields)


def _policy_breaches(system: AISystem, people: People, *, now: datetime) -> None:
    """More than 2 % of the answers of one minute, 95 % sure: declares an incident at once."""
    version = ThresholdVersion(
        kind="violation",
        category=CATEGORY,
        denominator_kind="traffic",
        metric=Metric.RATIO,
        op=OpChoice.GT,
        limit=20_000,
        min_samples=50,
        confidence=ConfidenceChoice.C95,
        window_seconds=60,
        clear_limit=12_000,
        keep_firing_seconds=60,
        cooldown_seconds=1_800,
        eval_delay_seconds=0,
        severity=SeverityLevel.objects.get(slug="SEV2"),
        harm_kind=HarmKind.objects.get(slug="unauthorised_commitment"),
    )
    reason = "The refund desk can honour wrong promises up to 2 %. One-minute windows, so that the demo shows it soon."
    _threshold(POLICY, system, people, OnBreach.DECLARE, version, reason=reason, now=now)


def _complaints(system: AISystem, people: People, *, now: datetime) -> None:
    """Eight complaints in an hour: somebody must decide."""
    version = ThresholdVersion(
        kind="complaint",
        category="refund",
        metric=Metric.COUNT,
        op=OpChoice.GTE,
        limit=8,
        min_samples=0,
        confidence=ConfidenceChoice.NONE,
        window_seconds=3_600,
        eval_delay_seconds=0,
        severity=SeverityLevel.objects.get(slug="SEV3"),
        harm_kind=HarmKind.objects.get(slug="unauthorised_commitment"),
    )
    reason = "On an ordinary day three refund complaints arrive in an hour; eight never came without a cause."
    _threshold(COMPLAINTS, system, people, OnBreach.ASK, version, reason=reason, now=now)


def _threshold(
    name: str,
    system: AISystem,
    people: People,
    on_breach: OnBreach,
    version: ThresholdVersion,
    *,
    reason: str,
    now: datetime,
) -> None:
    fields = {"system": system, "owner": people["ingrid"], "on_breach": on_breach, "decision_due_seconds": 600}
    threshold, is_new = Threshold.objects.get_or_create(name=name, defaults=fields)
    if is_new:
        threshold.add_version(version, by=people["mina"], now=now, reason=reason)
        threshold.set_mode(Mode.ACTIVE, by=people["mina"], now=now, reason="Ready for the demo.")


def _has_valid_token(path: Path) -> bool:
    """Whether the product already has a token of this very database."""
    return path.exists() and SourceToken.prove(path.read_text().strip()) is not None


def _write_secret(path: Path, value: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(value)
