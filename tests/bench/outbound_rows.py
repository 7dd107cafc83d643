"""The measuring half of bench_outbound: its own process on a database that is thrown away afterwards."""

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - models load after the set-up
from django.utils import timezone  # noqa: E402

from airp.accounts.models import User  # noqa: E402
from airp.outbound.claims import claim, finish  # noqa: E402
from airp.outbound.models import AttemptOutcome, Channel, Delivery, DeliveryState  # noqa: E402
from airp.outbound.outcomes import Outcome  # noqa: E402
from airp.outbound.planning import plan_mail  # noqa: E402
from airp.outbound.sending import send_all_due  # noqa: E402

ROWS = 1000
STORM_ROWS = 20_000
PLANNED_TOGETHER = 10
SENT = Outcome(AttemptOutcome.SENT)


def main() -> None:
    person = User.objects.create_user(email="tess@example.com", name="Tess Triager")
    report("planned a second, 10 in a transaction", ROWS / timed(lambda: plan(person, ROWS, priority=2)))
    report_claims("claims + finishes a second, 1 worker", drain())
    plan(person, ROWS, priority=2)
    report("mails a second to the sink, 1 worker", ROWS / timed(send_everything))
    storm(person)
    plan(person, 200, priority=1)
    report_claims(f"urgent ones behind {STORM_ROWS:,} others", drain(limit=200))
    leftover = Delivery.objects.exclude(state=DeliveryState.SENT).count()
    assert leftover == STORM_ROWS, leftover


def storm(person: User) -> None:
    """Many due rows that nobody hurries with, written directly."""
    at = timezone.now() - timedelta(minutes=1)
    Delivery.objects.bulk_create(
        [
            Delivery(
                idem_key=uuid4(),
                cause="bench/storm",
                step="digest",
                kind="digest",
                channel=Channel.MAIL,
                recipient=person,
                address=person.email,
                body="",
                priority=4,
                planned_at=at,
                due_at=at,
            )
            for _row in range(STORM_ROWS)
        ],
        batch_size=2000,
    )


def plan(person: User, count: int, *, priority: int) -> None:
    now = timezone.now()
    stamp = time.monotonic_ns()
    for start in range(0, count, PLANNED_TOGETHER):
        with transaction.atomic():
            for number in range(start, min(start + PLANNED_TOGETHER, count)):
                plan_mail(
                    cause=f"bench/{stamp}/{number}",
                    step="alert_owner",
                    recipient=person,
                    subject="AIR-2026-0001 SEV2: acknowledge",
                    text="An incident waits for you.\n" * 20,
                    due_at=now - timedelta(seconds=1),
                    priority=priority,
                    now=now,
                )


def drain(limit: int | None = None) -> tuple[float, list[float]]:
    """Claim and finish without sending; the whole time, and the time of each claim."""
    claims: list[float] = []
    started = time.perf_counter()
    while limit is None or len(claims) < limit:
        before = time.perf_counter()
        delivery = claim()
        if delivery is None:
            break
        claims.append(time.perf_counter() - before)
        now = timezone.now()
        finish(delivery, SENT, started_at=now, finished_at=now)
    return time.perf_counter() - started, claims


def send_everything() -> None:
    send_all_due(clock=timezone.now, budget_seconds=120)
    assert not Delivery.objects.exclude(state=DeliveryState.SENT).exists()


def timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def report(what: str, rate: float) -> None:
    print(f"| {what} | {rate:,.0f} |")


def report_claims(what: str, measured: tuple[float, list[float]]) -> None:
    seconds, claims = measured
    p99 = statistics.quantiles(claims, n=100)[98]
    print(f"| {what} | {len(claims) / seconds:,.0f} (claim p50 {statistics.median(claims) * 1000:.2f} ms,"
          f" p99 {p99 * 1000:.2f} ms) |")  # fmt: skip


if __name__ == "__main__":
    print("| what | figure |\n|---|---|")
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        print(f"| synchronous_commit, server as {connection.settings_dict['USER']} | {cursor.fetchone()[0]} |")
    main()
