"""Where signals come from: a source and its tokens. What it did lately is in `activity.py`."""

import hashlib
import hmac
import secrets
import string
from datetime import datetime, timedelta
from typing import ClassVar, Protocol, Self

import pghistory
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.audit.models import record
from incidents.detection.parsers.naming import Naming
from incidents.detection.parsers.own_naming import BadNaming, read_naming
from incidents.systems.models import AISystem

TOKEN_PREFIX = "airp"  # noqa: S105 - not a secret: the public beginning of every token
PUBLIC_ID_LENGTH = 8
MAX_SERIES = 10_000
SERIES_WARNING = MAX_SERIES * 8 // 10
SELF_TEST = "selftest"
SELF_TEST_SECONDS = 60
SILENT_INTERVALS = 3
USE_NOTED_EVERY = timedelta(minutes=1)
_ALPHABET = string.ascii_lowercase + string.digits


def is_mapping(given: object) -> None:
    """Refuses a mapping that cannot be used, with the place and the reason."""
    try:
        read_naming(given)
    except BadNaming as error:
        raise ValidationError(str(error)) from None


class SourceState(models.TextChoices):
    ACTIVE = "active", _("Active")
    RETIRED = "retired", _("Retired")


class SourceKind(models.TextChoices):
    """How the client speaks to us. It decides which set-up is shown first, not what may be posted."""

    NATIVE = "native", _("airp's own format")
    OTLP = "otlp", _("OpenTelemetry (OTLP)")
    PROMETHEUS = "prometheus", _("Prometheus")
    ALERTMANAGER = "alertmanager", _("Alertmanager")
    PAGERDUTY = "pagerduty", _("PagerDuty events")
    CLOUDEVENTS = "cloudevents", _("CloudEvents")
    MANUAL = "manual", _("Form or CSV, by people")


class Rhythm(models.TextChoices):
    """Whether silence says something. Some clients speak only when there is something to say."""

    REGULAR = "regular", _("Sends regularly: its silence is asked about")
    IRREGULAR = "irregular", _("No heartbeat expected: it speaks only when there is something to say")


USUAL_SECONDS = 60
# Those that report numbers repeat themselves; alerts, events and people come when something happens.
USUAL_RHYTHM = {
    SourceKind.NATIVE: Rhythm.REGULAR,
    SourceKind.OTLP: Rhythm.REGULAR,
    SourceKind.PROMETHEUS: Rhythm.REGULAR,
    SourceKind.ALERTMANAGER: Rhythm.IRREGULAR,
    SourceKind.PAGERDUTY: Rhythm.IRREGULAR,
    SourceKind.CLOUDEVENTS: Rhythm.IRREGULAR,
    SourceKind.MANUAL: Rhythm.IRREGULAR,
}


class NoFreeToken(Exception):
    """Both tokens are live: a third one would end a token that may still be in use."""

    def __init__(self) -> None:
        super().__init__(_("Two tokens are live. Revoke the one that is no longer used, then issue a new one."))


class SignalSourceQuerySet(models.QuerySet["SignalSource"]):
    """Active sources by how they are heard."""

    def silent(self, *, now: datetime, watched_since: datetime | None = None) -> Self:
        """Heard once and not for three expected intervals. Time before `watched_since` does not count."""
        heard = models.F("activity__last_seen_at")
        since = heard if watched_since is None else Greatest(heard, models.Value(watched_since))
        found = self.filter(state=SourceState.ACTIVE, activity__last_seen_at__isnull=False, rhythm=Rhythm.REGULAR)
        return (
            found.annotate(quiet_since=since)
            .filter(quiet_since__lt=_now_less_limit(now))
            .select_related("activity", "system")
        )


def _now_less_limit(now: datetime) -> models.ExpressionWrapper:
    limit = models.ExpressionWrapper(
        models.F("expected_interval_seconds") * models.Value(timedelta(seconds=SILENT_INTERVALS)),
        output_field=models.DurationField(),
    )
    return models.ExpressionWrapper(models.Value(now) - limit, output_field=models.DateTimeField())


class Proving(Protocol):
    """What a sender proves itself with: a token, or a routing key."""

    def note_use(self, *, now: datetime) -> None: ...


