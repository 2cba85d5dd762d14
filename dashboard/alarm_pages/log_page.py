"""The log of alarms: filter, table, and the same as CSV. Blocks."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Final
from urllib.parse import quote

import htpy as h

from dashboard.alarm_pages.held_table import held_table
from dashboard.alarm_pages.now_page import alarm_menu
from dashboard.alarm_pages.reading import read_held, read_log
from dashboard.alarm_pages.time_filter import labelled, time_filter
from dashboard.alarm_pages.wanted import WHOLE_WARD, WantedLog
from dashboard.components.alarm_list import MARKS
from dashboard.components.table_head import table_head
from dashboard.context import Services
from dashboard.document import Document, page_document
from dashboard.local_time import clinic_zone, duration, stamp_text
from dashboard.session_forms.session_form import form_path
from infusion.alarms.log import COLUMNS, AlarmRecord, row_of
from infusion.configuration import WardPlan
from vocabulary.alarms import AlarmKind, AlarmPriority
from vocabulary.ids import BedId

MOST_SHOWN: Final = 500
HEADINGS: Final = (
    "Raised", "Chair", "Priority", "Alarm", "Kind", "Lasted", "Seen by", "Seen after", "Escalated",
    "Ended", "Review",
)  # fmt: skip
COUNTS: Final = ("Lasted", "Seen after", "Escalated")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?(e[+-]\d+)?", re.ASCII)


def log_page(parts: Services, plan: WardPlan, wanted: WantedLog) -> Document:
    """The log as it is wanted. May raise RecordUnavailable."""
    zone = clinic_zone()
    records = read_log(parts, plan.ward, wanted.filter(zone))
    shown = records[-MOST_SHOWN:][::-1]
    left_out = len(records) - len(shown)
    labels: dict[BedId | None, str] = {bed.bed: bed.label for bed in plan.beds}
    held = read_held(parts, plan.ward, wanted.filter(zone))
    return page_document(
        f"Alarm log, {plan.label}",
        [
            alarm_menu(plan),
            _filter(plan, wanted),
            h.p(".soft")[
                f"{len(records)} {'alarm' if len(records) == 1 else 'alarms'}, newest first. ",
                f"The oldest {left_out} are in the CSV only. " if left_out else None,
                h.a(href=f"/ward/{quote(plan.ward)}/alarms/log.csv?{wanted.query}")["As CSV"],
            ],
            _table(shown, {**labels, None: "ward"}, zone),
            held_table(held, labels, zone),
        ],
    )


def log_csv(parts: Services, plan: WardPlan, wanted: WantedLog) -> str:
    """The same alarms as CSV (RFC 4180), newest first; times ISO 8601 UTC, durations seconds."""
    records = read_log(parts, plan.ward, wanted.filter(clinic_zone()))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_guarded(cell) for cell in row_of(record)] for record in records[::-1])
    return file.getvalue()


def _guarded(cell: str) -> str:
    """Text that a spreadsheet would take for a formula has a quote before it."""
    is_formula = cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell


def _filter(plan: WardPlan, wanted: WantedLog) -> h.Element:
    chairs = [*((b.bed, b.label) for b in plan.beds), (WHOLE_WARD, "whole ward")]
    return time_filter(
        wanted,
        labelled("Chair", _choice("bed", chairs, wanted.bed)),
        labelled(
            "Priority",
            _choice(
                "priority",
                [(p.value, p.value) for p in AlarmPriority],
                "" if wanted.priority is None else wanted.priority.value,
            ),
        ),
        labelled(
            "Kind",
            _choice(
                "kind",
                [(k.value, k.value) for k in AlarmKind],
                "" if wanted.kind is None else wanted.kind.value,
            ),
        ),
        h.label(".tick")[
            h.input(type="checkbox", name="open", value="yes", checked=wanted.only_open),
            " only open or never seen",
        ],
    )


def _choice(name: str, options: Sequence[tuple[str, str]], chosen: str) -> h.Element:
    return h.select(name=name)[
        h.option(value="")["all"],
        (h.option(value=value, selected=value == chosen)[words] for value, words in options),
    ]


def _table(
    records: Sequence[AlarmRecord], labels: Mapping[BedId | None, str], zone: tzinfo
) -> h.Element:
    return h.div(".scroll-box", tabindex="0", role="region", aria_label="alarm log")[
        h.table(".table")[
            table_head(HEADINGS, COUNTS),
            h.tbody[(_line(r, labels.get(r.bed, str(r.bed)), zone) for r in records)],
        ]
    ]


def _line(record: AlarmRecord, label: str, zone: tzinfo) -> h.Element:
    by = record.acknowledged_by
    return h.tr(data_alarm=record.alarm, data_priority=record.priority.value)[
        h.td[stamp_text(record.raised_at, zone)],
        h.td[label],
        h.td[f"{MARKS[record.priority]} {record.priority.value}"],
        h.td(".words")[record.text, f" ({record.times} times)" if record.times > 1 else None],
        h.td[record.kind.value],
        h.td(".count")["still on" if record.lasted_s is None else duration(record.lasted_s)],
        h.td["nobody" if by is None else by.printed_name],
        h.td(".count")["" if record.response_s is None else duration(record.response_s)],
        h.td(".count")[_times(record.escalated)],
        h.td["" if record.how is None else record.how.value.replace("_", " ")],
        h.td(".words")[_review(record)],
    ]


def _times(count: int) -> str:
    return "" if count == 0 else "once" if count == 1 else f"{count} times"


def _review(record: AlarmRecord) -> h.Node:
    if record.verdict is not None:
        words = record.verdict.value.replace("_", " ")
        return f"{words}: {record.note}" if record.note else words
    if record.session is None:
        return None
    link = form_path(record.session, "review-alarm", alarms=record.alarm)
    return h.a(href=link)["Review"]


def file_name(plan: WardPlan, wanted: WantedLog) -> str:
    """What the CSV is called on somebody's disk."""
    return f"alarms-{plan.ward}-{wanted.first:%Y%m%d}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.csv"
