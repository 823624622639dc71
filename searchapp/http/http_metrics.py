"""The web process's own Prometheus metrics.

``searchapp_http_requests_total{method,route,status}``, ``searchapp_http_request_seconds{route}``,
``searchapp_upload_bytes_held``, ``searchapp_event_streams``, ``searchapp_websockets``,
``searchapp_websockets_refused_total``, ``searchapp_websocket_frames_refused_total``.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class HttpMetrics:
    """What is counted of requests; each app has its own registry."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._requests = Counter(
            "searchapp_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "searchapp_http_request_seconds",
            "Seconds from a request's headers to the end of its answer.",
            ["route"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=self.registry,
        )
        self.upload_bytes = Gauge(
            "searchapp_upload_bytes_held",
            "Bytes of uploads held in memory.",
            registry=self.registry,
        )
        self.streams = Gauge(
            "searchapp_event_streams",
            "Open server-sent event streams.",
            registry=self.registry,
        )

        self.sockets = Gauge("searchapp_websockets", "Open websockets.", registry=self.registry)
        self.sockets_refused = Counter(
            "searchapp_websockets_refused", "Websockets not let in.", registry=self.registry
        )
        self.frames_refused = Counter(
            "searchapp_websocket_frames_refused",
            "Websocket frames that no page of ours sends.",
            registry=self.registry,
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answered request."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        if not route.endswith("/events"):
            self._seconds.labels(route).observe(seconds)
