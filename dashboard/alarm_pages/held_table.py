"""What was held back, changed or excused at the beds of a ward, below the log of their alarms."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final

import htpy as h

from dashboard.components.table_head import table_head
from dashboard.local_time import second_text, stamp_text
from infusion.alarms.held_log import HeldKind, HeldRecord
from vocabulary.ids import BedId

MOST_SHOWN: Final = 200
HEADINGS: Final = ("At", "Chair", "What", "By", "Why", "At most until", "Over")
_WORDS: Final = {
    HeldKind.AUDIO_PAUSED: "audio paused",
    HeldKind.ALARM_PAUSED: "alarm paused",
    HeldKind.AUDIO_OFF: "audio off",
    HeldKind.OFF_MONITOR: "off monitor",
    HeldKind.LIMIT: "limit changed",
}


def held_table(
    records: Sequence[HeldRecord], labels: Mapping[BedId | None, str], zone: tzinfo
) -> h.Node:
    """The newest first; nothing if there is none."""
    if not records:
        return None
    shown = records[-MOST_SHOWN:][::-1]
    return [
        h.h2["Held back, limits, off the monitor"],
        h.div(".scroll-box", tabindex="0", role="region", aria_label="what was held back")[
            h.table(".table")[
                table_head(HEADINGS, ()),
                h.tbody[(_line(r, labels.get(r.bed, str(r.bed)), zone) for r in shown)],
            ]
        ],
    ]


def _line(record: HeldRecord, label: str, zone: tzinfo) -> h.Element:
    lasts = "for the session" if record.what is HeldKind.LIMIT else ""
    return h.tr(data_held=record.what.value)[
        h.td[stamp_text(record.at, zone)],
        h.td[label],
        h.td[_WORDS[record.what]],
        h.td[record.screen if record.by is None else record.by.printed_name],
        h.td(".words")[record.words],
        h.td[_time(record.until, zone) or lasts],
        h.td[f"{_time(record.ended_at, zone)} {record.how}".strip()],
    ]


def _time(at: datetime | None, zone: tzinfo) -> str:
    return "" if at is None else second_text(at, zone)
