"""Every vital sign Hourglass knows, once: name, unit, codes and possible range.

Codes are those of ISO/IEEE 11073-10101 (MDC) and LOINC as listed in the IHE PCD Technical
Framework Rev 8.0, vol. 3, and the FHIR R4 vital-signs value set. Units are UCUM.
The possible range is what the instrument class can display at all, not what is healthy:
a number outside it is a fault of the device or of the wiring, never a finding. Ranges follow
the measuring ranges that makers of bedside monitors state (e.g. Mindray iPM-9800,
Edan M3A user manuals) and ISO 80601-2-61 / 80601-2-56 for SpO2 and temperature.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class SignalName(str, Enum):
    """The name of a vital sign on the wire, in the record and in the page."""

    HR = "hr"
    PR = "pr"
    SPO2 = "spo2"
    RR = "rr"
    ETCO2 = "etco2"
    TEMP = "temp"
    NIBP = "nibp"


@dataclass(frozen=True, slots=True)
class PossibleRange:
    """Smallest and largest number a working instrument can report, both included."""

    low: float
    high: float

    def contains(self, value: float) -> bool:
        """Whether `value` (in the signal's unit) can come from a working instrument."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Signal:
    """One vital sign: what it is called, measured in, coded as, and able to be.

    `period_s` is how often a device is expected to send it; None for spot readings.
    """

    name: SignalName
    label: str
    ucum_unit: str
    shown_unit: str
    mdc_refid: str
    mdc_code: int
    loinc_code: str
    possible: PossibleRange
    period_s: float | None
    decimals: int = 0


SIGNALS: Final[dict[SignalName, Signal]] = {
    signal.name: signal
    for signal in (
        Signal(
            SignalName.HR, "HR", "/min", "/min",
            "MDC_ECG_HEART_RATE", 147842, "8867-4", PossibleRange(15, 350), 1.0,
        ),
        Signal(
            SignalName.PR, "PR", "/min", "/min",
            "MDC_PULS_OXIM_PULS_RATE", 149530, "8889-8", PossibleRange(15, 350), 1.0,
        ),
        Signal(
            SignalName.SPO2, "SpO2", "%", "%",
            "MDC_PULS_OXIM_SAT_O2", 150456, "59408-5", PossibleRange(1, 100), 1.0,
        ),
        Signal(
            SignalName.RR, "RR", "/min", "/min",
            "MDC_RESP_RATE", 151562, "9279-1", PossibleRange(1, 150), 1.0,
        ),
        Signal(
            SignalName.ETCO2, "EtCO2", "mm[Hg]", "mmHg",
            "MDC_AWAY_CO2_ET", 151728, "19891-1", PossibleRange(5, 150), 1.0,
        ),
        Signal(
            SignalName.TEMP, "Temp", "Cel", "°C",
            "MDC_TEMP_BODY", 150364, "8310-5", PossibleRange(20, 45), 1.0, decimals=1,
        ),
        Signal(
            SignalName.NIBP, "BP", "mm[Hg]", "mmHg",
            "MDC_PRESS_BLD_NONINV", 150020, "85354-9", PossibleRange(10, 300), None,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignalPart:
    """One number of a reading that has several: its codes and possible range."""

    mdc_refid: str
    mdc_code: int
    loinc_code: str
    possible: PossibleRange


NIBP_PARTS: Final[dict[str, SignalPart]] = {
    "sys": SignalPart("MDC_PRESS_BLD_NONINV_SYS", 150021, "8480-6", PossibleRange(30, 300)),
    "dia": SignalPart("MDC_PRESS_BLD_NONINV_DIA", 150022, "8462-4", PossibleRange(10, 250)),
    "map": SignalPart("MDC_PRESS_BLD_NONINV_MEAN", 150023, "8478-0", PossibleRange(15, 275)),
}
"""The three pressures of one cuff reading, mmHg."""


class PumpNumber(str, Enum):
    """The numbers of one pump reading, by their name on the wire."""

    RATE = "rate"
    RATE_SET = "rate_set"
    VOLUME = "volume"
    REMAINING = "remaining"
    CONCENTRATION = "concentration"
    DOSE_RATE = "dose_rate"
    WEIGHT = "weight"
    BATTERY = "battery"


PUMP_POSSIBLE: Final[dict[PumpNumber, PossibleRange]] = {
    PumpNumber.RATE: PossibleRange(0, 2000),
    PumpNumber.RATE_SET: PossibleRange(0, 2000),
    PumpNumber.VOLUME: PossibleRange(0, 10000),
    PumpNumber.REMAINING: PossibleRange(0, 10000),
    PumpNumber.CONCENTRATION: PossibleRange(0.0001, 1000),
    PumpNumber.DOSE_RATE: PossibleRange(0, 1000),
    PumpNumber.WEIGHT: PossibleRange(0.2, 650),
    PumpNumber.BATTERY: PossibleRange(0, 100),
}
"""What an infusion pump can display at all: large-volume pumps reach 1,200 to 2,000 mL/h and
9,999 mL (Alaris 8015/8110, B. Braun Space user manuals). Clinical limits are configuration."""
