"""The tables of a rota. What was in force is never rewritten: a new order begins later, an override is withdrawn."""

from datetime import datetime, time
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import validate_time_zone


class RotaState(models.TextChoices):
    ACTIVE = "active", _("In use")
    RETIRED = "retired", _("Retired")


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class RotaQuerySet(models.QuerySet["Rota"]):
    def active(self) -> Self:
        return self.filter(state=RotaState.ACTIVE).order_by("name", "pk")


@pghistory.track()
class Rota(models.Model):
    """A circle of people who take turns in being on call."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    purpose = models.CharField(
        _("purpose"), max_length=200, help_text=_("What whoever is on call is called for, in one sentence.")
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_("Handovers happen at a local time of this zone. A change counts from the next order on."),
    )
    state = models.CharField(_("state"), max_length=10, choices=RotaState, default=RotaState.ACTIVE)

    objects: ClassVar[RotaQuerySet] = RotaQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("rota")
        verbose_name_plural = _("rotas")

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class RotaOrder(models.Model):
    """The order of people from a moment on, with the rule of the handover as it was when it was arranged."""

    rota = models.ForeignKey(Rota, on_delete=models.PROTECT, related_name="orders")
    begins_at = models.DateTimeField(_("begins"))
    time_zone = models.CharField(_("time zone"), max_length=64)
    weekday = models.PositiveSmallIntegerField(_("handover on"), choices=Weekday)
    handover = models.TimeField(_("at"), default=time(9))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("arranged"))

    class Meta:
        verbose_name = _("order of a rota")
        verbose_name_plural = _("orders of rotas")
        constraints = [
            models.UniqueConstraint(fields=["rota", "begins_at"], name="one_order_of_a_rota_begins_at_a_time"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="handover_is_on_a_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.rota} from {self.begins_at:%Y-%m-%d %H:%M}"


class RotaSeat(models.Model):
    """One place in the order. Without a person it is a week that nobody takes: a gap that everybody sees."""

    order = models.ForeignKey(RotaOrder, on_delete=models.CASCADE, related_name="seats")
    position = models.PositiveSmallIntegerField(_("position"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("place in a rota")
        verbose_name_plural = _("places in a rota")
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="one_seat_of_an_order_per_position"),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.person or 'nobody'}"


class RotaOverride(models.Model):
    """Somebody takes a span, or it is declared that nobody does. Withdrawn, it counts until that moment only."""

    rota = models.ForeignKey(Rota, on_delete=models.PROTECT, related_name="overrides")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("arranged"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    class Meta:
        verbose_name = _("override of a rota")
        verbose_name_plural = _("overrides of rotas")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="override_ends_after_it_starts"),
        ]
        indexes = [models.Index(fields=["rota", "ends_at"], name="overrides_by_end")]

    def __str__(self) -> str:
        return f"{self.rota}: {self.person or 'nobody'} from {self.starts_at:%Y-%m-%d %H:%M}"

    def is_over(self, *, now: datetime) -> bool:
        return self.withdrawn_at is not None or self.ends_at <= now
