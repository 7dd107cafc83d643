"""How a source words its alerts, as admins write it down: its words for severities, and who may register as sender."""

from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.detection.foreign_alerts import AlertSeverity, SeverityOrigin
from incidents.detection.sources import SignalSource

MAX_WORDS = 100
MAX_WORD = 64


def check_severity_words(given: Any) -> None:
    """Refuse a map with anything but their words on the left and our four on the right."""
    if not isinstance(given, dict) or len(given) > MAX_WORDS:
        raise ValidationError(_('Write an object in curly brackets, such as {"page": "critical"}.'))
    for word, severity in given.items():
        if severity not in AlertSeverity.values or not 0 < len(word) <= MAX_WORD:
            known = ", ".join(AlertSeverity.values)
            raise ValidationError(_("“%(word)s” must stand for one of: %(known)s.") % {"word": word, "known": known})


def check_origins(given: Any) -> None:
    if not isinstance(given, list) or not all(isinstance(origin, str) and 0 < len(origin) <= 255 for origin in given):
        raise ValidationError(_('Write a list in square brackets, such as ["eventgrid.example.com"].'))


@pghistory.track()
class AlertDialect(models.Model):
    """The own words of one source. A source without one speaks plainly."""

    source = models.OneToOneField(SignalSource, on_delete=models.CASCADE, related_name="dialect")
    severity_words = models.JSONField(
        gettext_lazy("its words for severities"),
        default=dict,
        blank=True,
        validators=[check_severity_words],
        help_text=gettext_lazy(
            'Their word to one of critical, error, warning, info: {"page": "critical", "ticket": "warning"}.'
            " A word that stands nowhere is taken as warning and marked."
        ),
    )
    webhook_origins = models.JSONField(
        gettext_lazy("origins that may register for CloudEvents"),
        default=list,
        blank=True,
        validators=[check_origins],
        help_text=gettext_lazy('Names as in the header WebHook-Request-Origin: ["eventgrid.example.com"].'),
    )

    class Meta:
        verbose_name = gettext_lazy("wording of alerts")
        verbose_name_plural = gettext_lazy("wording of alerts")

    def __str__(self) -> str:
        return f"wording of {self.source_id}"


def severity_of(words: dict[str, str], sent: str) -> tuple[AlertSeverity, SeverityOrigin]:
    """Our word for a sender's, and how we came to it. Upper and lower case are the same."""
    word = sent.strip().lower()
    mapped = {theirs.strip().lower(): ours for theirs, ours in words.items()}
    if word in mapped:
        return AlertSeverity(mapped[word]), SeverityOrigin.MAPPED
    if word in AlertSeverity.values:
        return AlertSeverity(word), SeverityOrigin.SENT
    return AlertSeverity.WARNING, SeverityOrigin.ASSUMED
