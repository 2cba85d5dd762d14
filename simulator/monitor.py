"""A simulated bedside monitor: numerics once a second, a cuff now and then, its own alarms."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from simulator.cuff import CuffCycle, Press
from simulator.delivery import Delivery
from simulator.device import Body, Device, Identity
from simulator.episodes import Episodes
from simulator.faults import ProbeOff, SameLimbCuff
from simulator.occurrence import Occurrence, alarm_body
from simulator.patient import Patient
from simulator.pharmacology import Pharmacology
from simulator.story import BodySign
from vocabulary.alarms import AlarmPhase, AlarmPriority, DeviceAlarmCode, DeviceEventCode
from vocabulary.states import InvalidReason
from wire.topics import MessageKind


@dataclass(frozen=True, slots=True)
class Bedside:
    """What a monitor stands beside: its patients in turn, and the pump's course.

    Patient n + 1 sits down at `changes_ms[n]` (true ms); `concentration_mg_ml` is what flows.
    `episodes` and `presses` are what happens there besides.
    """

    make_patient: Callable[[int], Patient]
    changes_ms: tuple[int, ...]
    delivery: Delivery
    concentration_mg_ml: float
    has_etco2: bool
    episodes: Episodes
    presses: tuple[Press, ...] = ()


class Monitor(Device):
    """Reports what it can measure of the patient, and what it knows to be bad."""

    def __init__(
        self,
        identity: Identity,
        bedside: Bedside,
        pharmacology: Pharmacology,
        alarms: Iterable[Occurrence],
        random: Random,
    ) -> None:
        super().__init__(identity, alarms)
        self._bedside = bedside
        self._random = random
        self._changes_ms = list(reversed(bedside.changes_ms))
        self._patients = 0
        self.patient = bedside.make_patient(0)
        self._delivered_ml = 0.0
        self._pulse_sd = pharmacology.variation.pr_minus_hr_sd_per_min
        self._cuff = CuffCycle(
            pharmacology.cuff,
            random,
            identity.start_ms,
            bedside.delivery.infusion_starts_ms,
            bedside.presses,
        )
        faults, start = identity.faults, identity.start_ms
        self._probe_off = [f.window(start) for f in faults if isinstance(f, ProbeOff)]
        self._same_limb = [f.window(start) for f in faults if isinstance(f, SameLimbCuff)]
        self._is_probe_off = False
        self._probe_alarms = 0

    def read(self, at_ms: int) -> list[tuple[MessageKind, Body]]:
        """One set of numerics, and what happened with it."""
        self._live_until(at_ms)
        found = self._watch_probe(at_ms)
        body = self._numerics(at_ms)
        if self._cuff.ends(at_ms):
            reading = self._cuff.measure(
                self._sign(BodySign.SYS, self.patient.sys_mmhg, at_ms),
                self._sign(BodySign.DIA, self.patient.dia_mmhg, at_ms),
            )
            if reading is None:
                found.append(_event(DeviceEventCode.NIBP_FAILED))
            else:
                body["nibp"] = {
                    "sys": reading.sys_mmhg,
                    "dia": reading.dia_mmhg,
                    "map": reading.map_mmhg,
                    "time": self.device_time(at_ms),
                }
        if self._cuff.begins(at_ms):
            found.append(_event(DeviceEventCode.NIBP_STARTED))
        return [*found, (MessageKind.VITALS, body)]

    def _live_until(self, at_ms: int) -> None:
        while self._changes_ms and self._changes_ms[-1] <= at_ms:
            self._changes_ms.pop()
            self._patients += 1
            self.patient = self._bedside.make_patient(self._patients)
        delivered_ml = self._bedside.delivery.total_ml(at_ms)
        flowed_ml = delivered_ml - self._delivered_ml
        self._delivered_ml = delivered_ml
        self.patient.advance(flowed_ml * self._bedside.concentration_mg_ml)

    def _sign(self, sign: BodySign, value: float, at_ms: int) -> float:
        return self._bedside.episodes.turned(sign, value, at_ms)

    def _numerics(self, at_ms: int) -> Body:
        patient = self.patient
        heart_rate = self._sign(BodySign.HR, patient.hr_per_min, at_ms)
        pulse = heart_rate + self._random.gauss(0.0, self._pulse_sd)
        body: Body = {
            "hr": round(heart_rate),
            "spo2": round(self._sign(BodySign.SPO2, patient.spo2_percent, at_ms)),
            "pr": round(pulse),
            "rr": round(self._sign(BodySign.RR, patient.rr_per_min, at_ms)),
            "temp": round(self._sign(BodySign.TEMP, patient.temp_cel, at_ms), 1),
        }
        if self._bedside.has_etco2:
            body["etco2"] = round(self._sign(BodySign.ETCO2, patient.etco2_mmhg, at_ms))
        invalid = self._bedside.episodes.invalid(at_ms)
        reason = self._why_no_spo2(at_ms)
        if reason is not None:
            invalid |= {"spo2": reason.value, "pr": reason.value}
        invalid = {signal: why for signal, why in invalid.items() if signal in body}
        if invalid:
            body = {name: value for name, value in body.items() if name not in invalid}
            body["invalid"] = invalid
        return body

    def _why_no_spo2(self, at_ms: int) -> InvalidReason | None:
        if self._is_probe_off:
            return InvalidReason.SENSOR_OFF
        if self._cuff.is_inflated and any(w.contains(at_ms) for w in self._same_limb):
            return InvalidReason.LOW_SIGNAL
        return None

    def _watch_probe(self, at_ms: int) -> list[tuple[MessageKind, Body]]:
        is_off = any(window.contains(at_ms) for window in self._probe_off)
        if is_off == self._is_probe_off:
            return []
        self._is_probe_off = is_off
        self._probe_alarms += is_off
        phase = AlarmPhase.START if is_off else AlarmPhase.END
        alarm_id = f"probe-{self._probe_alarms}"
        body = alarm_body(
            DeviceAlarmCode.SENSOR_OFF, phase, AlarmPriority.LOW, alarm_id, "SPO2 SENSOR OFF"
        )
        return [(MessageKind.ALARM, body)]


def _event(code: DeviceEventCode) -> tuple[MessageKind, Body]:
    return MessageKind.EVENT, {"event": code.value}
