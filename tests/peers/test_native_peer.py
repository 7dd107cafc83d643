"""The simplest peer: what a shell script with an HTTP client sends."""

import json
import urllib.request
from datetime import UTC, datetime

import pytest

pytestmark = pytest.mark.journey


def test_one_post_with_the_token_is_counted(receiver):
    item = {"id": "a", "ts": datetime.now(UTC).isoformat(), "system": receiver.system.slug, "kind": "traffic", "n": 3}
    headers = {"Authorization": f"Bearer {receiver.token}", "Content-Type": "application/json"}
    body = json.dumps([item]).encode()
    request = urllib.request.Request(f"{receiver.base_url}/ingest/v1/signals", body, headers, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202
    assert receiver.counted("traffic") == (3, 0)
