"""Active and recent alarms of the bed, with their cards and what can be done. Blocks."""

from datetime import timedelta
from typing import Final
from urllib.parse import quote

import htpy as h

from dashboard.alarm_pages.card import as_believed
from dashboard.alarm_pages.items import facts_for, items_of_bed, sound_controls
from dashboard.alarm_pages.reading import alarms_of_session
from dashboard.bed_page.scene import BedScene
from dashboard.components.alarm_list import MARKS, OF_THE_PATIENT, alarm_list
from dashboard.components.one_button import one_button
from dashboard.local_time import clock_text, second_text
from dashboard.session_forms.session_form import form_path
from infusion.alarms.log import AlarmRecord
from vocabulary.alarms import AlarmPriority

MOST_RECENT: Final = 8


def bed_alarms_view(scene: BedScene) -> h.Node:
    """The section beside the trend; technical alarms have their own list."""
    if scene.state is None:
        return None
    state = as_believed(scene.parts, scene.state)
    clock = (scene.now, scene.zone)
    facts = facts_for(scene.parts, scene.session, state, *clock)
    found = items_of_bed(scene.ward, scene.bed, state, facts, clock)
    patient = [item for kind, item in found if kind is None or kind in OF_THE_PATIENT]
    technical = [item for kind, item in found if kind is not None and kind not in OF_THE_PATIENT]
    return h.section(".card", aria_label="alarms", data_alarms="")[
        h.h2["Alarms"],
        alarm_list(patient, "None now."),
        [h.h3["Technical"], alarm_list(technical, "")] if technical else None,
        sound_controls(scene.ward, scene.bed, state, clock),
        _off_monitor(scene),
        _recent(scene),
        h.div(".buttons")[_links(scene)],
    ]


def _recent(scene: BedScene) -> h.Node:
    """What is over: with how long it lasted, who saw it, and the way to review it."""
    session = scene.session
    if session is None:
        return None
    since = scene.now - timedelta(seconds=scene.parts.configuration.alarms.signals.recent_s)
    records = alarms_of_session(scene.parts, session.id)
    over = [r for r in records if r.ended_at is not None and r.ended_at >= since]
    if not over:
        return None
    return h.details(".recent", id="recent-alarms")[
        h.summary[f"{len(over)} over in the last minutes"],
        h.ul[(_recent_line(scene, record) for record in over[::-1][:MOST_RECENT])],
    ]


def _recent_line(scene: BedScene, record: AlarmRecord) -> h.Element:
    by = record.acknowledged_by
    lasted = "" if record.lasted_s is None else f", {record.lasted_s:.0f} s"
    seen = "" if by is None else f", seen by {by.printed_name}"
    needs_review = record.priority is not AlarmPriority.LOW and record.verdict is None
    return h.li[
        f"{clock_text(record.raised_at, scene.zone)} {MARKS[record.priority]} ",
        f"{record.text}{lasted}{seen} ",
        h.a(href=form_path(record.session, "review-alarm", alarms=record.alarm, next=scene.path))[
            "Review"
        ]
        if needs_review and record.session is not None
        else None,
    ]


def _off_monitor(scene: BedScene) -> h.Node:
    """Until when the patient may be away, and the button for when they are back."""
    state = scene.state
    if state is None or state.off_monitor_until is None:
        return None
    return h.p(".held", data_off_monitor="")[
        f"Off the monitor until {second_text(state.off_monitor_until, scene.zone)} ",
        one_button("end-off-monitor", f"{scene.path}/off-monitor/end", "Back on the monitor", {}),
    ]


def _links(scene: BedScene) -> h.Node:
    base = f"/ward/{quote(scene.ward)}"
    return [
        h.a(".quiet", href=f"{scene.path}/limits")["Limits"] if scene.session else None,
        h.a(".quiet", href=f"{scene.path}/off-monitor")["Off monitor"] if scene.session else None,
        h.a(".quiet", href=f"{scene.path}/hold-back")["Hold back"],
        h.a(".quiet", href=f"{base}/alarms/log?bed={quote(scene.bed.bed)}")["Alarm log"],
    ]
