"""The alarms of a bed as lists show them, with what can be done about each. Blocks."""

from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Final
from urllib.parse import quote

import htpy as h

from dashboard.alarm_lines import HELD_WORDS, in_order
from dashboard.alarm_pages.card import BedFacts, bed_facts, card_lines, value_now
from dashboard.alarm_pages.escalation import escalated_words
from dashboard.components.alarm_list import AlarmItem, since_words
from dashboard.components.one_button import one_button
from dashboard.context import Services
from dashboard.local_time import clock_text, second_text
from infusion.configuration import BedPlan
from infusion.session import Session
from vocabulary.alarms import AlarmKind, SignalState
from vocabulary.ids import WardId
from wire.bed_state import AlarmView, BedState

ALARM: Final = "alarm"
NO_SUCH_CARD: Final = BedFacts(())


def bed_address(ward: WardId, bed: BedPlan) -> str:
    """The address of a bed, under which its alarms are acted on."""
    return f"/ward/{quote(ward)}/bed/{quote(bed.bed)}"


def facts_for(
    parts: Services, session: Session | None, state: BedState, now: datetime, zone: tzinfo
) -> BedFacts:
    """What the cards of a bed have in common, looked up only where a card will be shown."""
    has_card = any(alarm.kind is AlarmKind.PHYSIOLOGICAL for alarm in state.alarms)
    facts = bed_facts(parts, session, state, now, zone) if has_card else NO_SUCH_CARD
    return replace(facts, escalated=escalated_words(parts, state, now, zone))


def items_of_bed(
    ward: WardId,
    bed: BedPlan,
    state: BedState,
    facts: BedFacts,
    clock: tuple[datetime, tzinfo],
    *,
    is_of_ward: bool = False,
) -> list[tuple[AlarmKind | None, AlarmItem]]:
    """Every alarm that stands, the most urgent first, with its kind.

    `is_of_ward`: on a page of several beds, so each says where it is.
    """
    address = bed_address(ward, bed)
    next_path = f"/ward/{quote(ward)}/alarms" if is_of_ward else address
    return [
        (
            alarm.kind,
            AlarmItem(
                id=alarm.id,
                priority=alarm.priority,
                state=alarm.signal_state,
                text=alarm.text,
                since=_since(alarm, clock),
                raised_at=alarm.raised_at or alarm.since,
                now=value_now(alarm, state),
                seen=_seen(alarm, clock[1]),
                escalated=facts.escalated.get(alarm.id, ""),
                where=bed.label if is_of_ward else "",
                where_path=address,
                card=card_lines(alarm, facts),
                actions=_acknowledge(alarm, address, next_path),
            ),
        )
        for alarm in in_order(state.alarms)
    ]


def _acknowledge(alarm: AlarmView, address: str, next_path: str) -> h.Node:
    if alarm.signal_state is SignalState.ACKNOWLEDGED:
        return None
    return one_button(
        f"acknowledge-{alarm.id}",
        f"{address}/alarms/acknowledge",
        "Acknowledge",
        {ALARM: alarm.id},
        next_path=next_path,
    )


def sound_controls(
    ward: WardId, bed: BedPlan, state: BedState, clock: tuple[datetime, tzinfo]
) -> h.Node:
    """Audio pause of the bed, or what is held back and the way to let it go on."""
    address = bed_address(ward, bed)
    held = state.held_back
    if held is not None and held.until > clock[0]:
        by = f", by {held.by}" if held.by else ""
        words = f"{HELD_WORDS[held.inactivation]} until {second_text(held.until, clock[1])}{by}"
        button = one_button(
            "resume", f"{address}/alarms/resume", "Let it sound", {}, next_path=address
        )
        return h.p(".held", data_held=held.inactivation.value)[words, " ", button]
    if state.sound is None:
        return None
    return one_button("pause", f"{address}/alarms/pause", "Audio pause", {}, next_path=address)


def _since(alarm: AlarmView, clock: tuple[datetime, tzinfo]) -> str:
    at = alarm.raised_at or alarm.since
    again = f", {alarm.times} times" if alarm.times > 1 else ""
    return since_words(at, clock[0], clock_text(at, clock[1])) + again


def _seen(alarm: AlarmView, zone: tzinfo) -> str:
    when = "" if alarm.acknowledged_at is None else f" {clock_text(alarm.acknowledged_at, zone)}"
    return f"{alarm.acknowledged_by or 'seen'}{when}"
