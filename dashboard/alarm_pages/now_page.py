"""All alarms of a ward that stand now: of the patients, and technical ones apart. Blocks."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from urllib.parse import quote

import htpy as h

from dashboard.alarm_lines import urgency
from dashboard.alarm_pages.card import BedFacts, as_believed
from dashboard.alarm_pages.items import ALARM, NO_SUCH_CARD, facts_for, items_of_bed
from dashboard.components.alarm_list import OF_THE_PATIENT, AlarmItem, alarm_list, since_words
from dashboard.components.one_button import one_button
from dashboard.context import Services
from dashboard.document import Document, page_document
from dashboard.local_time import clinic_zone, clock_text, second_text
from dashboard.own_alarm import OwnAlarm
from dashboard.session_shelf import OpenSessions
from infusion.configuration import WardPlan
from record.faults import RecordUnavailable
from vocabulary.alarms import SignalState
from wire.bed_state import BedState

REFRESH_MS = 2000


def alarm_menu(plan: WardPlan) -> h.Element:
    """The pages about the alarms of a ward."""
    base = f"/ward/{quote(plan.ward)}"
    return h.nav(".tabs", aria_label="alarms")[
        h.a(href=f"{base}/alarms")["Now"],
        h.a(href=f"{base}/alarms/log")["Log"],
        h.a(href=f"{base}/alarms/burden")["Burden"],
        h.a(href=f"{base}/alarms/self-test")["Self-test"],
        h.a(href=base)["Ward screen"],
    ]


def now_page(parts: Services, plan: WardPlan, done: h.Node) -> Document:
    """The page; what stands on it is fetched again every two seconds."""
    return page_document(
        f"Alarms, {plan.label}",
        [
            alarm_menu(plan),
            done,
            h.div(data_refresh=f"/ward/{quote(plan.ward)}/alarms/now", data_every=str(REFRESH_MS))[
                now_part(parts, plan)
            ],
        ],
    )


def now_part(parts: Services, plan: WardPlan) -> h.Element:
    """The two lists."""
    now, zone = datetime.now(UTC), clinic_zone()
    states = {s.bed: as_believed(parts, s) for s in parts.beds.states(plan.ward)}
    sessions = _sessions(parts, plan)
    found = [
        (kind, item)
        for bed in plan.beds
        if (state := states.get(bed.bed)) is not None and state.alarms
        for kind, item in items_of_bed(
            plan.ward,
            bed,
            state,
            _facts(parts, sessions, state, now, zone),
            (now, zone),
            is_of_ward=True,
        )
    ]
    patients = [item for kind, item in found if kind is None or kind in OF_THE_PATIENT]
    technical = [item for kind, item in found if kind is not None and kind not in OF_THE_PATIENT]
    as_of = f"As of {second_text(now, zone)}"
    return h.div(".refreshed")[
        h.p(".as-of", data_as_of="")[as_of],
        _without_record(parts, sessions is None),
        h.h2["Of the patients"],
        alarm_list(_urgent_first(patients), "None."),
        h.h2["Technical"],
        alarm_list([*_own(parts, plan, now), *_urgent_first(technical)], "None."),
    ]


def _sessions(parts: Services, plan: WardPlan) -> OpenSessions | None:
    """Who is in the chairs; None while the record does not say. Alarms do not wait for it."""
    try:
        return parts.shelf.open(plan.ward)
    except RecordUnavailable:
        return None


def _facts(
    parts: Services, sessions: OpenSessions | None, state: BedState, now: datetime, zone: tzinfo
) -> BedFacts:
    """What the cards of a bed say, as far as the record answers."""
    if sessions is None:
        return NO_SUCH_CARD
    try:
        return facts_for(parts, sessions.at_bed(state.ward, state.bed), state, now, zone)
    except RecordUnavailable:
        return NO_SUCH_CARD


def _without_record(parts: Services, is_away: bool) -> h.Node:  # noqa: FBT001 - one answer
    lacking = [
        words
        for words, is_so in (
            ("what the cards say of dose and baseline", is_away),
            (
                "what was alarmed or seen before the dashboard started",
                not parts.own_desk.knows_before,
            ),
        )
        if is_so
    ]
    return (
        h.p(".soft")[f"The record does not answer. Not known: {', '.join(lacking)}."]
        if lacking
        else None
    )


def _urgent_first(items: Iterable[AlarmItem]) -> list[AlarmItem]:
    return sorted(items, key=lambda item: urgency(item.priority, item.state, item.raised_at))


def _own(parts: Services, plan: WardPlan, now: datetime) -> list[AlarmItem]:
    return [_own_item(alarm, plan, now) for alarm in parts.own_alarms.of_ward(plan.ward)]


def _own_item(alarm: OwnAlarm, plan: WardPlan, now: datetime) -> AlarmItem:
    zone, here = clinic_zone(), f"/ward/{quote(plan.ward)}"
    seen_at = alarm.acknowledged_at
    again = f", {alarm.times} times" if alarm.times > 1 else ""
    return AlarmItem(
        id=alarm.id,
        priority=alarm.priority,
        state=SignalState.ACTIVE if seen_at is None else SignalState.ACKNOWLEDGED,
        text=alarm.text,
        since=since_words(alarm.since, now, clock_text(alarm.since, zone)) + again,
        raised_at=alarm.since,
        seen="" if seen_at is None else f"{alarm.acknowledged_by} {clock_text(seen_at, zone)}",
        where="whole ward",
        where_path=here,
        actions=None
        if seen_at is not None
        else one_button(
            f"acknowledge-{alarm.id}",
            f"{here}/alarms/acknowledge",
            "Acknowledge",
            {ALARM: alarm.name},
        ),
    )
