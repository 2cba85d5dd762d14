"""Alarms in a list: mark and text, since when, the value now, who has seen it, what can be done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import htpy as h

from vocabulary.alarms import AlarmKind, AlarmPriority, SignalState

MARKS: Final = {AlarmPriority.HIGH: "!!!", AlarmPriority.MEDIUM: "!!", AlarmPriority.LOW: "!"}
OF_THE_PATIENT: Final = (AlarmKind.PHYSIOLOGICAL, AlarmKind.DELIVERY, AlarmKind.PROCEDURAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmItem:
    """One alarm as a list shows it; times are in words of the clinic's clock.

    `now`: the value now. `seen`: who acknowledged it, and when. `escalated`: to whom it went on.
    `card`: facts to judge it by. `raised_at`: when it was first signalled, to put it in order.
    """

    id: str
    priority: AlarmPriority
    state: SignalState
    text: str
    since: str
    raised_at: datetime
    now: str = ""
    seen: str = ""
    escalated: str = ""
    where: str = ""
    where_path: str = ""
    card: tuple[tuple[str, str], ...] = ()
    actions: h.Node = None


def alarm_list(items: Iterable[AlarmItem], nothing: str) -> h.Element:
    """The items in their order, or what to say when there are none."""
    shown = [_item(item) for item in items]
    return h.ul(".alarms")[shown] if shown else h.p(".soft")[nothing]


def _item(item: AlarmItem) -> h.Element:
    return h.li(
        ".alarm",
        data_alarm=item.id,
        data_priority=item.priority.value,
        data_state=item.state.value,
    )[
        h.div(".alarm-head")[
            h.strong(".alarm-words")[f"{MARKS[item.priority]} {item.text}"],
            h.a(href=item.where_path)[item.where] if item.where else None,
        ],
        h.div(".alarm-about")[
            h.span[item.since],
            h.span(".alarm-now")[item.now] if item.now else None,
            h.span[_state(item)],
            h.span(".alarm-escalated")[item.escalated] if item.escalated else None,
        ],
        h.dl(".alarm-card")[(h.div[h.dt[name], h.dd[told]] for name, told in item.card)]
        if item.card
        else None,
        h.div(".alarm-actions")[item.actions] if item.actions is not None else None,
    ]


def _state(item: AlarmItem) -> str:
    if item.state is SignalState.ACKNOWLEDGED:
        return f"✓ {item.seen}"
    return "over, not seen" if item.state is SignalState.LATCHED else "not seen yet"


def since_words(at: datetime, now: datetime, clock: str) -> str:
    """ "since 14:03, 2 min" """
    minutes = max(0.0, (now - at).total_seconds()) / 60
    lasted = f"{minutes * 60:.0f} s" if minutes < 1 else f"{minutes:.0f} min"
    return f"since {clock}, {lasted}"
