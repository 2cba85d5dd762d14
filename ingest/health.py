"""How the worker is doing: counters for Prometheus, and a page that says whether it is well."""

import json
import logging
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import msgspec
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from vocabulary.states import LinkState
from wire.ingest_status import IngestCounters

log = logging.getLogger(__name__)

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The worker's counters and gauges, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.messages = Counter(
            "hourglass_ingest_messages_total",
            "Messages by what became of them: stored, duplicate, quarantined.",
            ("outcome",),
            registry=self.registry,
        )
        self.late = Counter(
            "hourglass_ingest_late_total",
            "Messages stored that came too late to be live.",
            registry=self.registry,
        )
        self.commit_seconds = Histogram(
            "hourglass_ingest_commit_seconds",
            "Time of one commit.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.batch_messages = Histogram(
            "hourglass_ingest_batch_messages",
            "Messages of one commit.",
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000),
            registry=self.registry,
        )
        self.lag_seconds = Gauge(
            "hourglass_ingest_lag_seconds",
            "Age of the newest message when it got to disk.",
            registry=self.registry,
        )
        self.record_up = Gauge(
            "hourglass_ingest_record_up",
            "1 while commits succeed.",
            registry=self.registry,
        )
        self.broker_up = Gauge(
            "hourglass_ingest_broker_up",
            "1 while connected to the broker.",
            registry=self.registry,
        )


class WorkerHealth(msgspec.Struct, kw_only=True):
    """What a worker knows of itself; changed by its loop only. Times UTC."""

    record: LinkState = LinkState.UP
    record_since: datetime | None = None
    record_detail: str = ""
    lag_s: float = 0.0
    newest_at: datetime | None = None
    received: int = 0
    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0
    late: int = 0

    def counters(self) -> IngestCounters:
        """The counters of the heartbeat."""
        return IngestCounters(
            received=self.received,
            stored=self.stored,
            duplicates=self.duplicates,
            quarantined=self.quarantined,
            late=self.late,
        )

    def record_is(self, state: LinkState, now: datetime, detail: str = "") -> None:
        """Note whether the last commit succeeded."""
        if state is not self.record:
            self.record, self.record_since = state, now
            log.log(
                logging.INFO if state is LinkState.UP else logging.ERROR,
                "the record is %s%s",
                state.value,
                f": {detail}" if detail else "",
            )
        self.record_detail = detail


class HealthServer:
    """Serves `/metrics` and `/healthz` from a thread of its own."""

    def __init__(
        self, address: tuple[str, int], metrics: Metrics, ailment: Callable[[], str | None]
    ) -> None:
        self._server = ThreadingHTTPServer(address, _handler(metrics, ailment))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="health", daemon=True
        )

    @property
    def port(self) -> int:
        """The port that is served."""
        return self._server.server_port

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """End the service."""
        self._server.shutdown()
        self._server.server_close()


def _handler(metrics: Metrics, ailment: Callable[[], str | None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest(metrics.registry))
            elif self.path == "/healthz":
                ill = ailment()
                body = json.dumps({"status": "ok" if ill is None else "ill", "reason": ill})
                self._answer(200 if ill is None else 503, "application/json", body.encode())
            else:
                self._answer(404, "text/plain", b"try /healthz or /metrics\n")

        def _answer(self, code: int, kind: str, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its signature
            log.debug(format, *args)

    return Handler
