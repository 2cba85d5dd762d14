"""The alarm limits of one patient: the clinic's, what was changed, by whom and why. Blocks."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from urllib.parse import quote

import htpy as h

from dashboard.components.alarm_list import MARKS
from dashboard.components.table_head import table_head
from dashboard.forms.fields import NumberField, TextField
from dashboard.forms.form import Form
from dashboard.local_time import moment_text
from infusion.alarms.events import LimitChanged
from infusion.alarms.limits import LABELS, shown
from infusion.alarms.rules import LimitBasis, LimitName, LimitRule, Side
from vocabulary.alarms import LimitedMeasure
from vocabulary.ids import SessionId

AMOUNT = "amount"
REASON = "reason"
_UNITS = {
    LimitedMeasure.HR: "/min",
    LimitedMeasure.SPO2: "%",
    LimitedMeasure.RR: "/min",
    LimitedMeasure.ETCO2: "mmHg",
    LimitedMeasure.TEMP: "°C",
    LimitedMeasure.NIBP_SYS: "mmHg",
    LimitedMeasure.NIBP_DIA: "mmHg",
    LimitedMeasure.NIBP_MAP: "mmHg",
}
HEADINGS = ("Limit", "Now", "Set", "Priority", "Clinic", "May be", "Changed")
COUNTS = ("Now", "Clinic", "May be")


def limit_words(rule: LimitRule) -> str:
    """What a limit is called: "SpO2 below", "SBP above baseline by"."""
    side = "above" if rule.side is Side.ABOVE else "below"
    basis = "" if rule.basis is LimitBasis.FIXED else " baseline by"
    return f"{LABELS[rule.of]} {side}{basis}"


def limit_unit(rule: LimitRule) -> str:
    """The unit of a limit's amount."""
    if rule.basis is LimitBasis.BASELINE_PERCENT:
        return "%"
    return _UNITS.get(rule.of, "")


def last_changes(events: Sequence[object], session: SessionId) -> dict[LimitName, LimitChanged]:
    """The newest change of each limit in a session."""
    return {
        event.limit: event
        for event in events
        if isinstance(event, LimitChanged) and event.session == session
    }


def limits_table(
    rules: Sequence[LimitRule],
    changes: dict[LimitName, LimitChanged],
    base: str,
    clock: tuple[datetime, tzinfo],
) -> h.Element:
    """Every limit that may be changed; the next session has the clinic's again."""
    changeable = [rule for rule in rules if rule.bounds is not None]
    return h.div(".scroll-box", tabindex="0", role="region", aria_label="alarm limits")[
        h.table(".table")[
            table_head(HEADINGS, COUNTS),
            h.tbody[(_line(rule, changes.get(rule.limit), base, clock) for rule in changeable)],
        ]
    ]


def _line(
    rule: LimitRule, change: LimitChanged | None, base: str, clock: tuple[datetime, tzinfo]
) -> h.Element:
    unit, bounds = limit_unit(rule), rule.bounds
    is_other = change is not None and change.amount is not None
    amount = change.amount if change is not None and change.amount is not None else rule.amount
    now = f"{shown(amount)} {unit}"
    return h.tr(data_limit=rule.limit)[
        h.th(scope="row")[f"{MARKS[rule.priority]} {limit_words(rule)}"],
        h.td(".count")[h.strong[now] if is_other else now],
        h.td[h.a(href=f"{base}/{quote(rule.limit)}")["Change"]],
        h.td[rule.priority.value],
        h.td(".count")[f"{shown(rule.amount)} {unit}"],
        h.td(".count")["" if bounds is None else f"{shown(bounds.low)} to {shown(bounds.high)}"],
        h.td(".words")[_changed(change, clock)],
    ]


def _changed(change: LimitChanged | None, clock: tuple[datetime, tzinfo]) -> str:
    if change is None:
        return ""
    when = moment_text(change.at, clock[1], clock[0])
    what = f"to {shown(change.amount)}" if change.amount is not None else "back to the clinic's"
    reason = f": {change.reason}" if change.reason else ""
    return f"{when} {what}, {change.by.printed_name}{reason}"


def limit_form(rule: LimitRule, action: str, amount: float) -> Form:
    """The form of one limit. An empty amount is the clinic's again."""
    bounds = rule.bounds
    low, high = (None, None) if bounds is None else (bounds.low, bounds.high)
    return Form(
        name="limit",
        action=action,
        title=f"Alarm limit: {limit_words(rule)}, {rule.priority.value} priority",
        submit="Change the limit",
        fields=(
            NumberField(
                name=AMOUNT,
                label=limit_words(rule),
                unit=limit_unit(rule),
                initial=shown(amount),
                is_required=False,
                hint=f"From {shown(low or 0)} to {shown(high or 0)}. "
                f"Leave empty for the clinic's own, {shown(rule.amount)}.",
                low=None if low is None else Decimal(str(low)),
                high=None if high is None else Decimal(str(high)),
            ),
            TextField(
                name=REASON,
                label="Why",
                is_required=False,
                hint="Needed unless it is the clinic's own again.",
            ),
        ),
        explain=h.p["It holds for this session; the next one has the clinic's limits again."],
    )
