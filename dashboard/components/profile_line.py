"""Which checks hold for a session, who chose them and why, and where to choose others."""

import htpy as h

from dashboard.session_forms.session_form import form_path
from infusion.configuration import ClinicConfiguration
from infusion.decisions import allowed
from infusion.observations.commands import ChooseProfile
from infusion.patient import Person
from infusion.schedule import plan_of
from infusion.session import Session


def profile_line(
    session: Session, by: Person, configuration: ClinicConfiguration, next_path: str = ""
) -> h.Element:
    """One line; the link is there before the first drug, for whoever may."""
    held = plan_of(session, configuration)
    chosen = session.profile_chosen
    why = None
    if chosen is not None and chosen.profile == held.profile:
        why = h.span(".soft")[f" ({chosen.by.printed_name}: {chosen.reason})"]
    about = {"next": next_path} if next_path else {}
    link = h.a(".quiet", href=form_path(session.id, "profile", **about), data_do="profile")
    return h.p(data_profile=held.profile)[
        "Checks: ",
        h.strong[held.label],
        why,
        [" ", link["Other checks"]]
        if ChooseProfile in allowed(session, by, configuration.sessions)
        else None,
    ]
