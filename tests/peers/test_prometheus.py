"""Debian's Prometheus, unchanged, scraping a small exporter and writing to us: what it sent is counted once."""

import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from airp.local.ports import free_port
from incidents.detection.activity import SourceActivity
from incidents.detection.cursors import SeriesCursor
from incidents.detection.series import SignalSeries
from tests.peers.conftest import OUTAGE_SECONDS

pytestmark = [pytest.mark.journey, pytest.mark.debian("prometheus")]
CONFIGURATION = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: {job}
    static_configs: [{{targets: ["127.0.0.1:{exporter}"]}}]
remote_write:
  - url: {base_url}/ingest/prometheus/v1/write
    authorization: {{credentials: {token}}}
    queue_config: {{batch_send_deadline: 500ms, min_backoff: 100ms, max_backoff: 500ms}}
"""


class Exporter:
    """An AI gateway's metrics page. Its counters move only when the test says so."""

    def __init__(self) -> None:
        self.ok, self.errors, self.violations = 100, 10, 0
        self.port = free_port()

    def page(self) -> str:
        lines = [
            f'airp_requests_total{{outcome="ok"}} {self.ok}',
            f'airp_requests_total{{outcome="error"}} {self.errors}',
        ]
        if self.violations:
            lines.append(f'airp_violations_total{{category="refund",policy="refunds"}} {self.violations}')
        lines += [f'other_bucket{{le="{number}"}} {number}' for number in range(50)]
        return "\n".join(["# TYPE airp_requests_total counter", *lines, ""])

    @contextmanager
    def running(self):
        exporter = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(exporter.page().encode())

            def log_message(self, *_args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()


@contextmanager
def prometheus(program: str, folder, port: int):
    command = [program, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    log = (folder / "log").open("a")
    process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stderr=log, stdout=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def test_it_writes_scrapes_and_nothing_is_lost_or_doubled_over_restarts_and_outages(receiver, program, tmp_path, live):
    exporter, port = Exporter(), free_port()
    facts = {"job": receiver.system.slug, "exporter": exporter.port, "base_url": receiver.base_url}
    (tmp_path / "prometheus.yml").write_text(CONFIGURATION.format(token=receiver.token, **facts))
    with exporter.running():
        with prometheus(program, tmp_path, port):
            live.wait_for(lambda: SeriesCursor.objects.filter(last_ns__isnull=False).count() >= 2, what="two counters")
            exporter.ok += 40
            exporter.errors += 2
            live.wait_for(lambda: receiver.counted("traffic") == (42, 2), what="what they grew by")
            exporter.violations = 1
            live.wait_for(lambda: SeriesCursor.objects.count() >= 3, what="the counter of violations")
            exporter.violations = 4
            live.wait_for(lambda: receiver.counted("violation") == (3, 0), what="violations")
            # We are away: it keeps what it scraped and sends it again.
            live.kill("web")
            exporter.ok += 5
            time.sleep(OUTAGE_SECONDS)
            exporter.ok += 5
            live.start("web")
            live.wait_for(lambda: receiver.counted("traffic") == (52, 2), seconds=60, what="what was kept meanwhile")
        exporter.ok += 8
        # It is started again, and repeats what it is not sure of.
        with prometheus(program, tmp_path, port):
            live.wait_for(lambda: receiver.counted("traffic") == (60, 2), seconds=60, what="what came after")
            exporter.ok = 6  # the gateway was restarted
            live.wait_for(lambda: receiver.counted("traffic") == (66, 2), what="a counter that began anew")
    activity = SourceActivity.objects.get(source=receiver.source)
    assert activity.refused_count == 0
    assert activity.dropped_count > 50
    violation = SignalSeries.objects.get(source=receiver.source, kind="violation")
    assert (violation.category, violation.labels["policy"]) == ("refund", "refunds")
    assert "non-recoverable error" not in (tmp_path / "log").read_text()  # its words for what it gives up
