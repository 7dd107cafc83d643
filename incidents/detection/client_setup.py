"""What to put into each kind of client so that it sends here. Takes values, not models; reads nothing.

Texts hold this installation's address and the name of the system; the token stays a placeholder, because it is shown
once and is nobody's to repeat.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from incidents.detection.sources import SourceKind

TOKEN_FILE = "/etc/airp/token"  # noqa: S105 - a place, not a secret


@dataclass(frozen=True, slots=True)
class Snippet:
    """One text to copy, what it is for, and where it goes."""

    name: str
    title: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to send and about which system."""

    base_url: str
    system: str


def snippets(kind: str, place: Place) -> list[Snippet]:
    """The set-up of one kind of client, the likeliest first."""
    return _BY_KIND[SourceKind(kind)](place)


def _native(place: Place) -> list[Snippet]:
    return [
        Snippet("curl", "curl", _curl(place), _("Sends one test: it is checked like any signal and counted nowhere.")),
        Snippet(
            "python", "Python", _python(place), _('Leave out "test" when it works. Keep a batch that fails with 503.')
        ),
        Snippet(
            "heartbeat",
            _("Heartbeat"),
            f'curl -i -X POST {place.base_url}/ingest/v1/heartbeat -H "Authorization: Bearer $AIRP_TOKEN"',
            _("For a quiet system: says that the source is alive although it has nothing to report. 204 means taken."),
        ),
    ]


def _otlp(place: Place) -> list[Snippet]:
    environment = f"""\
OTEL_SERVICE_NAME={place.system}
OTEL_EXPORTER_OTLP_ENDPOINT={place.base_url}/ingest/otlp
OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
OTEL_EXPORTER_OTLP_COMPRESSION=gzip
OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20$AIRP_TOKEN
OTEL_TRACES_EXPORTER=none"""
    collector = f"""\
exporters:
  otlphttp/airp:
    endpoint: {place.base_url}/ingest/otlp
    compression: gzip
    headers:
      Authorization: Bearer ${{env:AIRP_TOKEN}}
service:
  pipelines:
    metrics:
      exporters: [otlphttp/airp]
    logs:
      exporters: [otlphttp/airp]"""
    return [
        Snippet(
            "environment",
            _("Environment of an SDK"),
            environment,
            _("The service name is the short name of the AI system. Traces are not taken: leave them off."),
        ),
        Snippet(
            "collector",
            _("OpenTelemetry Collector"),
            collector,
            _("Add the exporter to the pipelines that you have. Keep its retries on: 503 means that nothing was lost."),
        ),
    ]


def _prometheus(place: Place) -> list[Snippet]:
    text = f"""\
remote_write:
  - name: airp
    url: {place.base_url}/ingest/prometheus/v1/write
    authorization:
      type: Bearer
      credentials_file: {TOKEN_FILE}
    write_relabel_configs:
      - source_labels: [__name__]
        regex: airp_.*|gen_ai_.*
        action: keep"""
    return [
        Snippet(
            "remote-write",
            "prometheus.yml",
            text,
            _(
                "The rule at the end keeps everything else at home: name there the series that your thresholds read."
                " Other names than ours are mapped in the settings of this source."
            ),
        )
    ]


def _alertmanager(place: Place) -> list[Snippet]:
    webhook = f"""\
receivers:
  - name: airp
    webhook_configs:
      - url: {place.base_url}/ingest/alertmanager
        send_resolved: true
        http_config:
          authorization:
            type: Bearer
            credentials_file: {TOKEN_FILE}"""
    paging = f"""\
receivers:
  - name: airp
    pagerduty_configs:
      - url: {place.base_url}/v2/enqueue
        routing_key_file: /etc/airp/routing-key
        send_resolved: true"""
    return [
        Snippet(
            "webhook",
            _("alertmanager.yml, as a webhook"),
            webhook,
            _("Every alert opens a breach of its own and ends it when it is resolved."),
        ),
        Snippet(
            "paging",
            _("alertmanager.yml, in PagerDuty's form"),
            paging,
            _("One breach for a whole group of alerts. Takes the routing key of this source instead of its token."),
        ),
    ]


