"""What a simulated patient is made of, read from `pharmacology.yaml` with its sources."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from simulator.yaml_file import read_yaml

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Range = tuple[float, float]


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: Annotated[str, msgspec.Meta(min_length=1)]


class PlasmaConstants(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Three compartments: central volume L/kg, rate constants per minute."""

    v1_l_per_kg: Positive
    k10_per_min: Positive
    k12_per_min: Positive
    k13_per_min: Positive
    k21_per_min: Positive
    k31_per_min: Positive


class EffectSite(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How fast the effect follows the plasma, per minute."""

    ke0_per_min: Positive


class Response(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rise over baseline per ng/mL at the effect site, and how much patients differ."""

    sys_mmhg_per_ng_ml: float
    dia_mmhg_per_ng_ml: float
    between_patient_cv: NotNegative
    hr_per_min_per_ng_ml: Range


class Respiration(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Change of breathing per ng/mL at the effect site."""

    rr_per_min_per_ng_ml: float
    etco2_mmhg_per_ng_ml: float


class Spread(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Mean and SD over patients, in the signal's unit."""

    mean: float
    sd: NotNegative


class Baseline(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a patient has before any drug."""

    sys_mmhg: Spread
    dia_mmhg: Spread
    hr_per_min: Spread
    rr_per_min: Spread
    spo2_percent: Spread
    etco2_mmhg: Spread
    temp_cel: Spread


class Wander(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A first-order autoregressive wander: SD in the signal's unit, correlation time in s."""

    sd: NotNegative
    tau_s: Positive


class Variation(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the numbers of one patient wander from second to second."""

    spo2_percent: Wander
    hr_per_min: Wander
    rr_per_min: Wander
    etco2_mmhg: Wander
    temp_cel: Wander
    pr_minus_hr_sd_per_min: NotNegative


class Motion(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Dips of SpO2 by movement of the probe."""

    per_hour: NotNegative
    depth_percent: Range
    duration_s: Range
    floor_percent: float


class Cuff(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a cuff measures, and how often."""

    sd_mmhg: NotNegative
    disturbed_share: Share
    failed_share_of_disturbed: Share
    disturbed_by_mmhg: Range
    inflation_s: Positive
    first_within_s: tuple[int, int]
    again_after_failure_s: Positive
    repeated_over_mmhg: tuple[Positive, Positive]
    repeated_after_s: Positive
    disturbed_dia_share: NotNegative
    least_pulse_pressure_mmhg: Positive
    early_interval_min: Positive
    early_phase_min: NotNegative
    interval_min: Positive
    is_repeated: bool = False


class Pharmacology(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that makes a simulated patient and the monitor's view of one."""

    plasma: PlasmaConstants
    effect_site: EffectSite
    response: Response
    respiration: Respiration
    baseline: Baseline
    variation: Variation
    motion: Motion
    cuff: Cuff


@lru_cache(maxsize=1)
def published_pharmacology() -> Pharmacology:
    """The parameters that come with the simulator, each with its source."""
    return read_yaml(Path(__file__).with_name("pharmacology.yaml"), Pharmacology)


def without_chance(pharmacology: Pharmacology) -> Pharmacology:
    """The median patient, calm, with a cuff that reads what is: for what is scripted.

    No dips by movement, no disturbed cuff, half of the wandering; the cuff starts after 20 s.
    """
    low, high = pharmacology.response.hr_per_min_per_ng_ml
    middle = (low + high) / 2
    return msgspec.structs.replace(
        pharmacology,
        response=msgspec.structs.replace(
            pharmacology.response, between_patient_cv=0.0, hr_per_min_per_ng_ml=(middle, middle)
        ),
        baseline=_with_spread(pharmacology.baseline, 0.0),
        variation=_with_spread(pharmacology.variation, 0.5),
        motion=msgspec.structs.replace(pharmacology.motion, per_hour=0.0),
        cuff=msgspec.structs.replace(
            pharmacology.cuff, sd_mmhg=0.0, disturbed_share=0.0, first_within_s=(20, 20)
        ),
    )


def with_repeated_cuffs(pharmacology: Pharmacology) -> Pharmacology:
    """With nurses who repeat a cuff that reads high."""
    cuff = msgspec.structs.replace(pharmacology.cuff, is_repeated=True)
    return msgspec.structs.replace(pharmacology, cuff=cuff)


_S = TypeVar("_S", Baseline, Variation)


def _with_spread(section: _S, share: float) -> _S:
    """The section with so much of each SD."""
    narrower = {
        name: msgspec.structs.replace(value, sd=value.sd * share)
        for name, value in msgspec.structs.asdict(section).items()
        if isinstance(value, Spread | Wander)
    }
    return msgspec.structs.replace(section, **narrower)
