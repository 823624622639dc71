"""Traces and error reports, where an operator asks for them; without the settings nothing is
imported and nothing leaves.

What leaves is scrubbed: no phone number, no photo, no whole id, no cookie, no body, no address.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from searchapp import __version__
from searchapp.logs import redact
from searchapp.settings import Settings

_tracers: dict[str, Any] = {}

_DROPPED = frozenset({"request", "user", "server_name", "modules", "vars", "argv", "sys.argv"})
"""Parts of a report that may hold private data."""


def observe(settings: Settings, part: str) -> None:
    """Switches on what the settings ask for, in this process.

    :param part: ``web`` or ``worker``: how this process is called in reports.
    """
    if settings.sentry_dsn is not None:
        _start_reports(settings, part)
    if settings.otel_endpoint:
        _start_traces(settings, part)


@contextmanager
def span(name: str, **attributes: str | float) -> Iterator[Any]:
    """Times the block as one span of a trace; costs nothing when traces are off.

    The block gets the span, or None.  An exception is noted by its name alone.
    """
    tracer = _tracers.get("tracer")
    if tracer is None:
        yield None
        return
    options = {"record_exception": False, "set_status_on_exception": False}
    with tracer.start_as_current_span(name, attributes=scrubbed(attributes), **options) as started:
        try:
            yield started
        except BaseException as error:
            from opentelemetry.trace import StatusCode

            started.set_status(StatusCode.ERROR, type(error).__name__)
            raise


def tracing() -> bool:
    """Whether traces are on."""
    return bool(_tracers)


def scrubbed(value: Any) -> Any:
    """``value`` with every text redacted and every private part taken out, however deep."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: scrubbed(part) for key, part in value.items() if key not in _DROPPED}
    if isinstance(value, list | tuple):
        return [scrubbed(part) for part in value]
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return value


def _start_reports(settings: Settings, part: str) -> None:
    import sentry_sdk

    dsn = settings.sentry_dsn
    sentry_sdk.init(
        dsn=dsn.get_secret_value() if dsn else None,
        release=__version__,
        environment=settings.env,
        server_name=part,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_enabling_integrations=False,
        auto_session_tracking=False,
        before_send=lambda event, _hint: scrubbed(event),
    )
    sentry_sdk.set_tag("part", part)


def _start_traces(settings: Settings, part: str) -> None:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create(
        {
            "service.name": f"searchapp-{part}",
            "service.version": __version__,
            "service.instance.id": f"{socket.gethostname()}-{os.getpid()}",
            "deployment.environment.name": settings.env,
        }
    )
    provider = TracerProvider(resource=resource)
    endpoint = f"{settings.otel_endpoint.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    _tracers["tracer"] = provider.get_tracer("searchapp", __version__)
