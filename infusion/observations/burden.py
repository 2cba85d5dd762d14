"""What the checks cost a nurse: taps, and minutes at the chair."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from infusion.observations.checks import checks_of
from infusion.observations.due import CheckStatus, Due
from infusion.observations.layout import Course, lay_out
from infusion.observations.phases import Phase, Stretch
from infusion.observations.rules import ObservationRules, ObservationSet
from infusion.observations.schedule_rules import Anchor, SchedulePlan
from infusion.observations.values import none_of


class Burden(msgspec.Struct, frozen=True, kw_only=True):
    """An average hour of infusion: check times, those that need a person, taps, nurse-minutes."""

    check_times: float
    forms: float
    taps: float
    nurse_min: float


def taps_of(
    form: ObservationSet, rules: ObservationRules, due: frozenset[str] | None = None
) -> int:
    """Taps to fill in and save a form on which all is well, device values accepted as they are.

    One for each item that is asked (of `due` only, if given), one for all of "none of these", one
    to save.
    """
    asked = [name for name in form.asked if due is None or name in due]
    covered = [name for name in asked if name in form.none_of_these and _has_none(name, rules)]
    one_by_one = len(asked) - len(covered)
    return one_by_one + (1 if covered else 0) + 1


def _has_none(name: str, rules: ObservationRules) -> bool:
    item = rules.find_item(name)
    return item is not None and none_of(item) is not None


def hourly_burden(
    plan: SchedulePlan, rules: ObservationRules, infusion_s: float, chairs: int
) -> Burden:
    """What `chairs` that infuse one session after the other ask of a nurse in an hour.

    By the plan as it is laid out, without a pause or a finding; a check that only the cuff
    completes is a check time, and no form.
    """
    start = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    end = start + timedelta(seconds=infusion_s)
    course = Course(
        now=start,
        baseline_at=start,
        started_at=start,
        stretches=(Stretch(phase=Phase.INFUSING, since=start, until=None),),
        expected_end=end,
        closed_at=None,
    )
    during = [
        Due(item, slot, CheckStatus.AHEAD)
        for item, slots in lay_out(plan, course, ()).items()
        for slot in slots
        if slot.anchor is Anchor.INFUSION and slot.due_at <= end
    ]
    hours = infusion_s / 3600
    checks = checks_of(during, start, plan, rules)
    forms = [check for check in checks if any(_needs_a_person(n, rules) for n in check.items)]
    sets = [(rules.find_set(check.set), frozenset(check.items)) for check in forms]
    known = [(form, items) for form, items in sets if form is not None]
    return Burden(
        check_times=chairs * len(checks) / hours,
        forms=chairs * len(forms) / hours,
        taps=chairs * sum(taps_of(form, rules, items) for form, items in known) / hours,
        nurse_min=chairs * sum(form.nurse_s for form, _ in known) / 60 / hours,
    )


def _needs_a_person(name: str, rules: ObservationRules) -> bool:
    item = rules.find_item(name)
    return item is not None and item.is_judged


def nurse_s(sets: Iterable[str], rules: ObservationRules) -> float:
    """How long a nurse needs for these forms, seconds."""
    return sum(form.nurse_s for name in sets if (form := rules.find_set(name)) is not None)
