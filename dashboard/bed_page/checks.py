"""What is due at the bed and what was observed, and what is done between the checks."""

from typing import Final

import htpy as h

from dashboard.bed_page.scene import BedScene
from dashboard.calls import Call
from dashboard.components.profile_line import profile_line
from dashboard.components.versions import earlier_view
from dashboard.local_time import clock_text
from dashboard.session_forms.session_form import form_path
from infusion import commands as c
from infusion.decisions import allowed
from infusion.interventions import commands as ic
from infusion.interventions.effects import (
    adverse_events,
    is_emergency,
    open_call,
    open_help,
    oxygen_l_min,
    uncertain_delivery,
)
from infusion.observations.commands import RecordObservations, WriteNote
from infusion.observations.values import shown
from infusion.session import Session
from wire.bed_state import CheckView

_INTERVENTIONS: Final[tuple[tuple[type[c.Command], str, str], ...]] = (
    (ic.ChangeOxygen, "oxygen", "Oxygen"),
    (ic.GiveRescueDrug, "rescue-drug", "Rescue drug"),
    (ic.CallPrescriber, "call", "Prescriber called"),
    (ic.ReportIvFailed, "iv-failed", "IV failed"),
    (ic.RecordAdverseEvent, "adverse-event", "Adverse event"),
    (ic.ReportSymptoms, "symptoms", "Symptoms"),
    (WriteNote, "note", "Note"),
)


def observation_section(scene: BedScene) -> h.Node:
    """What is due, with its form, and the newest value of each item."""
    session = scene.session
    if session is None or RecordObservations not in _may(scene, session):
        return None
    checks = () if scene.state is None else scene.state.checks
    sets = scene.parts.configuration.observations.sets
    return h.section(".card", aria_label="observations", data_observations="")[
        h.h2["Observations"],
        profile_line(session, scene.by, scene.parts.configuration, scene.path),
        h.ul(".entries")[(_check(scene, session, check) for check in checks)]
        if checks
        else h.p["Nothing is due in the next minutes."],
        h.div(".buttons")[
            (
                h.a(".link-button", href=form_path(session.id, "observe", set=form.set),
                    data_do=f"observe-{form.set}")[form.label]
                for form in sets
                if form.filled and not form.scale
            )
        ],
        _newest(scene, session),
        h.p[h.a(href=f"/session/{session.id}/observations", data_do="observations")[
            "All observations, amend"]] if session.observations else None,
    ]  # fmt: skip


def _check(scene: BedScene, session: Session, check: CheckView) -> h.Node:
    is_late = check.is_overdue
    late_s = (scene.now - check.due_at).total_seconds()
    at = clock_text(check.due_at, scene.zone)
    due = f"overdue {late_s // 60:.0f} min" if is_late else f"due {at}"
    link = form_path(
        session.id,
        "observe",
        set=check.set,
        due=check.due_at.isoformat(),
        items=",".join(check.items),
    )
    return h.li(data_overdue="yes" if is_late else "no")[
        h.a(".entry", href=link)[
            h.span(".entry-name")[check.what],
            h.span(".soft")[due, " · a cuff reading does it" if check.is_cuff else ""],
        ]
    ]


def _newest(scene: BedScene, session: Session) -> h.Node:
    """The newest value of each item, newest first."""
    rules = scene.parts.configuration.observations
    found = [
        (entry, item)
        for item in rules.items
        if (entry := session.observed.latest(item.item)) is not None
    ]
    if not found:
        return None
    found.sort(key=lambda pair: pair[0].at, reverse=True)
    return h.dl(".facts")[
        (
            [
                h.dt[item.text],
                h.dd[
                    shown(item, entry.value),
                    h.span(".soft")[
                        f" {clock_text(entry.at, scene.zone)} {entry.judged_by}"
                        f"{', amended' if entry.is_amended else ''}"
                    ],
                    earlier_view(session, entry, rules, scene.zone, scene.now),
                ],
            ]
            for entry, item in found
        )
    ]


