"""Traces and error reports: off without settings, and scrubbed when on."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

JOB = "AbCdEfGhIjKlMnOpQrStUv"
PHONE = "+821012345678"

_SCRIPT = f"""
import logging
from searchapp.logs import configure_logs, get_logger
from searchapp.telemetry import observe, span
from searchapp.settings import get_settings
configure_logs(json=True)
observe(get_settings(), "worker")
try:
    with span("search", job="{JOB}", attempt=1):
        with span("reading", note="call {PHONE}"):
            pass
        photo, phone = b"secret pixels", "{PHONE}"
        raise RuntimeError("no match for {PHONE} in /results/{JOB}")
except RuntimeError:
    get_logger("x").exception("broke", job="{JOB}", phone=phone)
"""


@dataclass
class Collector:
    """What arrived, by path."""

    url: str
    bodies: dict[str, list[bytes]] = field(default_factory=dict)


@pytest.fixture
def collector() -> Iterator[Collector]:
    bodies: dict[str, list[bytes]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            bodies.setdefault(self.path, []).append(body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Collector(f"127.0.0.1:{server.server_port}", bodies)
    server.shutdown()
    thread.join()
    server.server_close()


def _run(script: str, **settings: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "SENTRY_"))}
    return subprocess.run(
        [sys.executable, "-c", script],
        env=clean | settings,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def test_reports__arrive_without_anything_personal(collector: Collector) -> None:
    _run(_SCRIPT, SENTRY_DSN=f"http://key@{collector.url}/7")
    [body] = collector.bodies["/api/7/envelope/"]
    report = body.decode()
    assert "RuntimeError" in report
    assert (
        "no match for [phone] in /results/AbCdEf…"
        in json.loads(report.splitlines()[-1])["exception"]["values"][0]["value"]
    )
    for secret in (JOB, PHONE, "12345678", "secret pixels", os.uname().nodename):
        assert secret not in report


def test_traces__arrive_without_anything_personal(collector: Collector) -> None:
    _run(_SCRIPT, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{collector.url}")
    request = ExportTraceServiceRequest()
    request.ParseFromString(collector.bodies["/v1/traces"][0])
    [resource] = request.resource_spans
    spans = {span.name: span for scope in resource.scope_spans for span in scope.spans}
    assert spans["reading"].parent_span_id == spans["search"].span_id
    assert spans["search"].status.message == "RuntimeError"
    names = {a.key: a.value.string_value for a in resource.resource.attributes}
    assert names["service.name"] == "searchapp-worker"
    sent = str(request)
    for secret in (JOB, PHONE, "12345678", "secret pixels"):
        assert secret not in sent


def test_nothing__is_imported_or_sent_without_settings(collector: Collector) -> None:
    done = _run(
        _SCRIPT + "\nimport sys\nprint(sorted(m for m in sys.modules if m.startswith("
        "('sentry_sdk', 'opentelemetry'))))"
    )
    assert done.stdout.strip() == "[]"
    assert collector.bodies == {}
