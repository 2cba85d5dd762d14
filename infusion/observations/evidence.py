"""What the devices tell of a session, as far as its checks depend on it."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from infusion.association import Interval
from infusion.baseline import CuffPressure
from infusion.observations.closer import RateStep


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Cuff readings, changes of the rate, and what else is known. Times UTC.

    `expected_end`: of the infusion; None: by the planned time. `off_monitor`: when the patient was
    unplugged on purpose, up to the limit of that.
    """

    cuffs: tuple[CuffPressure, ...] = ()
    rate_steps: tuple[RateStep, ...] = ()
    off_monitor: tuple[Interval, ...] = ()
    expected_end: datetime | None = None


def rate_steps(rates: Mapping[datetime, float]) -> tuple[RateStep, ...]:
    """The changes between rates (mL/h) that held from each moment on; from and to 0 is none."""
    found = []
    before: float | None = None
    for at in sorted(rates):
        rate = rates[at]
        if rate > 0:
            if before is not None and rate != before:
                found.append(RateStep(at=at, is_up=rate > before))
            before = rate
    return tuple(found)
