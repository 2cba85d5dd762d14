"""What alarms ask of people: how many in an hour, how many acted on, how soon seen. Blocks."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from urllib.parse import quote

import htpy as h

from dashboard.alarm_pages.now_page import alarm_menu
from dashboard.alarm_pages.reading import TimeInBed, read_log, times_in_bed
from dashboard.alarm_pages.time_filter import time_filter
from dashboard.alarm_pages.wanted import WantedLog
from dashboard.components.table_head import table_head
from dashboard.context import Services
from dashboard.document import Document, page_document
from dashboard.local_time import clinic_zone, duration, stamp_text
from infusion.alarms.burden import Burden, burden_by_bed, burden_by_session, burden_of
from infusion.configuration import WardPlan
from vocabulary.alarms import AlarmPriority
from vocabulary.ids import SessionId

HEADINGS = (
    "Where", "Patient-hours", "Alarms", "Audible", "Audible per hour", "Seen", "Acted on",
    "Technical", "Escalated", "Median until seen, high", "Median until seen, medium",
)  # fmt: skip


def burden_page(parts: Services, plan: WardPlan, wanted: WantedLog) -> Document:
    """The report of a time, by chair and for the ward. May raise RecordUnavailable."""
    zone = clinic_zone()
    records = read_log(parts, plan.ward, wanted.filter(zone))
    times = times_in_bed(parts, plan.ward, wanted.span(zone))
    hours = {b.bed: sum(time.hours for time in times if time.bed == b.bed) for b in plan.beds}
    by_bed = burden_by_bed(records, hours)
    names, of_sessions = _sessions(times, {bed.bed: bed.label for bed in plan.beds}, zone)
    by_session = burden_by_session(records, of_sessions)
    whole = burden_of(records, sum(hours.values()))
    of_ward = burden_of([record for record in records if record.bed is None], 0)
    labels = {bed.bed: bed.label for bed in plan.beds}
    return page_document(
        f"Alarm burden, {plan.label}",
        [
            alarm_menu(plan),
            time_filter(wanted),
            h.p(".soft")[
                (
                    "To compare: 7.8 audible alarms in a bed-hour in five intensive care units "
                    "(Drew 2014), 87 to 99 % of them not actionable (Bonafide 2015). "
                ),
                h.a(href=f"/ward/{quote(plan.ward)}/alarms/log?{wanted.query}")["The alarms"],
            ],
            _table(
                "alarm burden",
                {"Ward": whole}
                | {labels[bed]: found for bed, found in by_bed.items()}
                | {"Of no chair": of_ward},
            ),
            h.h2["By session"],
            _table("alarm burden by session", {names[s]: b for s, b in by_session.items()}),
        ],
    )


def _sessions(
    times: Iterable[TimeInBed], labels: Mapping[str, str], zone: tzinfo
) -> tuple[dict[SessionId, str], dict[SessionId, float]]:
    """What each session is called, by the chair and time it began at; its hours in the chair."""
    names: dict[SessionId, str] = {}
    hours: dict[SessionId, float] = {}
    for time in sorted(times, key=lambda time: time.since):
        began = stamp_text(time.since, zone)
        names.setdefault(time.session, f"{labels.get(time.bed, time.bed)}, {began}")
        hours[time.session] = hours.get(time.session, 0.0) + time.hours
    return names, hours


def _table(name: str, burdens: Mapping[str, Burden]) -> h.Element:
    return h.div(".scroll-box", tabindex="0", role="region", aria_label=name)[
        h.table(".table")[
            table_head(HEADINGS, HEADINGS[1:]),
            h.tbody[(_line(label, burden) for label, burden in burdens.items())],
        ]
    ]


def _line(label: str, burden: Burden) -> h.Element:
    medians = burden.median_response_s
    return h.tr(data_burden=label)[
        h.th(scope="row")[label],
        (
            h.td(".count")[cell]
            for cell in (
                f"{burden.hours:.1f}",
                str(burden.alarms),
                str(burden.audible),
                _number(burden.audible_per_hour, ".1f"),
                _number(burden.acknowledged_percent, ".0f", " %"),
                _number(burden.acted_on_percent, ".0f", " %"),
                _number(burden.technical_percent, ".0f", " %"),
                str(burden.escalated),
                _median(medians.get(AlarmPriority.HIGH)),
                _median(medians.get(AlarmPriority.MEDIUM)),
            )
        ),
    ]


def _number(value: float | None, form: str, unit: str = "") -> str:
    return "–" if value is None else f"{value:{form}}{unit}"  # noqa: RUF001 - a dash, for none


def _median(value: float | None) -> str:
    return "–" if value is None else duration(value)  # noqa: RUF001 - the same
