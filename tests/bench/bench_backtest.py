"""Back-tests: how long one takes in its page, and whether it says what the live threshold did.

Goals: the page with 30 days of one threshold in at most a second at p95; no differing transition in a million random
ticks, judged live through the database and played afterwards; and none in a million minutes played with and without
leaps.
"""

import logging
import random
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter

from django.db import connection, transaction
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone

from incidents.detection.backtest.looking_back import look_back
from incidents.detection.evaluation import tick_of
from incidents.detection.thresholds import Threshold
from tests import factories
from tests.incidents.detection import histories, makers, twins
from tests.incidents.detection.test_ticks import series

DAYS = 34
ROUNDS = 21
GOAL_SECONDS = 1.0
RULES, TICKS = 2_000, 500
PASTS, PAST_MINUTES = 250, 4_000


@override_settings(ALLOWED_HOSTS=["testserver"])
def main() -> None:
    logging.disable(logging.INFO)
    makers.source()
    _time_the_page()
    _compare_leaps()
    _compare_with_live()


def _time_the_page() -> None:
    now = timezone.now()
    threshold = _threshold_with_a_past(now)
    client = Client()
    client.force_login(factories.person("mo"))
    version = threshold.version_at(now)
    assert version is not None
    for days in (7, 30, 90):
        times = sorted(_timed(client, f"/thresholds/{threshold.pk}/edition/?days={days}") for _ in range(ROUNDS))
        started_at = perf_counter()
        found = look_back(version, before=version, days=days, now=now)
        alone = perf_counter() - started_at
        p95 = times[int(len(times) * 0.95)]
        verdict = ("met" if p95 <= GOAL_SECONDS else "MISSED") if days == 30 else ""
        print(
            f"{days} days, {len(found.outcome.episodes)} episodes: page median {median(times) * 1_000:.0f} ms,"
            f" p95 {p95 * 1_000:.0f} ms {verdict}; of it reading and playing {alone * 1_000:.0f} ms"
        )


def _timed(client: Client, url: str) -> float:
    started_at = perf_counter()
    response = client.get(url)
    assert response.status_code == 200, url
    assert 'class="episode"' in response.content.decode(), url
    return perf_counter() - started_at


def _threshold_with_a_past(now: datetime) -> Threshold:
    """Five weeks of minutes of two series: 1 % of bad ones, and half an hour of 6 % every second day."""
    threshold = makers.threshold("Timed")
    makers.version(threshold, now=now - timedelta(days=60), confidence="95", window_seconds=600, for_seconds=300)
    end = tick_of(now)
    with connection.cursor() as cursor:
        for kind, amount in (("traffic", "100"), ("violation", f"CASE WHEN i %% 2880 < 30 THEN 6 ELSE {1} END")):
            cursor.execute(
                "INSERT INTO incidents_signalbucket (series_id, ts, n, bad, n_raw, value_n, value_sum, value_sumsq,"
                f" first_received_at, last_received_at) SELECT %s, %s - i * interval '1 min', {amount}, 0, {amount},"
                " 0, 0, 0, now(), now() FROM generate_series(1, %s) i",
                [series(kind).pk, end, DAYS * 1_440],
            )
        cursor.execute(
            "INSERT INTO incidents_hourbucket (series_id, ts, n, bad, n_raw, value_n, value_sum, value_sumsq,"
            " first_received_at, last_received_at) SELECT series_id, date_trunc('hour', ts, 'UTC'), sum(n), sum(bad),"
            " sum(n_raw), 0, 0, 0, min(ts), max(ts) FROM incidents_signalbucket GROUP BY 1, 2"
        )
        cursor.execute("ANALYZE incidents_signalbucket, incidents_hourbucket")
    return threshold


def _compare_leaps() -> None:
    dice, differing, changes = random.Random(7), 0, 0
    for _ in range(PASTS):
        past, rule = histories.history(dice, minutes=PAST_MINUTES), histories.trial(dice)
        slow, fast = histories.played_minute_by_minute(rule, past), histories.played_by_leaps(rule, past)
        differing += slow[:2] != fast[:2]
        changes += len(slow[0])
    print(f"{PASTS * PAST_MINUTES} minutes with and without leaps: {changes} transitions, {differing} pasts differ")
    assert differing == 0


def _compare_with_live() -> None:
    with transaction.atomic():
        found = twins.compare(number=3, rules=RULES, ticks=TICKS)
    print(f"{found.ticks} ticks live and played: {found.transitions} transitions, {len(found.differing)} rules differ")
    assert found.differing == []
