"""The order that holds, with its arithmetic, and what was given with a reason."""

from datetime import datetime, tzinfo

import htpy as h

from dashboard.components.facts import facts_view
from dashboard.local_time import moment_text
from dashboard.session_forms.ordering import arithmetic
from dashboard.session_forms.seconding import order_lines
from dashboard.session_forms.session_form import form_path
from infusion.configuration import ClinicConfiguration
from infusion.session import Session


def order_card(
    session: Session, configuration: ClinicConfiguration, zone: tzinfo, now: datetime
) -> h.Element:
    """Order and arithmetic; a link to give one, or another one."""
    given = session.orders[-1] if session.orders else None
    words = "Give the order" if given is None else "Change the order"
    return h.section(".card", id="order", aria_label="order", data_order="yes" if given else "no")[
        h.h2["Order"],
        [
            facts_view([*order_lines(given.order), *arithmetic(given.order, configuration)]),
            h.p(".soft")[
                f"{given.kind.value}, by {given.by.printed_name} "
                f"at {moment_text(given.at, zone, now)}"
                f"{', read back' if given.was_read_back else ''}"
            ],
            h.ul[(h.li[f"{e.told} ", h.strong[f"Reason: {e.reason}"]] for e in given.explained)],
        ]
        if given is not None
        else h.p["No order yet."],
        h.a(".link-button", href=form_path(session.id, "order"))[words],
    ]
