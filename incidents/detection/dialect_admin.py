"""Admin of how a source words its alerts: part of the page of the source."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from incidents.detection.dialects import AlertDialect


class DialectInline(admin.StackedInline):
    """Its words for severities, and which origins may register as senders of CloudEvents."""

    model = AlertDialect
    fields = ("severity_words", "webhook_origins")
    extra = 1
    max_num = 1
    verbose_name_plural = gettext_lazy("wording of alerts")
