"""Tasks of detection. Each finds its work in rows; running twice or late changes nothing."""

from time import monotonic

from celery import shared_task
from django.utils import timezone

from incidents.detection.breaches import Breach
from incidents.detection.late.rejudging import judge_next_again
from incidents.detection.late.spreading import spread_marks
from incidents.detection.quality import measure, stalest
from incidents.detection.retention import keep
from incidents.detection.silence import watch
from incidents.detection.thresholds import shards
from incidents.detection.ticks import MAX_TICKS_PER_PASS, database_now, judge_next
from incidents.detection.watching import withdraw_unwatched

BUDGET_SECONDS = 60
REJUDGING_SECONDS = 20
MEASURING_SECONDS, MOST_MEASURED = 15, 2_000


@shared_task(name="incidents.check_thresholds", time_limit=120, soft_time_limit=90)
def check_thresholds(**_ignored: object) -> int:
    """Judge all due ticks, oldest first. If it never runs, no threshold fires; later runs catch up."""
    judged, until = 0, monotonic() + BUDGET_SECONDS
    for shard in shards():
        while judged < MAX_TICKS_PER_PASS and monotonic() < until and judge_next(shard=shard):
            judged += 1
    return judged


@shared_task(name="incidents.judge_late", time_limit=120, soft_time_limit=90)
def judge_late(**_ignored: object) -> int:
    """Judge windows again that changed after they were judged. If it never runs, late harm stays unseen."""
    now, judged, until = timezone.now(), 0, monotonic() + REJUDGING_SECONDS
    spread_marks(now=now)
    while monotonic() < until and judge_next_again(now=now):
        judged += 1
    return judged


@shared_task(name="incidents.check_decisions", time_limit=120, soft_time_limit=90)
def check_decisions(**_ignored: object) -> int:
    """Count and escalate breaches that nobody decided in time. If it never runs, they wait unseen on the board.

    It also ends the breaches of alerts whose threshold was paused, which no tick looks at.
    """
    now = timezone.now()
    withdraw_unwatched(now=now)
    overdue = list(Breach.objects.decision_overdue(now=now)[:500])
    for breach in overdue:
        breach.note_unanswered(now=now)
    return len(overdue)


@shared_task(name="incidents.measure_thresholds", time_limit=120, soft_time_limit=90)
def measure_thresholds(**_ignored: object) -> int:
    """Measure the stalest thresholds, for 15 seconds at most. If it never runs, the register shows old figures."""
    now, until, measured = timezone.now(), monotonic() + MEASURING_SECONDS, 0
    for threshold in stalest(now=now, most=MOST_MEASURED):
        if monotonic() > until:
            break
        measure(threshold, now=now)
        measured += 1
    return measured


@shared_task(name="incidents.keep_signals", time_limit=120, soft_time_limit=90)
def keep_signals(**_ignored: object) -> int:
    """Make partitions ahead and drop what is past its term. If it never runs, storage grows, nothing else."""
    return keep(now=timezone.now())


@shared_task(name="incidents.watch_sources", time_limit=120, soft_time_limit=90)
def watch_sources(**_ignored: object) -> int:
    """Ask about sources that went silent, and end what is heard again. If it never runs, silence looks like calm."""
    return watch(now=database_now())
