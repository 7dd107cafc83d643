"""Debian's Alertmanager, with its webhook and its PagerDuty receiver pointed at us: firing, repeated, resolved."""

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from airp.local.ports import free_port
from incidents.detection.activity import SourceActivity
from incidents.detection.breaches import Breach
from incidents.detection.foreign_alerts import ForeignAlert
from incidents.detection.routing_keys import RoutingKey
from incidents.detection.sources import SignalSource
from tests.peers.conftest import OUTAGE_SECONDS
from tests.peers.front import HOST, Front, front

pytestmark = [pytest.mark.journey, pytest.mark.debian("prometheus-alertmanager")]
STARTED_AT = datetime.now(UTC) - timedelta(minutes=1)
TEMPLATES = Path("/usr/share/prometheus/alertmanager/default.tmpl")
CONFIG = """
route:
  receiver: webhook
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1s
  routes:
    - receiver: webhook
      continue: true
    - receiver: pagerduty
receivers:
  - name: webhook
    webhook_configs:
      - url: {base_url}/ingest/alertmanager
        http_config:
          authorization:
            credentials: {token}
  - name: pagerduty
    pagerduty_configs:
      - url: {base_url}/v2/enqueue
        routing_key: "{routing_key}"
        severity: '{{{{ .CommonLabels.severity }}}}'
"""


@pytest.fixture
def paged(receiver, owned) -> SignalSource:
    """A second source of the same system, which the PagerDuty form posts to."""
    return SignalSource.objects.create(name=f"{receiver.source.name} paged", system=receiver.system)


@pytest.fixture
def door(receiver) -> Iterator[Front]:
    with front(receiver.base_url) as found:
        yield found


@pytest.fixture
def alertmanager(receiver, paged, door: Front, program: str, tmp_path: Path) -> Iterator[str]:
    """Where a running Alertmanager takes alerts."""
    routing_key = RoutingKey.issue(paged, by=None, now=datetime.now(UTC))
    config = tmp_path / "alertmanager.yml"
    config.write_text(
        CONFIG.format(base_url=f"http://{HOST}:{door.server_address[1]}", token=receiver.token, routing_key=routing_key)
    )
    address = f"127.0.0.1:{free_port()}"
    command = [
        *in_place(program),
        f"--config.file={config}",
        f"--storage.path={tmp_path}",
        f"--web.listen-address={address}",
    ]
    process = subprocess.Popen([*command, "--cluster.listen-address="], stderr=subprocess.DEVNULL)
    try:
        until(lambda: answers(f"http://{address}/-/ready"))
        yield f"http://{address}/api/v2/alerts"
    finally:
        process.terminate()
        process.wait(timeout=10)


def in_place(program: str) -> list[str]:
    """Debian's build reads its templates from where the package puts them. One that is only unpacked finds them laid
    over that folder, in a view of the files of its own."""
    if TEMPLATES.exists():
        return [program]
    share = Path(program).parents[1] / "share"
    lay = f'mount -t overlay overlay -o lowerdir="{share}":/usr/share /usr/share && exec "$@"'
    return ["unshare", "--mount", "--map-root-user", "sh", "-c", lay, "sh", program]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def until(is_true: Callable[[], Any], *, seconds: int = 30) -> None:
    ends_at = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < ends_at, "it did not come"
        time.sleep(0.2)


def tell(url: str, *, ends_at: datetime) -> None:
    alert = {
        "labels": {"alertname": "RefundErrors", "severity": "error", "instance": "gateway-1"},
        "annotations": {"summary": "Refund answers went wrong"},
        "startsAt": STARTED_AT.isoformat(),
        "endsAt": ends_at.isoformat(),
        "generatorURL": "http://prometheus.example.com/graph",
    }
    body = json.dumps([alert]).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="POST")
    urllib.request.urlopen(request, timeout=10).close()


def test_both_forms_open_repeat_and_end_a_breach(receiver, paged, alertmanager):
    tell(alertmanager, ends_at=datetime.now(UTC) + timedelta(minutes=10))
    until(lambda: ForeignAlert.objects.filter(source__in=[receiver.source, paged]).count() == 2)
    by_webhook = ForeignAlert.objects.get(source=receiver.source)
    by_event = ForeignAlert.objects.get(source=paged)
    assert (by_webhook.title, by_webhook.severity) == ("Refund answers went wrong", "error")
    assert ["instance", "gateway-1"] in by_webhook.facts
    assert (by_event.severity, by_event.severity_origin) == ("error", "sent")
    assert "RefundErrors" in by_event.title
    assert {by_webhook.breach.cleared_at, by_event.breach.cleared_at} == {None}
    for source in (receiver.source, paged):  # repeats within five minutes count as second tries
        until(lambda source=source: SourceActivity.objects.get(source=source).duplicate_count > 0)

    tell(alertmanager, ends_at=datetime.now(UTC))
    until(lambda: not ForeignAlert.objects.open().filter(source__in=[receiver.source, paged]).exists())
    for alert in (by_webhook, by_event):
        alert.breach.refresh_from_db()
        assert alert.breach.cleared_reason == "sender_resolved"
    assert SourceActivity.objects.filter(source__in=[receiver.source, paged], refused_count__gt=0).count() == 0


def test_nothing_is_lost_while_we_answer_503(receiver, paged, alertmanager, door):
    door.is_shut.set()
    tell(alertmanager, ends_at=datetime.now(UTC) + timedelta(minutes=10))
    time.sleep(OUTAGE_SECONDS)
    until(lambda: door.turned_away >= 4)
    assert not ForeignAlert.objects.filter(source__in=[receiver.source, paged]).exists()
    door.is_shut.clear()
    told = ForeignAlert.objects.filter(source__in=[receiver.source, paged])
    until(lambda: told.open().count() == 2, seconds=60)
    assert told.count() == 2
    assert Breach.objects.filter(alerts__in=told).count() == 2
