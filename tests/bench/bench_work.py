"""My work and the sweep over tasks with 100,000 tasks, of which a tenth is one person's, and most of those old ones.

Goal: within 150 ms of server time on a quiet machine, in as many queries as with a handful. Refuses to time a
wrong page.
"""

import logging
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from incidents.playbooks.queries import due_tasks
from tests.bench import pages_load

INCIDENTS, TASKS, ROUNDS = 10_000, 100_000, 21
FILL = """
INSERT INTO incidents_task (incident_id, number, kind, title, instructions, lane, role, due_from, due_at, before,
    detail, awaits, remind_at, owner_id, state, reason, result, added_at, ended_at)
SELECT i.id, n, 'manual', 'Task ' || n, '', 'technical', '', 'declared_at', %(now)s + n * interval '1 minute', '',
    '{}', '', NULL, CASE WHEN i.id %% 10 = 0 THEN %(owner)s END, s.state, '', '{}', %(now)s,
    CASE WHEN s.state = 'done' THEN %(now)s END
FROM incidents_incident AS i, generate_series(1, %(each)s) AS n,
    LATERAL (SELECT CASE WHEN i.state = 'closed' AND n > 2 THEN 'done' ELSE 'not_started' END AS state) AS s
"""


@override_settings(ALLOWED_HOSTS=["testserver"])
def main() -> None:
    logging.disable(logging.INFO)
    manager, _long_one = pages_load.load(INCIDENTS)
    now = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"now": now, "owner": manager.pk, "each": TASKS // INCIDENTS})
        cursor.execute("ANALYZE incidents_task")
    client = Client()
    client.force_login(manager)
    for name, url in (("my work", "/my-work/"), ("only tasks", "/my-work/?only=task")):
        with CaptureQueriesContext(connection) as queries:
            page = client.get(url).content.decode()
            asked = len(queries)
        assert "Only the first 50" in page, url
        times = []
        for _round in range(ROUNDS):
            started = perf_counter()
            client.get(url)
            times.append((perf_counter() - started) * 1_000)
        print(f"{name:12} {asked:3} queries {median(times):8.1f} ms of {TASKS} tasks")
    started = perf_counter()
    due_tasks(now=now + timedelta(days=1), most=500)
    print(f"{'sweep':12}   1 query   {(perf_counter() - started) * 1_000:8.1f} ms")
