"""The outcome of a course before the next infusion: the last PHQ-9, and where to ask it again."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from urllib.parse import urlencode

import htpy as h

from dashboard.components.session_table import score_list
from infusion.outcome import MarkedScore
from infusion.session import Session


def phq9_card(
    session: Session,
    scores: Sequence[MarkedScore],
    times: tuple[tzinfo, datetime],
    next_path: str,
) -> h.Element:
    """The scores of this course, and the form; `times`: the clinic's zone, and now."""
    zone, now = times
    about = urlencode({"session": session.id, "next": next_path})
    is_done = any(marked.scored.session == session.id for marked in scores)
    return h.section(".card", id="phq9", aria_label="PHQ-9")[
        h.h2["PHQ-9"],
        score_list(scores, zone, now),
        h.p[
            h.a(
                ".link-button",
                href=f"/patient/{session.patient.patient}/phq9?{about}",
                data_do="phq9",
            )["Ask the PHQ-9 again" if is_done else "Ask the PHQ-9"]
        ],
    ]
