"""What one set of numerics holds for alarms: a number for each measure, or why there is none."""

from datetime import datetime
from typing import Final

from infusion.alarms.cuff import Pressure, pressure_of
from infusion.alarms.physiological import REASON_WORDS
from infusion.stream import VitalsArrived
from vocabulary.alarms import LimitedMeasure
from vocabulary.signals import SignalName

_HR, _SPO2 = LimitedMeasure.HR, LimitedMeasure.SPO2
_RR, _ETCO2, _TEMP = LimitedMeasure.RR, LimitedMeasure.ETCO2, LimitedMeasure.TEMP
CONTINUOUS: Final = (_HR, _SPO2, _RR, _ETCO2, _TEMP)
"""What a monitor measures all the time."""
_MEASURES: Final = {
    SignalName.HR: _HR,
    SignalName.PR: _HR,
    SignalName.SPO2: _SPO2,
    SignalName.RR: _RR,
    SignalName.ETCO2: _ETCO2,
    SignalName.TEMP: _TEMP,
}

Numbers = tuple[tuple[LimitedMeasure, float | None], ...]


def numbers_in(vitals: VitalsArrived) -> Numbers:
    """The number of each continuous measure; the oximeter's pulse where the ECG has no rate."""
    hr, spo2, rr, etco2, temp = vitals.hr, vitals.spo2, vitals.rr, vitals.etco2, vitals.temp
    bad = vitals.invalid
    if bad:
        hr = None if SignalName.HR in bad else hr
        spo2 = None if SignalName.SPO2 in bad else spo2
        rr = None if SignalName.RR in bad else rr
        etco2 = None if SignalName.ETCO2 in bad else etco2
        temp = None if SignalName.TEMP in bad else temp
    if hr is None and SignalName.PR not in bad:
        hr = vitals.pr
    return ((_HR, hr), (_SPO2, spo2), (_RR, rr), (_ETCO2, etco2), (_TEMP, temp))


def losses_in(vitals: VitalsArrived, numbers: Numbers) -> list[tuple[LimitedMeasure, str]]:
    """The measures that the monitor knows to be bad, with the reason in words."""
    told = {measure for measure, value in numbers if value is not None}
    return [
        (measure, REASON_WORDS[reason])
        for signal, reason in vitals.invalid.items()
        if (measure := _MEASURES.get(signal)) is not None and measure not in told
    ]


def is_of_the_cuff(vitals: VitalsArrived) -> bool:
    """Whether the set says anything of the cuff, a reading or that there is none."""
    return vitals.nibp_sys is not None or SignalName.NIBP in vitals.invalid


def pressure_in(vitals: VitalsArrived, now: datetime) -> Pressure | None:
    """The cuff reading of the set; None if it is no good."""
    sys, dia = vitals.nibp_sys, vitals.nibp_dia
    if SignalName.NIBP in vitals.invalid or sys is None or dia is None:
        return None
    observed_at = min(vitals.nibp_observed_at or vitals.observed_at, now)
    return pressure_of(sys, dia, vitals.nibp_map, observed_at)
