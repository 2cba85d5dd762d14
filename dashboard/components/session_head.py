"""Whose session a page is about: name, date of birth, number, where, and how far it is."""

from datetime import datetime, tzinfo

import htpy as h

from dashboard.bed_names import bed_label
from dashboard.local_time import day_text, moment_text
from dashboard.words import INDICATION_WORDS
from infusion.patient import Patient, age_years
from infusion.session import Session
from vocabulary.states import SessionState


def session_head(session: Session, now: datetime, zone: tzinfo) -> h.Element:
    """Two identifiers and the state, above every form of a session."""
    patient = session.patient
    return h.section(".session-head", aria_label="session")[
        person_line(patient, now),
        h.p(".soft")[
            h.span(".state", data_session_state=session.state.value)[session.state.value],
            (
                f"{_where(session)} · {INDICATION_WORDS[session.indication]}"
                f" · planned for {moment_text(session.plan.planned_for, zone, now)}"
            ),
        ],
    ]


def person_line(patient: Patient, now: datetime) -> h.Element:
    """A patient's name, which leads to the course of treatment, and two identifiers."""
    return h.p(".person")[
        h.a(href=f"/patient/{patient.patient}")[
            h.strong[f"{patient.family_name}, {patient.given_name}"]
        ],
        " ",
        h.span(".soft")[
            f"born {day_text(patient.date_of_birth)} ({age_years(patient, now.date())} y) · "
            f"no. {patient.identifier}"
        ],
    ]


def _where(session: Session) -> str:
    """In which chair, if the session is not over."""
    if session.closed is not None or session.state is SessionState.CANCELLED:
        return ""
    if session.bed is None:
        return " · no chair yet"
    return f" · {bed_label(session.plan.ward, session.bed)}"
