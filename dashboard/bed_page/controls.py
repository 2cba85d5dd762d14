"""What can be done with the session now: only what its state and the person's role allow."""

from datetime import datetime
from typing import Final

import htpy as h

from dashboard.alarm_pages.card import BELIEVED, as_believed
from dashboard.bed_page.scene import BedScene
from dashboard.local_time import clock_text
from dashboard.session_forms.delivery import delivery_of
from dashboard.session_forms.session_form import form_path
from infusion import care_commands as care
from infusion import commands as c
from infusion.decisions import allowed
from infusion.exact import plain
from infusion.report.dose import RateChangeLine
from infusion.session import (
    Session,
    still_running,
    unconfirmed_runs,
    waiting_for_second,
)
from infusion.session_events import AssociationBasis
from vocabulary.ids import DeviceId
from vocabulary.states import SessionState

_UNDER_WAY: Final = (SessionState.INFUSING, SessionState.PAUSED)


def session_controls(scene: BedScene) -> h.Node:
    """The buttons of the session, each leading to its form."""
    session = scene.session
    if session is None:
        return _free_bed(scene)
    may = allowed(session, scene.by, scene.parts.configuration.sessions)
    buttons = [
        _button(session, name, words, is_main=is_main)
        for command, name, words, is_main in _wanted(session)
        if command in may
    ]
    return h.section(".card", aria_label="session controls", data_controls="")[
        h.h2["Session"],
        _questions(scene, session),
        _hint(session),
        h.div(".buttons")[
            h.a(".link-button", href=f"/session/{session.id}/prepare")["Prepare"]
            if session.state in (SessionState.PLANNED, SessionState.PREPARING)
            else None,
            buttons,
            h.a(".quiet", href=f"/session/{session.id}/prepare")["Preparation"]
            if session.state not in (SessionState.PLANNED, SessionState.PREPARING)
            else None,
        ],
    ]


def _wanted(session: Session) -> list[tuple[type[c.Command], str, str, bool]]:
    """Command, form, words, and whether it is one of the first to reach for."""
    under_way = session.state in _UNDER_WAY
    by_hand = any(
        a.is_standing and a.basis is AssociationBasis.NO_CONNECTION for a in session.associations
    )
    wanted: list[tuple[type[c.Command], str, str, bool]] = []
    if session.state is SessionState.INFUSING:
        wanted.append((c.ConfirmPause, "pause", "Pause at the pump, then confirm", True))
    if by_hand:
        wanted.append((c.ChartManualDelivery, "chart", "Chart the pump by hand", True))
    if under_way:
        wanted += [
            (c.GiveOrder, "order", "Change the order", False),
            (c.EndInfusionEarly, "end-early", "End early", False),
        ]
    wanted += [
        (care.AnswerHomeQuestions, "home", "Before going home", True),
        (c.Discharge, "discharge", "Discharge", True),
        (c.LeaveBeforeReady, "leave", "Left before ready", False),
        (care.GiveHandover, "handover", "Handover", False),
        (c.MoveToBed, "move", "Another chair", False),
        (c.CancelSession, "cancel", "Cancel the session", False),
    ]
    return wanted


def _button(session: Session, name: str, words: str, *, is_main: bool) -> h.Element:
    return h.a(
        ".link-button.main" if is_main else ".link-button",
        href=form_path(session.id, name),
        data_do=name,
    )[words]


def _hint(session: Session) -> h.Node:
    if session.ready is not None and session.state is SessionState.PREPARING:
        return h.p[h.strong["Confirmed. Start at the pump."]]
    if session.state is SessionState.PAUSED:
        why = "" if session.pause is None else f": {session.pause.reason}"
        return h.p[f"Paused{why}. Resume at the pump."]
    return None


def _questions(scene: BedScene, session: Session) -> h.Node:
    """What the pumps did and nobody has explained, most urgent first."""
    found: list[h.Node] = []
    rules = scene.parts.configuration.sessions
    found += [
        h.p(".urgent", data_question="still-running")[
            h.strong[f"STILL RUNNING{_rate_now(scene, running.device)}"],
            " although its pause was confirmed",
        ]
        for running in still_running(session, scene.now, rules)
    ]
    for run in unconfirmed_runs(session):
        link = form_path(session.id, "explain-run", device=run.device, at=run.began_at.isoformat())
        words = "PUMP RUNNING, NOT CONFIRMED" if run.is_running else "Pump ran, not confirmed"
        found.append(
            h.p(".urgent", data_question="unconfirmed-run")[
                h.strong[words],
                f" {run.device} since {clock_text(run.began_at, scene.zone)} ",
                h.a(".link-button", href=link)["Infusion, priming or flush?"],
            ]
        )
    found += [
        h.p(".urgent", data_question="second")[
            h.strong[f"{wait.device} waits for a second person"],
            _until(wait.due_at, scene),
            h.a(".link-button", href=form_path(session.id, "confirm-device", device=wait.device))[
                "Confirm"
            ],
        ]
        for wait in waiting_for_second(session, rules)
    ]
    found += [_rate_question(scene, session, change) for change in unexplained(scene, session)]
    return found or None


def _rate_now(scene: BedScene, device: DeviceId) -> str:
    """What flows at a pump now, " 35.0 mL/h"; empty where nobody knows."""
    pump = None if scene.state is None else as_believed(scene.parts, scene.state).pump
    if pump is None or pump.device != device or pump.rate_ml_h is None:
        return ""
    return f" {pump.rate_ml_h:.1f} mL/h" if pump.reading in BELIEVED else ""


def unexplained(scene: BedScene, session: Session) -> list[RateChangeLine]:
    """The rate changes at the pump that nobody gave a reason for."""
    if not session.has_drug:
        return []
    changes = delivery_of(scene.parts, session).rate_changes
    return [change for change in changes if not change.reason]


def _rate_question(scene: BedScene, session: Session, change: RateChangeLine) -> h.Node:
    link = form_path(session.id, "explain-rate", device=change.device, at=change.at.isoformat())
    return h.p(".asked", data_question="rate")[
        (
            f"{plain(change.from_ml_h)} to {plain(change.to_ml_h)} mL/h "
            f"at {clock_text(change.at, scene.zone)} "
        ),
        h.a(".link-button", href=link)["Why?"],
    ]


def _until(due_at: datetime | None, scene: BedScene) -> str:
    return " " if due_at is None else f", due {clock_text(due_at, scene.zone)} "


def _free_bed(scene: BedScene) -> h.Node:
    """A free chair: who is planned for today and has none yet."""
    waiting = [
        session
        for session in scene.facts.sessions.sessions
        if session.state is SessionState.PLANNED and session.plan.ward == scene.ward
    ]
    waiting.sort(key=lambda session: session.plan.planned_for)
    return h.section(".card", aria_label="free chair", data_controls="free")[
        h.h2["This chair is free"],
        h.ul(".entries")[
            (
                h.li[
                    h.a(
                        ".entry",
                        href=form_path(session.id, "begin", bed=scene.bed.bed, next=scene.path),
                    )[
                        h.span(".entry-name")[
                            f"{session.patient.family_name}, {session.patient.given_name}"
                        ],
                        h.span(".soft")[
                            f"planned for {clock_text(session.plan.planned_for, scene.zone)} · "
                            "takes this chair"
                        ],
                    ]
                ]
                for session in waiting
            )
        ]
        if waiting
        else h.p["Nobody is planned and without a chair."],
        h.div(".buttons")[h.a(".quiet", href="/patients")["Plan a session"]],
    ]
