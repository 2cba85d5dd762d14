"""The blood pressure cuff of a monitor: when it inflates, and what it reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from simulator.faults import MS_PER_MIN
from simulator.pharmacology import Cuff


@dataclass(frozen=True, slots=True)
class CuffReading:
    """One inflation that gave a reading, mmHg."""

    sys_mmhg: int
    dia_mmhg: int
    map_mmhg: int


class Press(NamedTuple):
    """Somebody starts the cuff at `at_ms` (true ms): what it reads is off, or it fails."""

    at_ms: int
    off_mmhg: float = 0.0
    fails: bool = False


class CuffCycle:
    """Inflates at its cadence, and when somebody presses. Times are true ms since 1970."""

    def __init__(
        self,
        cuff: Cuff,
        random: Random,
        start_ms: int,
        infusion_starts_ms: tuple[int, ...],
        presses: Iterable[Press] = (),
    ) -> None:
        self._cuff = cuff
        self._random = random
        self._starts = list(reversed(infusion_starts_ms))
        self._infusion_ms: int | None = None
        first_s = random.randint(*cuff.first_within_s)
        self._due_ms = start_ms + first_s * 1000
        self._last_ms: int | None = None
        self._done_ms: int | None = None
        self._presses = sorted(presses, reverse=True)
        self._press: Press | None = None
        self._is_repeat = False

    @property
    def is_inflated(self) -> bool:
        """Whether the cuff squeezes the arm now."""
        return self._done_ms is not None

    def begins(self, at_ms: int) -> bool:
        """Whether an inflation begins at `at_ms`; once begun it is under way."""
        while self._starts and self._starts[-1] <= at_ms:
            self._infusion_ms = self._starts.pop()
        is_pressed = bool(self._presses) and self._presses[-1].at_ms <= at_ms
        if self.is_inflated or (at_ms < self._due(at_ms) and not is_pressed):
            return False
        self._press = self._presses.pop() if is_pressed else None
        self._last_ms = at_ms
        self._done_ms = at_ms + round(self._cuff.inflation_s * 1000)
        return True

    def ends(self, at_ms: int) -> bool:
        """Whether the inflation that is under way is over at `at_ms`."""
        if self._done_ms is None or at_ms < self._done_ms:
            return False
        self._done_ms = None
        return True

    def measure(self, sys_mmhg: float, dia_mmhg: float) -> CuffReading | None:
        """What the cuff reads of the true pressures; None if it failed."""
        random, cuff = self._random, self._cuff
        sys = sys_mmhg + random.gauss(0.0, cuff.sd_mmhg)
        dia = dia_mmhg + random.gauss(0.0, cuff.sd_mmhg)
        if self._press is not None:
            if self._press.fails:
                return None
            off = self._press.off_mmhg
            return self._read(sys + off, dia + off * cuff.disturbed_dia_share)
        if random.random() < cuff.disturbed_share:
            if random.random() < cuff.failed_share_of_disturbed:
                self._due_ms = (self._last_ms or 0) + round(cuff.again_after_failure_s * 1000)
                self._last_ms = None
                return None
            off = random.uniform(*cuff.disturbed_by_mmhg) * random.choice((-1.0, 1.0))
            sys, dia = sys + off, dia + off * cuff.disturbed_dia_share
        reading = self._read(sys, dia)
        self._repeat(reading)
        return reading

    def _repeat(self, reading: CuffReading) -> None:
        """A reading that is high is measured again soon, once, where somebody does so."""
        cuff, (sys, dia) = self._cuff, self._cuff.repeated_over_mmhg
        is_high = reading.sys_mmhg > sys or reading.dia_mmhg > dia
        self._is_repeat = cuff.is_repeated and is_high and not self._is_repeat
        if self._is_repeat and self._last_ms is not None:
            self._due_ms = self._last_ms + round(cuff.repeated_after_s * 1000)
            self._last_ms = None

    def _read(self, sys: float, dia: float) -> CuffReading:
        whole_dia = round(min(dia, sys - self._cuff.least_pulse_pressure_mmhg))
        whole_sys = round(sys)
        return CuffReading(whole_sys, whole_dia, round((whole_sys + 2 * whole_dia) / 3))

    def _due(self, at_ms: int) -> int:
        if self._last_ms is None:
            return self._due_ms
        cuff = self._cuff
        early = (
            self._infusion_ms is not None
            and at_ms < self._infusion_ms + cuff.early_phase_min * MS_PER_MIN
        )
        interval_min = cuff.early_interval_min if early else cuff.interval_min
        return self._last_ms + round(interval_min * MS_PER_MIN)