@pghistory.track()
class SignalSource(models.Model):
    """A client that posts signals, proven by a token of its own."""

    # The token of the present request, and whether it is a test that airp sends to itself. Never stored.
    proven_by: "Proving | None" = None
    is_self_test = False

    name = models.CharField(_("name"), max_length=120, unique=True)
    system = models.ForeignKey(
        AISystem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sources",
        verbose_name=_("AI system"),
        help_text=_("Signals about other systems are refused. Leave empty for a source that reports on all systems."),
    )
    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=SourceKind,
        default=SourceKind.NATIVE,
        help_text=_("Which set-up its page shows. Any source may post in any format."),
    )
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=SourceState,
        default=SourceState.ACTIVE,
        help_text=_("The tokens of a retired source are refused; its signals stay."),
    )
    rhythm = models.CharField(
        _("heartbeat"),
        max_length=9,
        choices=Rhythm,
        default=Rhythm.REGULAR,
        help_text=_(
            "Without one, silence means nothing, and a broken connection is not noticed: choose it for alerts and for"
            " people. A client that can post a heartbeat or a watchdog alert is better watched. As usual: regularly"
            " for airp's own format, OpenTelemetry and Prometheus; no heartbeat for Alertmanager, PagerDuty,"
            " CloudEvents and people."
        ),
    )
    expected_interval_seconds = models.PositiveIntegerField(
        _("sends at least every (seconds)"),
        default=USUAL_SECONDS,
        validators=[MinValueValidator(10), MaxValueValidator(86_400)],
        help_text=_(
            "After three such intervals of silence the owner of the system is asked what happened. Empty: 60."
            " Means nothing where no heartbeat is expected."
        ),
    )
    lateness_seconds = models.PositiveIntegerField(
        _("lateness (seconds)"),
        default=120,
        validators=[MaxValueValidator(86_400)],
        help_text=_("How late a signal may normally arrive. Windows of thresholds must be longer than this."),
    )
    max_future_seconds = models.PositiveIntegerField(
        _("clock may run ahead (seconds)"), default=60, validators=[MaxValueValidator(600)]
    )
    max_age_days = models.PositiveIntegerField(
        _("oldest signal accepted (days)"), default=7, validators=[MinValueValidator(1), MaxValueValidator(7)]
    )
    mapping = models.JSONField(
        _("mapping of foreign names"),
        default=dict,
        blank=True,
        validators=[is_mapping],
        help_text=_(
            "For OpenTelemetry and Prometheus, where our names are not the client's. Empty is right for most. "
            'An example: {"systems": {"support-flow": "support-assistant"}, '
            '"metrics": {"http_requests_total": {"kind": "traffic", "bad_when": {"code": ["500", "503"]}}}, '
            '"labels": {"region": "region"}, "failing": ["not_ok"]}. '
            "systems: their name of a system and our slug. metrics: what a metric counts, when that is bad "
            "(* is any value); an empty list drops it. labels: which other labels tell series apart. "
            "failing: labels of evaluations that mean bad."
        ),
    )
    note = models.TextField(_("note"), blank=True)

    objects: ClassVar[SignalSourceQuerySet] = SignalSourceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("signal source")
        verbose_name_plural = _("signal sources")

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def issue_token(self, *, by: User | None, now: datetime) -> str:
        """A new token, shown this once. It takes the free slot, or the one of the older token, which ends now."""
        type(self).objects.select_for_update(no_key=True).get(pk=self.pk)
        taken = {token.slot: token for token in self.tokens.order_by("issued_at")}
        slot = next((slot for slot in Slot.values if slot not in taken), next(iter(taken), Slot.FIRST))
        self.tokens.filter(slot=slot).delete()
        public_id, secret = _random_id(), secrets.token_urlsafe(32)
        token = f"{TOKEN_PREFIX}_{public_id}_{secret}"
        SourceToken.objects.create(source=self, slot=slot, public_id=public_id, digest=digest_of(token), issued_at=now)
        facts = {"source": self.pk, "token": public_id, "slot": slot}
        record(act="source.token_issued", at=now, by=by, object_label=self.name, facts=facts)
        return token

    @transaction.atomic
    def issue_spare_token(self, *, by: User | None, now: datetime) -> str:
        """A new token beside the present one, never in place of it. Raises NoFreeToken."""
        type(self).objects.select_for_update(no_key=True).get(pk=self.pk)
        if self.tokens.count() >= len(Slot):
            raise NoFreeToken
        return self.issue_token(by=by, now=now)

    @transaction.atomic
    def revoke_token(self, public_id: str, *, by: User | None, now: datetime) -> None:
        """End a token at once. Raises SourceToken.DoesNotExist for one that is not this source's."""
        self.tokens.get(public_id=public_id).delete()
        facts = {"source": self.pk, "token": public_id}
        record(act="source.token_revoked", at=now, by=by, object_label=self.name, facts=facts)

    @property
    def naming(self) -> Naming:
        """What the names of foreign clients mean for this source."""
        return read_naming(self.mapping, system=self.system.slug if self.system else "")

    @property
    def self_test_token(self) -> str:
        """Proves a test of airp's own for a minute. It is handed to nobody and stored nowhere."""
        return f"{TOKEN_PREFIX}_{SELF_TEST}_{_self_tests().sign(str(self.pk))}"

    @property
    def silence_limit(self) -> timedelta:
        """How long it may be unheard before that is a loss of signal."""
        return timedelta(seconds=SILENT_INTERVALS * self.expected_interval_seconds)

    @property
    def has_heartbeat(self) -> bool:
        """Whether it is expected to send even when there is nothing to say."""
        return self.rhythm == Rhythm.REGULAR

    def is_silent(self, *, now: datetime) -> bool:
        """Nothing was heard for three expected intervals. Where no heartbeat is expected, silence means nothing."""
        if not self.has_heartbeat:
            return False
        heard = self.activity.last_seen_at if hasattr(self, "activity") else None
        return heard is None or now - heard > self.silence_limit


