"""What a change of the rate is warned of. It never blocks: a pump that changed has changed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

import msgspec

from infusion.dose_rules import TitrationRules
from infusion.exact import exact, plain
from infusion.order import Order


class RateChange(msgspec.Struct, frozen=True, kw_only=True):
    """A rate that is to be set, or was, mg/kg/h. Times UTC.

    `from_mg_kg_h`: the rate before, or before the pause when `paused_at` is set. `started_at`,
    `last_step_up_at`: of this infusion. `predicted_end`: before the change; None if unknown.
    `checks_at`: the newest vitals, sedation and dissociation checks that were complete;
    `amiss`: what of them was not normal. `full_set_at`: the newest full observation set.
    """

    at: datetime
    from_mg_kg_h: Decimal
    to_mg_kg_h: Decimal
    started_at: datetime | None
    last_step_up_at: datetime | None = None
    predicted_end: datetime | None = None
    paused_at: datetime | None = None
    checks_at: datetime | None = None
    amiss: tuple[str, ...] = ()
    full_set_at: datetime | None = None


class TitrationRule(str, Enum):
    """Which rule a change of the rate goes against."""

    TOO_SOON = "too_soon"
    STEP_TOO_LARGE = "step_too_large"
    TOO_LATE = "too_late"
    CHECKS_OPEN = "checks_open"
    NOT_NORMAL = "not_normal"
    HIGHER_AFTER_PAUSE = "higher_after_pause"
    FULL_SET_AFTER_PAUSE = "full_set_after_pause"


class TitrationWarning(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the rate that needs a reason, recorded with it."""

    rule: TitrationRule
    text: str


def warn_of(
    change: RateChange, order: Order, rules: TitrationRules
) -> tuple[TitrationWarning, ...]:
    """What to ask a reason for. A step down, and a pause, are always right.

    Source: the effect-site half-life of ketamine is 8.3 min (Olofsen, Anesthesiology 2022;
    136:792), so a step shows three quarters of its effect after 17 min; numbers by configuration.
    """
    found = []
    if change.paused_at is not None:
        found += _after_pause(change, change.paused_at, rules)
    if exact(change.to_mg_kg_h) > exact(change.from_mg_kg_h):
        found += _up(change, order, rules)
    return tuple(found)


def _after_pause(
    change: RateChange, paused_at: datetime, rules: TitrationRules
) -> list[TitrationWarning]:
    found = []
    if change.to_mg_kg_h > change.from_mg_kg_h:
        found.append(
            TitrationWarning(
                rule=TitrationRule.HIGHER_AFTER_PAUSE,
                text=f"restart at {change.to_mg_kg_h:.2f} mg/kg/h, above the "
                f"{change.from_mg_kg_h:.2f} before the pause",
            )
        )
    pause_s = (change.at - paused_at).total_seconds()
    has_set = change.full_set_at is not None and change.full_set_at >= paused_at
    if pause_s > rules.fresh_set_after_pause_s and not has_set:
        found.append(
            TitrationWarning(
                rule=TitrationRule.FULL_SET_AFTER_PAUSE,
                text=f"paused for {_minutes(pause_s)} min, more than "
                f"{_minutes(rules.fresh_set_after_pause_s)}, and no full observation set since",
            )
        )
    return found


def _up(change: RateChange, order: Order, rules: TitrationRules) -> list[TitrationWarning]:
    found = [*_too_soon(change, rules)]
    step = change.to_mg_kg_h - change.from_mg_kg_h
    largest = min(order.step_mg_kg_h, rules.largest_step_up_mg_kg_h)
    if step > largest:
        text = f"up by {plain(step)} mg/kg/h at once, more than {plain(largest)}"
        found.append(TitrationWarning(rule=TitrationRule.STEP_TOO_LARGE, text=text))
    found += _too_late(change, rules)
    limit = timedelta(seconds=rules.checks_within_s)
    if change.checks_at is None or change.at - change.checks_at > limit:
        text = (
            "no complete vitals, sedation and dissociation checks in the "
            f"last {_minutes(rules.checks_within_s)} min"
        )
        found.append(TitrationWarning(rule=TitrationRule.CHECKS_OPEN, text=text))
    if change.amiss:
        text = f"not normal: {', '.join(change.amiss)}"
        found.append(TitrationWarning(rule=TitrationRule.NOT_NORMAL, text=text))
    return found


def _too_soon(change: RateChange, rules: TitrationRules) -> Iterator[TitrationWarning]:
    """What was given before has not shown its effect yet."""
    since = change.last_step_up_at or change.started_at
    waited_s = None if since is None else (change.at - since).total_seconds()
    if waited_s is None or waited_s >= rules.between_steps_up_s:
        return
    what = "the start" if change.last_step_up_at is None else "the last step up"
    yield TitrationWarning(
        rule=TitrationRule.TOO_SOON,
        text=f"{_minutes(waited_s)} min since {what}, less than "
        f"{_minutes(rules.between_steps_up_s)}: the effect is still rising",
    )


def _too_late(change: RateChange, rules: TitrationRules) -> Iterator[TitrationWarning]:
    """What is given now shows its effect after the end."""
    if change.predicted_end is None:
        return
    left_s = (change.predicted_end - change.at).total_seconds()
    if left_s < rules.none_up_in_last_s:
        yield TitrationWarning(
            rule=TitrationRule.TOO_LATE,
            text=f"{_minutes(max(0.0, left_s))} min before the end, less than "
            f"{_minutes(rules.none_up_in_last_s)}: the effect would peak after the infusion",
        )


def _minutes(seconds: float) -> str:
    """Whole minutes begun and done, cut off: 14:59 is 14, which is less than 15."""
    return str(int(seconds // 60))
