"""How the assistant behaves: traffic, answers that break the refund policy, complaints that follow. Pure.

Signals and complaints are separate reports, as they are in life: the product sees the one, its help desk the other.
The same seed gives the same behaviour. Times and the prefix of ids come from outside.
"""

import random
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

from airp.local.product.complaining import complaint
from airp.local.product.levers import BAD, GOOD, MODEL, Flag, Levers

REQUESTS_A_MINUTE = 300
VIOLATION_RATES = {GOOD: 0.003, BAD: 0.08}
LONGEST_STEP_SECONDS = 20.0
ERROR_RATE = 0.002
COMPLAINT_RATE = 0.25
SCORED_RATE = 0.02
MEAN_SCORE = 0.86
COMPLAINT_DELAY_SECONDS = (15, 75)
OTHER_VERSIONS = {"prompt": "31", "guardrail": "refund-policy 7", "index": "help-2026-10-30"}
CATEGORY = "refund_promise"
LANGUAGES = ("en", "de")

Item = dict[str, Any]


class Assistant:
    """Answers simulated customers and says what it saw, as items of the signals format."""

    def __init__(self, levers: Levers, *, seed: int, run: str) -> None:
        self.levers = levers
        self.run = run
        self.chance = random.Random(seed)  # noqa: S311 - a simulation, not a secret
        self.count = 0
        self.complaints: deque[tuple[datetime, str, str]] = deque()
        self.complained = 0

    def serve(self, *, until: datetime, seconds: float) -> list[Item]:
        """The signals of what happened in the `seconds` before `until`."""
        seconds = min(seconds, LONGEST_STEP_SECONDS)  # a machine that slept serves nobody meanwhile
        model, flag = self.levers.settings
        rate = VIOLATION_RATES[model] if flag == Flag.ON else VIOLATION_RATES[GOOD]
        requests = self._about(REQUESTS_A_MINUTE * seconds / 60)
        versions = {"model": model, **OTHER_VERSIONS}
        items = [self._item(until, "traffic", n=requests, bad=self._some(requests, ERROR_RATE), versions=versions)]
        for _answer in range(self._some(requests, rate)):
            at = until - timedelta(seconds=self.chance.random() * seconds)
            items.append(self._promise(at, versions))
        if self._some(requests, SCORED_RATE):
            items.append(self._score(until, versions))
        return items

    def complain(self, *, until: datetime) -> list[Item]:
        """What customers have written to the help desk by now, in the complaint format."""
        due = [each for each in self.complaints if each[0] <= until]
        self.complaints = deque(each for each in self.complaints if each[0] > until)
        return [self._complaint(at, customer, language) for at, customer, language in due]

    def _promise(self, at: datetime, versions: dict[str, str]) -> Item:
        """An answer that promises a refund outside the policy; some customers will complain about it later."""
        customer = f"customer-{self.chance.randrange(1, 1_900_000)}"
        language = self.chance.choice(LANGUAGES)
        if self.chance.random() < COMPLAINT_RATE:
            due = at + timedelta(seconds=self.chance.uniform(*COMPLAINT_DELAY_SECONDS))
            self.complaints.append((due, customer, language))
        return self._item(
            at,
            "violation",
            category=CATEGORY,
            policy="refunds-14-days",
            subject=customer,
            versions=versions,
            labels={"language": language},
        )

    def _score(self, at: datetime, versions: dict[str, str]) -> Item:
        """How helpful a model that judges found one of the answers, between 0 and 1."""
        score = round(min(1.0, max(0.0, self.chance.gauss(MEAN_SCORE, 0.1))), 2)
        return self._item(at, "evaluation", category="helpfulness", value=score, versions=versions)

    def _complaint(self, at: datetime, customer: str, language: str) -> Item:
        self.complained += 1
        said = complaint(self.chance, number=self.complained, customer=customer, language=language)
        received_at = at.astimezone(UTC).isoformat(timespec="milliseconds")
        return {"id": f"{self.run}-c{self.complained}", "received_at": received_at, "system": MODEL, **said}

    def _item(self, at: datetime, kind: str, **fields: Any) -> Item:
        self.count += 1
        ts = at.astimezone(UTC).isoformat(timespec="milliseconds")
        return {"id": f"{self.run}-{self.count}", "ts": ts, "system": MODEL, "kind": kind, **fields}

    def _about(self, expected: float) -> int:
        return max(1, round(expected * self.chance.uniform(0.8, 1.2)))

    def _some(self, many: int, rate: float) -> int:
        """How many of `many`, each with the same chance."""
        return sum(self.chance.random() < rate for _each in range(many))
