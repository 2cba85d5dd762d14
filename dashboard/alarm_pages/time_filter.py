"""The form above a page of alarms that asks which days, and whatever else the page is chosen by."""

import htpy as h

from dashboard.alarm_pages.wanted import WantedLog


def time_filter(wanted: WantedLog, *more: h.Node) -> h.Element:
    """From one day to another, and `more` to choose by."""
    return h.form(".filter", method="get", data_form="filter")[
        labelled("From", h.input(type="date", name="from", value=wanted.first.isoformat())),
        labelled("To", h.input(type="date", name="to", value=wanted.last.isoformat())),
        more,
        h.button(".link-button", type="submit")["Show"],
    ]


def labelled(words: str, control: h.Node) -> h.Element:
    """A control below its words."""
    return h.label[h.span(".soft")[words], control]
