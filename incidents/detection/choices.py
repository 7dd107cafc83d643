"""The words that a threshold is configured with: modes, policies, measures and how a value is compared."""

from django.db import models
from django.utils.translation import gettext_lazy

from incidents.detection.step import NoData


class Mode(models.TextChoices):
    DRAFT = "draft", gettext_lazy("Draft: not judged")
    SHADOW = "shadow", gettext_lazy("Shadow: judged and recorded, nobody is asked")
    ACTIVE = "active", gettext_lazy("Active")
    PAUSED = "paused", gettext_lazy("Paused")
    RETIRED = "retired", gettext_lazy("Retired")


JUDGED = (Mode.SHADOW, Mode.ACTIVE)


class OnBreach(models.TextChoices):
    ASK = "ask", gettext_lazy("Ask the owner to decide")
    DECLARE = "declare", gettext_lazy("Declare an incident at once")


class OnUnanswered(models.TextChoices):
    ESCALATE = "escalate", gettext_lazy("Tell the deputy and the managers")
    DECLARE = "declare", gettext_lazy("Declare an incident")


class Metric(models.TextChoices):
    """What is measured. Those of `WATCHED` are not judged by the minute: their breaches open and end by events."""

    RATIO = "ratio", gettext_lazy("Share of bad ones")
    COUNT = "count", gettext_lazy("Number of bad ones")
    DISTINCT = "distinct", gettext_lazy("Number of different people or conversations")
    MEAN = "mean", gettext_lazy("Mean score")
    BASELINE = "baseline", gettext_lazy("Change against the same hour of past weeks")
    BURN = "burn", gettext_lazy("Burn rate of an error budget")
    EVENT_COUNT = "event_count", gettext_lazy("Pattern: many by one")
    VALUE_COUNT = "value_count", gettext_lazy("Pattern: many different ones by one")
    TEMPORAL = "temporal", gettext_lazy("Pattern: all of these by one")
    TEMPORAL_ORDERED = "temporal_ordered", gettext_lazy("Pattern: these in this order by one")
    ZERO_TOLERANCE = "zero_tolerance", gettext_lazy("Zero tolerance: a single one")
    ALERT = "alert", gettext_lazy("Alerts of other systems")
    SILENCE = "silence", gettext_lazy("A source that went silent")


PATTERNS = (Metric.EVENT_COUNT, Metric.VALUE_COUNT, Metric.TEMPORAL, Metric.TEMPORAL_ORDERED)
WATCHED = (Metric.ALERT, Metric.SILENCE)
# They look at single events, not at the sums of minutes.
EVENT_METRICS = (Metric.DISTINCT, *PATTERNS, Metric.ZERO_TOLERANCE)


class OpChoice(models.TextChoices):
    GT = "gt", gettext_lazy("more than")
    GTE = "gte", gettext_lazy("at least")
    LT = "lt", gettext_lazy("less than")
    LTE = "lte", gettext_lazy("at most")


class Band(models.TextChoices):
    """Which of a threshold's two lines was passed: warn tells its owner, act forces a decision."""

    ACT = "act", gettext_lazy("Act")
    WARN = "warn", gettext_lazy("Warn")


class GroupBy(models.TextChoices):
    """Whose events make one pattern. Empty: everybody's together."""

    PERSON = "person", gettext_lazy("each person")
    CONVERSATION = "conversation", gettext_lazy("each conversation")
    VERSION = "version", gettext_lazy("each model version")


class ValueOf(models.TextChoices):
    """What is counted once, however often it is seen."""

    PERSON = "person", gettext_lazy("people")
    CONVERSATION = "conversation", gettext_lazy("conversations")


class ConfidenceChoice(models.TextChoices):
    NONE = "none", gettext_lazy("no bound, the plain value decides")
    C90 = "90", gettext_lazy("90 % sure")
    C95 = "95", gettext_lazy("95 % sure")
    C99 = "99", gettext_lazy("99 % sure")


class NoDataChoice(models.TextChoices):
    HOLD = NoData.HOLD.value, gettext_lazy("Keep the state and show that data are missing")
    OK = NoData.OK.value, gettext_lazy("Take it as fine (optional sources only)")
    ALERT = NoData.ALERT.value, gettext_lazy("Take it as over the limit")
