"""What the first visitor would wait for otherwise: done once, while nobody waits yet."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Final

from dashboard.components.trend_graph import trend_graph
from dashboard.context import Services
from dashboard.kept_files import kept_files
from dashboard.trends.figure import figure_of
from dashboard.trends.layout import Picture
from dashboard.trends.series import measured, with_gaps
from infusion.association import Interval
from record.faults import RecordUnavailable
from record.trends import TrendRow
from vocabulary.ids import DeviceId
from vocabulary.signals import SignalName

log = logging.getLogger(__name__)

_NOBODYS: Final = DeviceId("nobody")
_SECONDS: Final = 30


def warm(parts: Services) -> None:
    """Pack the files of pages, have the record's questions worked out, and draw a trend. Blocks."""
    kept_files()
    now = datetime.now(UTC)
    try:
        parts.record.trend_between([_NOBODYS], now, now)
        parts.record.flow_between([_NOBODYS], now, now)
        parts.record.cuffs_between([_NOBODYS], now, now)
        parts.shelf.open()
    except RecordUnavailable as problem:
        log.info("the record is not there yet: %s", problem)
    str(trend_graph("a trend", figure_of(_picture(now))))


def _picture(now: datetime) -> Picture:
    """Half a minute of a monitor, as a session's is drawn."""
    at_us = int(now.timestamp() * 1_000_000)
    rows = [
        TrendRow(at_us + second * 1_000_000, _NOBODYS, 70, 97, 14, 36, 120, 80, 93, at_us, None)
        for second in range(_SECONDS)
    ]
    numbers = measured(rows, [(_NOBODYS, Interval(since=now - timedelta(seconds=1)))])
    shown = (SignalName.HR, SignalName.SPO2)
    return Picture(
        zone=UTC,
        begins=now,
        ends=now + timedelta(seconds=_SECONDS),
        signals={name: with_gaps(numbers.continuous[name.value], 10, 5) for name in shown},
        cuffs=numbers.cuffs,
        segments=(),
        marks=(),
        baseline={},
    )
