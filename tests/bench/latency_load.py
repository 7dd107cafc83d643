"""Thresholds that fire at once and by the tick, and a sender of batches over loopback, for the bench of latency."""

import itertools
import json
import time
from datetime import datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any

from django.utils import timezone

from incidents.detection.breaches import Breach
from incidents.detection.choices import OnBreach
from incidents.response.timeline import stream_of
from tests import factories
from tests.incidents.detection import makers

ITEMS, TRY_AGAIN = 10, 0.2
# So many thresholds wait for the tick.
TICKED = 20
_numbers = itertools.count()


def prepare(*, sources: int, at_once: int, now: datetime) -> list[str]:
    """Sources with their tokens. Every second threshold declares an incident, the others ask."""
    factories.person("mo")
    for number in range(at_once):
        on_breach = OnBreach.DECLARE if number % 2 else OnBreach.ASK
        _threshold(f"first-{number}", on_breach, now=now, metric="zero_tolerance", min_samples=0)
    for number in range(TICKED):
        _threshold(f"ticked-{number}", OnBreach.ASK, now=now, metric="count", eval_delay_seconds=60)
    made = [makers.source(f"Gateway {number}") for number in range(sources)]
    return [source.issue_token(by=None, now=now) for source in made]


def _threshold(category: str, on_breach: OnBreach, *, now: datetime, **rule: Any) -> None:
    found = makers.threshold(category, on_breach=on_breach)
    common = {"category": category, "denominator_kind": "", "op": "gte", "limit": 1}
    makers.version(found, now=now - timedelta(minutes=1), **common, **rule)


def subjects() -> dict[str, str]:
    """The category of each breach, by what its first alert is about."""
    found = Breach.objects.values_list("version__category", "pk", "incident")
    return {stream_of(incident) if incident else f"breach/{pk}": category for category, pk, incident in found}


class Sender:
    """One connection that is kept open. Each batch goes to the source whose turn it is."""

    def __init__(self, port: int, tokens: list[str]) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)
        self._tokens = itertools.cycle(tokens)
        self.repeated = 0

    def batch(self, *violation_of: str) -> bytes:
        """Ten answers of an AI system, and violations of these categories."""
        now = timezone.now().isoformat()
        answers = [{"kind": "traffic", "n": 100, "bad": 1} for _ in range(ITEMS)]
        violations = [{"kind": "violation", "category": category} for category in violation_of]
        common = {"ts": now, "system": "support-assistant"}
        items = [{"id": f"bench-{next(_numbers)}", **common, **each} for each in answers + violations]
        return json.dumps(items).encode()

    def post(self, body: bytes) -> None:
        """Send it until it is taken: a busy server may ask to try again."""
        headers = {"Authorization": f"Bearer {next(self._tokens)}", "Content-Type": "application/json"}
        while True:
            self._connection.request("POST", "/ingest/v1/signals", body, headers)
            answer = self._connection.getresponse()
            told = answer.read()
            if answer.status == HTTPStatus.ACCEPTED:
                return
            assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE, (answer.status, told)
            self.repeated += 1
            time.sleep(TRY_AGAIN)

    def close(self) -> None:
        self._connection.close()
