"""How long signals are kept: minutes for five weeks, hours for thirteen months, receipts past the oldest signal."""

from datetime import datetime, timedelta

from incidents.detection.activity import IngestRefusal
from incidents.detection.cursors import SeriesCursor
from incidents.detection.partitions import drop_days
from incidents.detection.series import HourBucket, IngestRequest, Receipt
from incidents.detection.states import EvaluationTick

KEEP_MINUTES = timedelta(days=35)
KEEP_HOURS = timedelta(days=400)
KEEP_RECEIPTS = timedelta(days=8)
KEEP_REQUESTS = timedelta(days=2)
KEEP_REFUSALS = timedelta(days=7)


def drop_expired(*, now: datetime) -> int:
    """Drop day partitions and rows that are past their term; returns how many of both."""
    HourBucket.objects.filter(ts__lt=now - KEEP_HOURS).delete()
    receipts, _by_model = Receipt.objects.filter(received_at__lt=now - KEEP_RECEIPTS).delete()
    EvaluationTick.objects.filter(tick_at__lt=now - KEEP_HOURS).delete()
    cursors, _by_model = SeriesCursor.objects.filter(seen_at__lt=now - KEEP_RECEIPTS).delete()
    requests, _by_model = IngestRequest.objects.filter(received_at__lt=now - KEEP_REQUESTS).delete()
    refusals, _by_model = IngestRefusal.objects.filter(at__lt=now - KEEP_REFUSALS).delete()
    return receipts + cursors + requests + refusals + drop_days(before=now - KEEP_MINUTES)
