"""The board and the incident page with 1,000 and with 100,000 incidents, beside a bare page in the same run.

Goals: at most 12 queries, as many with 100,000 incidents as with 1,000, and at most 2.5 times the server time of the
bare page, which lists 25 rows to a signed-in person through the same middleware. Refuses to time a wrong page.
"""

import logging
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from airp.accounts import registry
from airp.accounts.registry import Access
from airp.accounts.roles import Capability
from tests.bench import pages_load

FEW, MANY = 1_000, 100_000
ROUNDS = 41
MOST_QUERIES = 12
MOST_TIMES_FLOOR = 2.5


@dataclass(slots=True)
class Page:
    """An address, a text that proves that it is the right page, and what was measured."""

    name: str
    url: str
    marker: str
    queries: int = 0
    size: int = 0
    wall: float = 0.0
    cpu: float = 0.0


@override_settings(ROOT_URLCONF="tests.bench.floor", ALLOWED_HOSTS=["testserver"])
def main() -> None:
    logging.disable(logging.INFO)  # a line for each request would be timed too
    registry.registry()["floor"] = Access(read=Capability.READ_INCIDENTS)
    manager, long_one = pages_load.load(FEW)
    client = Client()
    client.force_login(manager)
    before = _measure(client, long_one.reference)
    pages_load.add(MANY - FEW, like=long_one, lead=manager, after=FEW)
    _print(FEW, before)
    _print(MANY, _measure(client, long_one.reference))


def _measure(client: Client, reference: str) -> list[Page]:
    pages = [
        Page("bare page", "/floor/", "<title>Floor"),
        Page("board", "/", 'id="row-'),
        Page("board, all states, newest", "/?state=all&sort=newest", 'id="row-'),
        Page("incident page", f"/incidents/{reference}/", "The long one"),
    ]
    for page in pages:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(page.url)
        assert response.status_code == 200, (page.url, response.status_code)
        assert page.marker in response.content.decode(), page.url
        page.queries, page.size = len(queries), len(response.content)
    times: dict[str, list[tuple[float, float]]] = {page.name: [] for page in pages}
    for _round in range(ROUNDS):
        for page in pages:
            wall, cpu = perf_counter(), process_time()
            client.get(page.url)
            times[page.name].append((perf_counter() - wall, process_time() - cpu))
    for page in pages:
        page.wall, page.cpu = (median(each[part] for each in times[page.name]) * 1_000 for part in (0, 1))
    return pages


def _print(rows: int, pages: list[Page]) -> None:
    floor = pages[0]
    print(f"\n{rows} incidents; median of {ROUNDS} rounds, pages in turn")
    print(f"{'page':28} {'queries':>7} {'KiB':>6} {'ms':>7} {'ms CPU':>7} {'x bare page':>12}")
    for page in pages:
        times = page.wall / floor.wall
        figures = f"{page.queries:7} {page.size / 1024:6.1f} {page.wall:7.2f} {page.cpu:7.2f} {times:12.2f}"
        print(f"{page.name:28} {figures}{_verdict(page, times)}")


def _verdict(page: Page, times: float) -> str:
    if page.name == "bare page":
        return ""
    return "" if page.queries <= MOST_QUERIES and times <= MOST_TIMES_FLOOR else "  MISSED"