def _pagerduty(place: Place) -> list[Snippet]:
    client = f"""\
import os
import pagerduty

client = pagerduty.EventsApiV2Client(
    os.environ["AIRP_ROUTING_KEY"], base_url="{place.base_url}"
)
key = client.trigger(
    "Refusal rate doubled", "{place.system}", severity="warning"
)
client.resolve(key)"""
    changes = f"""\
curl {place.base_url}/v2/change/enqueue -H "Content-Type: application/json" \\
  -d '{{"routing_key":"'"$AIRP_ROUTING_KEY"'",
       "payload":{{"summary":"Model version 12 is live","source":"{place.system}"}}}}'"""
    curl = f"""\
curl {place.base_url}/v2/enqueue -H "Content-Type: application/json" \\
  -d '{{"routing_key":"'"$AIRP_ROUTING_KEY"'","event_action":"trigger",
       "payload":{{"summary":"Refusal rate doubled","source":"{place.system}","severity":"warning"}}}}'"""
    return [
        Snippet(
            "client", _("Python client"), client, _("Opens a breach, then ends it. So does any emitter of Events v2.")
        ),
        Snippet("curl", "curl", curl, _("The routing key stands in the body, as in PagerDuty's own events.")),
        Snippet("changes", _("Changes"), changes, _("Tell about a deployment: a mark on the charts of thresholds.")),
    ]


def _cloudevents(place: Place) -> list[Snippet]:
    structured = f"""\
curl -i {place.base_url}/ingest/cloudevents \\
  -H "Authorization: Bearer $AIRP_TOKEN" -H "Content-Type: application/cloudevents+json" \\
  -d '{{"specversion":"1.0","type":"airp.signal.v1","source":"{place.system}","id":"'"$(date +%s)-$$"'",
       "time":"'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'","datacontenttype":"application/json",
       "data":{{"system":"{place.system}","kind":"traffic","n":100,"bad":1,"test":true}}}}'"""
    return [
        Snippet(
            "structured",
            _("curl, one event"),
            structured,
            _(
                "Sends one test, answered by 204. Binary and batch mode are taken too."
                " The pair of source and id makes an event count once."
            ),
        ),
        Snippet("sdk", _("Python SDK"), _cloudevents_sdk(place), _("Leave out test when it works.")),
    ]


def _cloudevents_sdk(place: Place) -> str:
    return f"""\
import os, urllib.request, uuid
from datetime import datetime, timezone
from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.v1.event import CloudEvent

message = to_structured_event(
    CloudEvent(
        attributes={{
            "id": str(uuid.uuid4()),
            "source": "{place.system}",
            "type": "airp.signal.v1",
            "specversion": "1.0",
            "time": datetime.now(timezone.utc),
            "datacontenttype": "application/json",
        }},
        data={{"system": "{place.system}", "kind": "traffic", "n": 100, "bad": 1, "test": True}},
    )
)
proof = {{"Authorization": "Bearer " + os.environ["AIRP_TOKEN"]}}
request = urllib.request.Request(
    "{place.base_url}/ingest/cloudevents",
    data=message.body,
    headers=dict(message.headers) | proof,
)
print(urllib.request.urlopen(request, timeout=10).status)"""


def _manual(_place: Place) -> list[Snippet]:
    return []


def _curl(place: Place) -> str:
    return f"""\
curl {place.base_url}/ingest/v1/signals \\
  -H "Authorization: Bearer $AIRP_TOKEN" -H "Content-Type: application/json" \\
  -d '[{{"id":"'"$(date +%s)-$$"'","ts":"'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'",
       "system":"{place.system}","kind":"traffic","n":100,"bad":1,"test":true}}]'"""


def _python(place: Place) -> str:
    return f"""\
import json, os, urllib.request, uuid
from datetime import datetime, timezone

signal = {{
    "id": str(uuid.uuid4()),
    "ts": datetime.now(timezone.utc).isoformat(),
    "system": "{place.system}",
    "kind": "traffic",
    "n": 100,
    "bad": 1,
    "test": True,
}}
request = urllib.request.Request(
    "{place.base_url}/ingest/v1/signals",
    data=json.dumps([signal]).encode(),
    headers={{
        "Authorization": "Bearer " + os.environ["AIRP_TOKEN"],
        "Content-Type": "application/json",
    }},
)
print(urllib.request.urlopen(request, timeout=10).read().decode())"""


_BY_KIND: dict[SourceKind, Callable[[Place], list[Snippet]]] = {
    SourceKind.NATIVE: _native,
    SourceKind.OTLP: _otlp,
    SourceKind.PROMETHEUS: _prometheus,
    SourceKind.ALERTMANAGER: _alertmanager,
    SourceKind.PAGERDUTY: _pagerduty,
    SourceKind.CLOUDEVENTS: _cloudevents,
    SourceKind.MANUAL: _manual,
}
