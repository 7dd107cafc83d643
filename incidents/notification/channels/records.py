"""Which severities go over which of a person's own channels, and what went over them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.outbound.models import Delivery, PersonalChannel
from incidents.classification.models import SeverityLevel


class ChannelRule(models.Model):
    """Alerts of this severity go over this channel too, beside mail."""

    channel = models.ForeignKey(PersonalChannel, on_delete=models.CASCADE, related_name="rules")
    severity = models.ForeignKey(SeverityLevel, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("rule of a channel")
        verbose_name_plural = _("rules of channels")
        constraints = [
            models.UniqueConstraint(fields=["channel", "severity"], name="one_rule_per_channel_and_severity"),
        ]

    def __str__(self) -> str:
        return f"{self.severity_id} over {self.channel_id}"


class CopyCause(models.TextChoices):
    RULE = "rule", _("By the person's rule")
    SECOND = "second", _("Because the mail did not get through")


class AlertCopy(models.Model):
    """An alert that also went over another channel than mail."""

    alert = models.ForeignKey("incidents.Alert", on_delete=models.PROTECT, related_name="copies")
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=8, choices=CopyCause)

    class Meta:
        verbose_name = _("copy of an alert")
        verbose_name_plural = _("copies of alerts")
        constraints = [
            models.UniqueConstraint(fields=["alert", "delivery"], name="one_copy_per_alert_and_delivery"),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} by {self.delivery_id}"
