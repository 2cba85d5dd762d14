"""The weight a dose is calculated from: which one, measured when, decided by whom."""

from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

import msgspec

from infusion.dose_rules import WeightRules
from infusion.exact import exact, plain


class WeightKind(str, Enum):
    """Which weight a dose is calculated from."""

    TOTAL = "total"
    IDEAL = "ideal"
    ADJUSTED = "adjusted"


class DosingWeight(msgspec.Struct, frozen=True, kw_only=True):
    """The weight that doses of a session are calculated from, kg; frozen at the start.

    `measured_on`: when the patient was weighed. `total_kg`, `height_cm`: what an ideal or
    adjusted weight was worked out from. Raises TypeError for an inexact weight, ValueError for
    one that is not above zero.
    """

    kg: Decimal
    kind: WeightKind
    measured_on: date
    decided_by: str
    total_kg: Decimal | None = None
    height_cm: Decimal | None = None

    def __post_init__(self) -> None:
        if exact(self.kg) <= 0:
            raise ValueError(f"a weight of {self.kg} kg cannot be: weigh the patient again")


class WeightDoubt(str, Enum):
    """Why a weight asks for confirmation."""

    OLD = "old"
    CHANGED = "changed"
    IN_THE_FUTURE = "in_the_future"
    ABOVE_TOTAL = "above_total"


class WeightQuestion(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A weight that a person has to confirm, and why."""

    doubt: WeightDoubt
    text: str


def doubts_about(
    weight: DosingWeight, last: DosingWeight | None, today: date, rules: WeightRules
) -> tuple[WeightQuestion, ...]:
    """What has to be confirmed about `weight` before it is used; `last`: of the last session.

    Source: clinic default, older than 30 days or more than 10 % different; configuration.
    """
    found = []
    age = today - weight.measured_on
    if age > timedelta(days=rules.older_than_days):
        found.append(
            WeightQuestion(
                doubt=WeightDoubt.OLD,
                text=f"weighed {age.days} days ago, more than {rules.older_than_days}: "
                "weigh again or confirm",
            )
        )
    if age < timedelta(0):
        found.append(
            WeightQuestion(
                doubt=WeightDoubt.IN_THE_FUTURE,
                text=f"weighed on {weight.measured_on}, which is yet to come: check the date",
            )
        )
    if last is not None and _differs(weight.kg, last.kg, rules.changed_by_percent):
        found.append(
            WeightQuestion(
                doubt=WeightDoubt.CHANGED,
                text=f"{plain(weight.kg)} kg, {plain(last.kg)} kg last time, "
                f"more than {plain(rules.changed_by_percent)} % different: "
                "weigh again or confirm",
            )
        )
    if weight.total_kg is not None and weight.kg > weight.total_kg:
        found.append(
            WeightQuestion(
                doubt=WeightDoubt.ABOVE_TOTAL,
                text=f"the {weight.kind.value} weight {plain(weight.kg)} kg is above the "
                f"total weight {plain(weight.total_kg)} kg: check which one to use",
            )
        )
    return tuple(found)


def _differs(kg: Decimal, last_kg: Decimal, percent: Decimal) -> bool:
    return abs(kg - last_kg) * 100 > percent * last_kg
