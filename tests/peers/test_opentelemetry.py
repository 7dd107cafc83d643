"""OpenTelemetry's Python SDK with its own OTLP exporters, as teams run it: nothing but the address and the token."""

import logging
import time
from contextlib import closing

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from incidents.detection.activity import IngestRefusal, SourceActivity
from incidents.detection.series import SignalBucket, SignalSeries
from tests.peers.conftest import OUTAGE_SECONDS

pytestmark = pytest.mark.journey
TEMPORALITIES = {
    "cumulative": {},
    "delta": {Counter: AggregationTemporality.DELTA, Histogram: AggregationTemporality.DELTA},
}


@pytest.fixture(autouse=True)
def told(monkeypatch, receiver):
    """The environment that an operator sets; a token in the SDK's own way of writing headers."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"{receiver.base_url}/ingest/otlp")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"Authorization=Bearer%20{receiver.token}")


@pytest.mark.parametrize("temporality", TEMPORALITIES)
@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_metrics_of_an_instrumented_client_are_counted_once(receiver, temporality, compression):
    exporter = OTLPMetricExporter(compression=compression, preferred_temporality=TEMPORALITIES[temporality])
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    resource = Resource({"service.name": "an-assistant", "service.version": "14"})
    provider = MeterProvider([reader], resource)
    with closing(_Ending(provider)):
        meter = provider.get_meter("airp-peer")
        duration = meter.create_histogram("gen_ai.client.operation.duration", unit="s")
        violations = meter.create_counter("airp.violations")
        other = meter.create_up_down_counter("queue.length")
        for sent in range(1, 4):
            for number in range(10):
                error = {"error.type": "timeout"} if number == 0 else {}
                labels = {"gen_ai.operation.name": "chat", "gen_ai.response.model": "m-2"}
                duration.record(0.2 * sent, labels | error)
            other.add(1)
            violations.add(1, {"airp.category": "refund"})
            assert provider.force_flush()
    assert receiver.counted("traffic") == (30, 3)
    assert receiver.counted("violation") == (3, 0)
    activity = SourceActivity.objects.get(source=receiver.source)
    assert (activity.refused_count, activity.dropped_count > 0) == (0, True)
    traffic = SignalSeries.objects.get(source=receiver.source, kind="traffic")
    assert traffic.labels["version.model"] == "m-2"
    assert traffic.labels["label.service_version"] == "14"


def test_running_totals_lose_and_double_nothing_over_an_outage(receiver, live):
    exporter = OTLPMetricExporter(timeout=2)
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=1_000)
    provider = MeterProvider([reader], Resource({"service.name": "an-assistant"}))
    with closing(_Ending(provider)):
        violations = provider.get_meter("airp-peer").create_counter("airp.violations")
        violations.add(2, {"airp.category": "refund"})
        live.wait_for(lambda: receiver.counted("violation") == (2, 0), what="what came before")
        live.kill("web")
        ends_at = time.monotonic() + OUTAGE_SECONDS
        added = 0
        while time.monotonic() < ends_at:
            violations.add(1, {"airp.category": "refund"})
            added += 1
            time.sleep(0.5)
        live.start("web")
        live.wait_for(lambda: receiver.counted("violation") == (2 + added, 0), seconds=60, what="what came meanwhile")
        violations.add(1, {"airp.category": "refund"})
        live.wait_for(lambda: receiver.counted("violation") == (3 + added, 0), what="what came after")
    assert receiver.counted("violation") == (3 + added, 0)


def test_evaluation_events_are_scores_and_what_is_wrong_is_told(receiver, caplog):
    provider = LoggerProvider(Resource({"service.name": receiver.system.slug}))
    provider.add_log_record_processor(SimpleLogRecordProcessor(OTLPLogExporter(compression=Compression.Gzip)))
    with closing(_Ending(provider)):
        logger = provider.get_logger("airp-peer")
        for score, label in ((0.9, "pass"), (0.1, "fail")):
            labels = {
                **{"gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": score},
                **{"gen_ai.evaluation.score.label": label, "gen_ai.response.id": f"r-{label}"},
            }
            logger.emit(_record("gen_ai.evaluation.result", labels))
        logger.emit(_record("airp.violation", {"airp.category": "refund", "user.id": "u-1"}))
        logger.emit(_record("gen_ai.evaluation.result", {}))
        logger.emit(_record("", {}, body="an ordinary line"))
    assert receiver.counted("evaluation") == (2, 1)
    assert receiver.counted("violation") == (1, 0)
    bucket = SignalBucket.objects.filter(series__source=receiver.source, series__kind="evaluation").first()
    assert bucket.value_sum == pytest.approx(1.0)
    refusal = IngestRefusal.objects.get(source=receiver.source)
    assert (refusal.code, "gen_ai.evaluation.name" in refusal.detail) == ("missing_field", True)


def test_traces_and_a_wrong_token_are_refused_for_good_and_not_repeated(receiver, monkeypatch, caplog):
    caplog.set_level(logging.WARNING)
    provider = TracerProvider(resource=Resource({"service.name": receiver.system.slug}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(timeout=5)))
    with closing(_Ending(provider)):
        provider.get_tracer("airp-peer").start_span("answer").end()
    assert "404" in caplog.text
    caplog.clear()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20airp_wrong")
    logs = LoggerProvider()
    logs.add_log_record_processor(SimpleLogRecordProcessor(OTLPLogExporter(timeout=5)))
    with closing(_Ending(logs)):
        logs.get_logger("airp-peer").emit(_record("airp.violation", {}))
    assert "401" in caplog.text
    assert receiver.counted("violation") == (0, 0)


class _Ending:
    """Closes a provider, with what it still holds."""

    def __init__(self, provider) -> None:
        self.provider = provider

    def close(self) -> None:
        self.provider.shutdown()


def _record(event: str, attributes: dict, *, body: str = "") -> LogRecord:
    return LogRecord(event_name=event or None, attributes=attributes, body=body)
