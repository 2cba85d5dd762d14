"""Patients, to choose one."""

from collections.abc import Sequence

import htpy as h

from dashboard.local_time import day_text
from infusion.patient import Patient


def patient_list(patients: Sequence[Patient]) -> h.Node:
    """Each with two identifiers, so that nobody is chosen by name alone."""
    if not patients:
        return h.p["Nobody of that name or number."]
    return h.ul(".entries")[
        (
            h.li[
                h.a(".entry", href=f"/patient/{who.patient}")[
                    h.span(".entry-name")[f"{who.family_name}, {who.given_name}"],
                    h.span(".soft")[f"born {day_text(who.date_of_birth)} · no. {who.identifier}"],
                ]
            ]
            for who in patients
        )
    ]
