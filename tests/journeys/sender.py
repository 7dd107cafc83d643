"""A client as customers run one: plain HTTP from the standard library, and a count of what it was told."""

import http.client
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

SIGNALS = "/ingest/v1/signals"
SECONDS = 30


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many were accepted, known already and refused."""
        return self.body["accepted"], self.body["duplicates"], len(self.body["refused"])

    @property
    def codes(self) -> list[tuple[int, str]]:
        """Place and reason of each refused item."""
        return [(item["index"], item["code"]) for item in self.body["refused"]]


@dataclass(slots=True)
class Sender:
    """Posts signals of one system with one token."""

    base_url: str
    token: str
    system: str
    posted: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    made: int = field(default=0, repr=False)

    def signal(self, *, at: datetime, kind: str = "traffic", **fields: Any) -> dict[str, Any]:
        """One signal with an id of its own."""
        self.made += 1
        return {"id": f"s{self.made}", "ts": at.isoformat(), "system": self.system, "kind": kind, **fields}

    def post(self, items: list[dict[str, Any]]) -> Answer:
        """Post a batch and note what became of its items."""
        answer = self.post_raw(json.dumps(items).encode())
        accepted, duplicates, refused = answer.counts
        self.posted += len(items)
        self.accepted += accepted
        self.duplicates += duplicates
        self.refused += refused
        return answer

    def post_raw(self, body: bytes, *, media: str = "application/json", token: str = "", **headers: str) -> Answer:
        parts = urlsplit(self.base_url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
        own = {"Authorization": f"Bearer {token or self.token}", "Content-Type": media}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request("POST", SIGNALS, body, own | given)
            answer = connection.getresponse()
            return Answer(
                answer.status,
                json.loads(answer.read() or b"{}"),
                {name.lower(): value for name, value in answer.getheaders()},
            )
        finally:
            connection.close()