def intervention_section(scene: BedScene) -> h.Node:
    """Help first; then what is charted in two taps, and what goes on."""
    session = scene.session
    if session is None:
        return _help_alone(scene)
    may = _may(scene, session)
    buttons = [
        h.a(".link-button", href=form_path(session.id, name), data_do=name)[words]
        for command, name, words in _INTERVENTIONS
        if command in may
    ]
    if not buttons and ic.CallHelp not in may:
        return None
    return h.section(".card", aria_label="interventions", data_interventions="")[
        h.h2["Help and interventions"],
        h.div(".buttons")[_help(scene, session, may), _emergency(scene, session, may)],
        h.div(".buttons")[buttons],
        _going_on(scene, session),
    ]


def _may(scene: BedScene, session: Session) -> frozenset[type[c.Command]]:
    return allowed(session, scene.by, scene.parts.configuration.sessions)


def _help_alone(scene: BedScene) -> h.Node:
    """Help at a bed that has no session."""
    called = _ward_call(scene)
    words = h.h2["Help"] if called is None else h.h2[f"Help is called by {called.by}"]
    return h.section(".card", aria_label="help", data_interventions="")[
        words,
        h.div(".buttons")[
            h.a(".link-button.main", href=f"{scene.path}/help", data_do="help")["Help"]
            if called is None
            else _end_help(scene)
        ],
    ]


def _ward_call(scene: BedScene) -> Call | None:
    return next((c for c in scene.parts.calls.open(scene.ward) if c.bed == scene.bed.bed), None)


def _end_help(scene: BedScene) -> h.Element:
    return h.a(".link-button.main", href=f"{scene.path}/end-help",
               data_do="end-help")["End the call for help"]  # fmt: skip


def _help(scene: BedScene, session: Session, may: frozenset[type[c.Command]]) -> h.Node:
    if open_help(session) is None and ic.EndHelp in may:
        waiting = _ward_call(scene)  # from before the patient took the chair
        if waiting is not None and not waiting.is_emergency:
            return _end_help(scene)
    called = open_help(session)
    if called is None and ic.CallHelp in may:
        return h.a(".link-button.main", href=form_path(session.id, "help"), data_do="help")["Help"]
    if called is not None and ic.EndHelp in may:
        return h.a(".link-button.main", href=form_path(session.id, "end-help"),
                   data_do="end-help")["End the call for help"]  # fmt: skip
    return None


def _emergency(scene: BedScene, session: Session, may: frozenset[type[c.Command]]) -> h.Node:
    """Big time stamps while it lasts, else the button that begins it."""
    if not is_emergency(session):
        if ic.BeginEmergency not in may:
            return None
        return h.a(".link-button", href=form_path(session.id, "emergency"),
                   data_do="emergency")["Emergency"]  # fmt: skip
    stamps = scene.parts.configuration.interventions.stamps
    return [
        (
            h.a(".link-button.main", href=form_path(session.id, "stamp", what=what),
                data_do="stamp")[what]
            for what in stamps
        ),
        h.a(".link-button", href=form_path(session.id, "end-emergency"),
            data_do="end-emergency")["End the emergency"],
    ]  # fmt: skip


def _going_on(scene: BedScene, session: Session) -> h.Node:
    """What was begun and not ended: oxygen, a call, an IV that failed, adverse events."""
    found: list[h.Node] = []
    flow = oxygen_l_min(session, scene.now)
    if flow:
        found.append(h.p[f"Oxygen {flow:g} L/min"])
    call = open_call(session)
    if call is not None:
        link = form_path(session.id, "answered")
        since = clock_text(call.at, scene.zone)
        found.append(h.p[f"{call.prescriber} called {since} ", h.a(href=link)["Answered?"]])
    failed = uncertain_delivery(session)
    if failed and failed[-1].until is None:
        since = clock_text(failed[-1].since, scene.zone)
        link = form_path(session.id, "iv-resited")
        found.append(
            h.p(".urgent")[
                h.strong[f"IV failed {since}: what was given since is uncertain "],
                h.a(".link-button", href=link)["Resited"],
            ]
        )
    for event in adverse_events(session):
        if event.ended_at is None:
            link = form_path(session.id, "end-adverse-event", adverse=event.adverse)
            words = f"{event.what}, grade {event.grade}, since "
            found.append(
                h.p[words, clock_text(event.began_at, scene.zone), " ", h.a(href=link)["Over?"]]
            )
    return found or None
