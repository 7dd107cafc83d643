"""One real signal to ourselves, so that an admin sees that the way from outside into a source is open.

It goes by HTTP to the address that clients use. Where this server cannot reach that address (behind a proxy that does
not let it back in, say), the same signal takes the same code from the gate on. It is marked as a test: checked,
answered, counted nowhere, and no sign of life of the source.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from time import monotonic
from typing import Any
from uuid import uuid4

from django.core.handlers.wsgi import WSGIRequest
from django.urls import reverse

from airp.outbound.http import AnswerMissing, RequestFailed, post_to_ourselves
from incidents.detection.receiving import signals
from incidents.detection.sources import SignalSource

MOST_SHOWN = 600
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of a test. `hindrance` says why it did not go by HTTP."""

    status: int
    answer: str
    took_ms: int
    hindrance: str = ""

    @property
    def is_taken(self) -> bool:
        try:
            said = json.loads(self.answer)
        except ValueError:
            return False
        return self.status == 200 and isinstance(said, dict) and said.get("tests") == 1


def send_test(source: SignalSource, *, system: str, now: datetime) -> Tested:
    """Send one test about a system through the address of native signals."""
    item = {"id": f"test-{uuid4()}", "ts": now.isoformat(), "system": system, "kind": "traffic", "test": True}
    body, token = json.dumps([item]).encode(), source.self_test_token
    started = monotonic()
    try:
        answer = post_to_ourselves(
            reverse("incidents:ingest_signals"),
            body=body,
            headers={"Authorization": f"Bearer {token}", "Content-Type": JSON},
        )
        status, said, hindrance = answer.status, answer.body, ""
    except (RequestFailed, AnswerMissing) as error:
        inner = signals(_request(body, token))
        status, said, hindrance = inner.status_code, inner.content, str(error)
    took_ms = round((monotonic() - started) * 1000)
    return Tested(status, said.decode("utf-8", "replace")[:MOST_SHOWN], took_ms, hindrance[:200])


def _request(body: bytes, token: str) -> WSGIRequest:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": reverse("incidents:ingest_signals"),
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": JSON,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
    }
    return WSGIRequest(environ)