class Slot(models.IntegerChoices):
    """Two live tokens at most: the new one is spread before the old one ends."""

    FIRST = 1, _("first")
    SECOND = 2, _("second")


class SourceToken(models.Model):
    """One live token: its public id and the SHA-256 of the whole. 256 random bits need no slow hash."""

    source = models.ForeignKey(SignalSource, on_delete=models.CASCADE, related_name="tokens")
    slot = models.PositiveSmallIntegerField(choices=Slot)
    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True)
    digest = models.BinaryField(max_length=32)
    issued_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "slot"], name="two_live_tokens_per_source")]

    def __str__(self) -> str:
        return f"{TOKEN_PREFIX}_{self.public_id}_…"

    @classmethod
    def prove(cls, token: str) -> SignalSource | None:
        """The active source that a token belongs to, or None. Compares in constant time."""
        parts = token.split("_", 2)
        if len(parts) != 3 or parts[0] != TOKEN_PREFIX or "\x00" in token:
            return None
        if parts[1] == SELF_TEST:
            return _self_tested(parts[2])
        found = cls.objects.select_related("source__system").filter(public_id=parts[1]).first()
        if found is None or not hmac.compare_digest(bytes(found.digest), digest_of(token)):
            return None
        found.source.proven_by = found
        return found.source if found.source.state == SourceState.ACTIVE else None

    def note_use(self, *, now: datetime) -> None:
        """Remember when it was last used. At most one write a minute, however many requests there are."""
        if self.last_used_at is not None and now - self.last_used_at < USE_NOTED_EVERY:
            return
        stale = models.Q(last_used_at__isnull=True) | models.Q(last_used_at__lte=now - USE_NOTED_EVERY)
        type(self).objects.filter(stale, pk=self.pk).update(last_used_at=now)
        self.last_used_at = now


def _self_tests() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt="incidents.source_self_test")


def _self_tested(signed: str) -> SignalSource | None:
    """The active source that airp is testing by itself just now."""
    try:
        pk = int(_self_tests().unsign(signed, max_age=SELF_TEST_SECONDS))
    except signing.BadSignature:
        return None
    source = SignalSource.objects.select_related("system").filter(pk=pk, state=SourceState.ACTIVE).first()
    if source is not None:
        source.is_self_test = True
    return source


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _random_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _place in range(PUBLIC_ID_LENGTH))
