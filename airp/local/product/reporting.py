"""Posting to airp over HTTP. While airp is away, ten minutes are kept and it is asked less and less often."""

import http.client
import json
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 5
KEPT_BATCHES = 300
LONGEST_WAIT_SECONDS = 30.0
# The request itself is at fault: sending it again would not help.
HOPELESS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONTENT_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY})


class Reporter:
    """Keeps what is not delivered yet, in order, each with the key under which it may be repeated."""

    def __init__(self, base_url: str, token_file: Path) -> None:
        self.base_url = base_url
        self.token_file = token_file
        self.waiting: deque[tuple[str, bytes, str, str]] = deque(maxlen=KEPT_BATCHES)
        self.failures = 0
        self.direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def signals(self, items: list[dict[str, Any]]) -> None:
        """Queue one batch. The ids of its items make its key."""
        body = b"".join(json.dumps(item, separators=(",", ":")).encode() + b"\n" for item in items)
        self.waiting.append(("/ingest/v1/signals", body, "application/x-ndjson", str(items[0]["id"])))

    def complaints(self, items: list[dict[str, Any]]) -> None:
        """Queue what customers wrote, if anybody did."""
        if items:
            body = json.dumps(items, separators=(",", ":")).encode()
            self.waiting.append(("/ingest/v1/complaints", body, "application/json", str(items[0]["id"])))

    def change(self, facts: Mapping[str, str]) -> None:
        """Queue the news that a version went live."""
        self.waiting.append(("/dev/changes/", json.dumps(dict(facts)).encode(), "application/json", ""))

    def heartbeat(self) -> None:
        self.waiting.append(("/ingest/v1/heartbeat", b"", "application/json", ""))

    def flush(self) -> int:
        """Send what waits until the first failure; returns how many were taken."""
        sent = 0
        while self.waiting:
            status = self._post(*self.waiting[0])
            if status is None or (status >= HTTPStatus.BAD_REQUEST and status not in HOPELESS):
                self.failures += 1
                return sent
            self.failures = 0
            self.waiting.popleft()
            sent += 1
            if status >= HTTPStatus.BAD_REQUEST:
                print(f"airp refused a batch: {status}", flush=True)
        return sent

    @property
    def wait_seconds(self) -> float:
        """How long to leave airp alone after failures: 1, 2, 4 … 30 seconds."""
        return min(LONGEST_WAIT_SECONDS, 2.0 ** (self.failures - 1)) if self.failures else 0.0

    def _post(self, path: str, body: bytes, media: str, key: str) -> int | None:
        """The status of the answer; None when there was none, or no token yet."""
        try:
            token = self.token_file.read_text().strip()
        except OSError:
            return None
        headers = {"Authorization": f"Bearer {token}", "Content-Type": media}
        if key:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(self.base_url + path, data=body, headers=headers, method="POST")  # noqa: S310 - ours
        try:
            with self.direct.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except (OSError, http.client.HTTPException):
            return None
