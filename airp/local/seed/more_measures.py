"""One threshold for each further way to measure, on figures that the simulated product really sends.

None of them fires in the demo's story: the score is good, the budget is hardly touched, the wider policy limit is
far away, and for the change there are no past weeks yet, which its page says.
"""

from collections.abc import Iterator

from incidents.classification.models import SeverityLevel
from incidents.detection.choices import ConfidenceChoice, Metric, OpChoice
from incidents.detection.versions import ThresholdVersion

Rule = tuple[str, ThresholdVersion, str]


def rules() -> Iterator[Rule]:
    """Name, version and reason of each."""
    yield "Helpfulness of answers", _score(), "Below 0.7 the help desk had to take over every third conversation."
    yield (
        "Error budget of the assistant",
        _burn(),
        "One answer in a hundred may fail; six times that empties a week in a day.",
    )
    yield (
        "Complaints against the usual",
        _change(),
        "People complain more in the evening; a fixed number says little at night.",
    )
    yield (
        "Policy breaches of any kind",
        _warned(),
        "The owner wants to see it coming before a fifth of the answers is wrong.",
    )


def _score() -> ThresholdVersion:
    return ThresholdVersion(
        kind="evaluation",
        category="helpfulness",
        metric=Metric.MEAN,
        op=OpChoice.LT,
        limit=700_000,
        warn_limit=780_000,
        min_samples=30,
        confidence=ConfidenceChoice.C95,
        window_seconds=3_600,
        severity=SeverityLevel.objects.get(slug="SEV4"),
    )


def _burn() -> ThresholdVersion:
    return ThresholdVersion(
        kind="traffic",
        metric=Metric.BURN,
        op=OpChoice.GTE,
        limit=6_000,
        budget_ppm=10_000,
        min_samples=200,
        confidence=ConfidenceChoice.NONE,
        window_seconds=3_600,
        severity=SeverityLevel.objects.get(slug="SEV3"),
    )


def _change() -> ThresholdVersion:
    return ThresholdVersion(
        kind="complaint",
        metric=Metric.BASELINE,
        op=OpChoice.GTE,
        limit=3_000,
        floor_count=5,
        timezone="Europe/Berlin",
        min_samples=0,
        confidence=ConfidenceChoice.NONE,
        window_seconds=3_600,
        severity=SeverityLevel.objects.get(slug="SEV3"),
    )


def _warned() -> ThresholdVersion:
    return ThresholdVersion(
        kind="violation",
        denominator_kind="traffic",
        metric=Metric.RATIO,
        op=OpChoice.GT,
        limit=200_000,
        warn_limit=120_000,
        min_samples=100,
        confidence=ConfidenceChoice.C95,
        window_seconds=900,
        severity=SeverityLevel.objects.get(slug="SEV2"),
    )
