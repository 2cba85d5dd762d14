"""A simulated patient: the drug moves the pressure and the pulse, and every number wanders."""

import math
from dataclasses import dataclass
from random import Random

from simulator.kinetics import Kinetics
from simulator.pharmacology import Pharmacology, Spread, Wander

STEP_S = 1.0


@dataclass(frozen=True, slots=True)
class Traits:
    """What makes one patient differ from the next.

    Pressures mmHg, rates per minute, SpO2 %, temperature Cel. `sensitivity` multiplies the
    published rise of pressure; 1 is the median patient.
    """

    weight_kg: float
    sys_mmhg: float
    dia_mmhg: float
    hr_per_min: float
    rr_per_min: float
    spo2_percent: float
    etco2_mmhg: float
    temp_cel: float
    sensitivity: float
    hr_per_min_per_ng_ml: float


def draw_traits(pharmacology: Pharmacology, weight_kg: float, random: Random) -> Traits:
    """A patient as the published spread has them."""
    base = pharmacology.baseline
    response = pharmacology.response
    sigma = math.sqrt(math.log(1.0 + response.between_patient_cv**2))

    def draw(spread: Spread) -> float:
        return random.gauss(spread.mean, spread.sd)

    return Traits(
        weight_kg=weight_kg,
        sys_mmhg=draw(base.sys_mmhg),
        dia_mmhg=draw(base.dia_mmhg),
        hr_per_min=draw(base.hr_per_min),
        rr_per_min=draw(base.rr_per_min),
        spo2_percent=draw(base.spo2_percent),
        etco2_mmhg=draw(base.etco2_mmhg),
        temp_cel=draw(base.temp_cel),
        sensitivity=random.lognormvariate(0.0, sigma),
        hr_per_min_per_ng_ml=random.uniform(*response.hr_per_min_per_ng_ml),
    )


class Wandering:
    """A number that wanders about its mean with a correlation time, once a second."""

    def __init__(self, wander: Wander, random: Random) -> None:
        self._keep = math.exp(-STEP_S / wander.tau_s)
        self._push = wander.sd * math.sqrt(1.0 - self._keep**2)
        self._gauss = random.gauss
        self.value = random.gauss(0.0, wander.sd)

    def step(self) -> float:
        """Its distance from the mean one second later."""
        self.value = self._keep * self.value + self._push * self._gauss(0.0, 1.0)
        return self.value


class MotionDips:
    """Short dips of SpO2 when the hand with the probe moves."""

    def __init__(self, pharmacology: Pharmacology, random: Random) -> None:
        motion = pharmacology.motion
        self._motion = motion
        self._random = random
        self._chance = motion.per_hour * STEP_S / 3600.0
        self._left_s = 0.0
        self._depth = 0.0

    def step(self, spo2_percent: float) -> float:
        """What the probe shows one second later of a true `spo2_percent`."""
        if self._left_s <= 0.0:
            if self._random.random() >= self._chance:
                return spo2_percent
            low, high = self._motion.duration_s
            # whole seconds, so that a dip is never longer than the longest
            self._left_s = float(self._random.randint(math.ceil(low), math.floor(high)))
            self._depth = self._random.uniform(*self._motion.depth_percent)
        self._left_s -= STEP_S
        floor = min(spo2_percent, self._motion.floor_percent)
        return max(floor, spo2_percent - self._depth)


class Patient:
    """One patient, second by second: concentrations ng/mL, and what a monitor could measure."""

    def __init__(self, pharmacology: Pharmacology, traits: Traits, random: Random) -> None:
        self.traits = traits
        self._response = pharmacology.response
        self._respiration = pharmacology.respiration
        self.kinetics = Kinetics(
            pharmacology.plasma,
            pharmacology.effect_site,
            weight_kg=traits.weight_kg,
            step_s=STEP_S,
        )
        vary = pharmacology.variation
        self._spo2 = Wandering(vary.spo2_percent, random)
        self._hr = Wandering(vary.hr_per_min, random)
        self._rr = Wandering(vary.rr_per_min, random)
        self._etco2 = Wandering(vary.etco2_mmhg, random)
        self._temp = Wandering(vary.temp_cel, random)
        self._dips = MotionDips(pharmacology, random)
        self.spo2_percent = traits.spo2_percent

    def advance(self, dose_mg: float) -> None:
        """Let one second pass in which `dose_mg` flowed in."""
        self.kinetics.advance(dose_mg)
        steady = self.traits.spo2_percent + self._spo2.step()
        self.spo2_percent = self._dips.step(min(100.0, steady))
        self._hr.step()
        self._rr.step()
        self._etco2.step()
        self._temp.step()

    @property
    def sys_mmhg(self) -> float:
        """True systolic pressure, mmHg."""
        rise = self._response.sys_mmhg_per_ng_ml * self.traits.sensitivity
        return self.traits.sys_mmhg + rise * self.kinetics.effect_ng_ml

    @property
    def dia_mmhg(self) -> float:
        """True diastolic pressure, mmHg."""
        rise = self._response.dia_mmhg_per_ng_ml * self.traits.sensitivity
        return self.traits.dia_mmhg + rise * self.kinetics.effect_ng_ml

    @property
    def hr_per_min(self) -> float:
        """Heart rate, per minute."""
        rise = self.traits.hr_per_min_per_ng_ml * self.kinetics.effect_ng_ml
        return self.traits.hr_per_min + rise + self._hr.value

    @property
    def rr_per_min(self) -> float:
        """Respiratory rate, per minute."""
        change = self._respiration.rr_per_min_per_ng_ml * self.kinetics.effect_ng_ml
        return self.traits.rr_per_min + change + self._rr.value

    @property
    def etco2_mmhg(self) -> float:
        """End-tidal CO2, mmHg."""
        change = self._respiration.etco2_mmhg_per_ng_ml * self.kinetics.effect_ng_ml
        return self.traits.etco2_mmhg + change + self._etco2.value

    @property
    def temp_cel(self) -> float:
        """Temperature, Cel."""
        return self.traits.temp_cel + self._temp.value
