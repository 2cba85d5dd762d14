"""What the dashboard counts for `/metrics`; one registry for each server."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class Metrics:
    """The counters and gauges of one dashboard, in the text format of Prometheus."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.feed_messages = Counter(
            "hourglass_feed_messages", "Messages heard from the broker.", registry=self.registry
        )
        self.feed_refused = Counter(
            "hourglass_feed_refused", "Messages that could not be read.", registry=self.registry
        )
        self.screens = Gauge(
            "hourglass_screens", "Screens that are open on /live now.", registry=self.registry
        )
        self.frames = Counter("hourglass_frames", "Frames sent to screens.", registry=self.registry)
        self.frame_bytes = Counter(
            "hourglass_frame_bytes", "Bytes of frames, uncompressed.", registry=self.registry
        )
        self.tiles = Gauge(
            "hourglass_tiles_made", "Tiles made since the start.", registry=self.registry
        )
        self.logins_refused = Counter(
            "hourglass_logins_refused", "Logins that were refused.", registry=self.registry
        )
        self.downtime_written = Gauge(
            "hourglass_downtime_written_timestamp_seconds",
            "When the downtime sheets were last written whole, Unix time; 0: never.",
            registry=self.registry,
        )
        self.downtime_sheets = Gauge(
            "hourglass_downtime_sheets", "Sheets of the last time.", registry=self.registry
        )
        self.downtime_failures = Counter(
            "hourglass_downtime_failures",
            "Times that downtime sheets could not be written.",
            registry=self.registry,
        )
        self.links = Gauge(
            "hourglass_link_up",
            "Whether a link carries data (1) or not (0).",
            ["ward", "link"],
            registry=self.registry,
        )

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)
