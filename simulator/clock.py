"""True time as the simulator counts it, in ms since 1970, and as the contract writes it."""

import time
from datetime import UTC, datetime


def present_ms() -> int:
    """The present, by this machine's clock."""
    return time.time_ns() // 1_000_000


def rfc3339(at_ms: int) -> str:
    """A time as the contract wants it, in UTC with milliseconds."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).isoformat()[:19] + f".{at_ms % 1000:03}+00:00"
