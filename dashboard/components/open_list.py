"""What is still open before the start, always in sight."""

from collections.abc import Sequence

import htpy as h

from vocabulary.states import SessionState

_BEFORE = (SessionState.PLANNED, SessionState.PREPARING)


def open_list(found: Sequence[str], state: SessionState) -> h.Element:
    """The open things, or that the infusion may be started at the pump."""
    if found:
        title: h.Node = f"Still open: {len(found)}"
        told: h.Node = h.ul[(h.li[words] for words in found)]
    elif state in _BEFORE:
        title, told = "Ready", h.p[h.strong["Start at the pump."]]
    else:
        title, told = f"Nothing open: {state.value}", None
    return h.section(
        ".card.open-list", aria_label="still open", data_open=str(len(found)), role="status"
    )[h.details(open=True)[h.summary[title], told]]
