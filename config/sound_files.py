"""`sounds.yaml` as it is written. What the standard does not allow is refused."""

from typing import Annotated

from pydantic import Field, model_validator

from config.forms import Form

_LEAST_HARMONICS = 4
_HARMONICS_FROM_HZ, _HARMONICS_TO_HZ = 300, 4000


class BurstEntry(Form):
    """One burst: pulses in groups, ms and Hz (IEC 60601-1-8, Tables 3 and 4)."""

    groups: Annotated[list[Annotated[int, Field(ge=1, le=5)]], Field(min_length=1)]
    pulse_ms: float
    spacing_ms: float
    gaps_ms: list[Annotated[float, Field(ge=0, le=1300)]]
    every_s: float
    fundamental_hz: Annotated[float, Field(ge=150, le=1000)]

    @model_validator(mode="after")
    def _has_a_gap_between_groups(self) -> "BurstEntry":
        if len(self.gaps_ms) != len(self.groups) - 1:
            raise ValueError(f"{len(self.groups)} groups have {len(self.groups) - 1} gaps_ms")
        return self


class HighBurstEntry(BurstEntry):
    """Ten pulses in two halves."""

    pulse_ms: Annotated[float, Field(ge=75, le=200)]
    spacing_ms: Annotated[float, Field(ge=50, le=125)]
    every_s: Annotated[float, Field(ge=2.5, le=15)]

    @model_validator(mode="after")
    def _is_the_pattern_of_high(self) -> "HighBurstEntry":
        if self.groups != [3, 2, 3, 2]:
            raise ValueError("groups of a high alarm are [3, 2, 3, 2]")
        if not 350 <= self.gaps_ms[1] <= 1300:
            raise ValueError("the gap between pulse 5 and 6 is 350 to 1300 ms")
        return self


class MediumBurstEntry(BurstEntry):
    """Three pulses."""

    pulse_ms: Annotated[float, Field(ge=125, le=250)]
    spacing_ms: Annotated[float, Field(ge=125, le=250)]
    every_s: Annotated[float, Field(ge=2.5, le=30)]

    @model_validator(mode="after")
    def _is_the_pattern_of_medium(self) -> "MediumBurstEntry":
        if self.groups != [3]:
            raise ValueError("groups of a medium alarm are [3]")
        return self


class BurstsEntry(Form):
    """The priorities that sound."""

    high: HighBurstEntry
    medium: MediumBurstEntry


class VolumeEntry(Form):
    """Volumes, percent."""

    lowest: Annotated[int, Field(ge=10, le=100)]
    first: Annotated[int, Field(ge=10, le=100)]

    @model_validator(mode="after")
    def _first_is_allowed(self) -> "VolumeEntry":
        if self.first < self.lowest:
            raise ValueError(f"first {self.first} is below lowest {self.lowest}")
        return self


class SoundsFile(Form):
    """`sounds.yaml`."""

    bursts: BurstsEntry
    rise_percent: Annotated[float, Field(ge=10, le=20)]
    harmonics_db: list[Annotated[float, Field(ge=-15, le=15)]]
    volume: VolumeEntry

    @model_validator(mode="after")
    def _has_enough_harmonics(self) -> "SoundsFile":
        for burst in (self.bursts.high, self.bursts.medium):
            heard = [
                burst.fundamental_hz * (number + 2)
                for number in range(len(self.harmonics_db) - 1)
                if _HARMONICS_FROM_HZ <= burst.fundamental_hz * (number + 2) <= _HARMONICS_TO_HZ
            ]
            if len(heard) < _LEAST_HARMONICS:
                raise ValueError(
                    f"{burst.fundamental_hz:g} Hz has {len(heard)} harmonics from 300 to 4000 Hz,"
                    f" at least {_LEAST_HARMONICS} are needed"
                )
        return self
