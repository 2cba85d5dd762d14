"""A session as one HL7 v2.6 message, ORU^R01, in the manner of IHE PCD-01.

MSH-7 is when the message was made, never when anything was measured: that is OBR-7 and OBR-8 for
what covers a span, OBX-14 for what was measured at a moment. OBX-4 is the dotted place of a number
in its device: MDS.VMD.CHAN.METRIC. A number that is not there is a row with OBX-11 `X`.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final

from exchange import codes
from exchange.codes import MdcCode
from exchange.figures import plain
from infusion.delivered import DRUG
from infusion.report import SessionReport
from infusion.report.devices import DeviceLine
from infusion.report.rows import CheckState
from infusion.report.trend import TrendLine
from vocabulary.signals import NIBP_PARTS, SIGNALS, SignalName
from vocabulary.states import DeviceKind

_ESCAPES: Final = str.maketrans(
    {chr(code): " " for code in (*range(32), 127)}  # some end a message on the wire (MLLP)
    | {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\"}
)
_PROFILE: Final = "IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"
_EVERY: Final = timedelta(minutes=1)
_SHORT: Final = 20
_CHANNEL: Final = {
    SignalName.HR: 1, SignalName.PR: 2, SignalName.SPO2: 2, SignalName.RR: 3, SignalName.ETCO2: 3,
    SignalName.TEMP: 4, SignalName.NIBP: 5,
}  # fmt: skip


def oru_message(report: SessionReport, clinic: str, now: datetime) -> str:
    """The message, segments ended by carriage return; `now` (UTC) is when it is made."""
    rows = [
        _msh(report, clinic, now),
        _pid(report),
        _pv1(report),
        *_vitals_group(report),
        *_pump_group(report),
        *_people_group(report),
    ]
    return "".join(f"{row}\r" for row in rows)


def told(text: str) -> str:
    """Text with everything escaped that HL7 would take for a delimiter."""
    return text.translate(_ESCAPES)


def _short(text: str) -> str:
    """A name where HL7 allows no more than 20 characters; whole where it fits."""
    return told(text[:_SHORT].strip())


def stamp(at: datetime | None) -> str:
    """A time as HL7 has it, UTC with its offset; empty for none."""
    if at is None:
        return ""
    utc = at.astimezone(UTC)
    return f"{utc:%Y%m%d%H%M%S}.{utc.microsecond // 1000:03d}+0000"


def _msh(report: SessionReport, clinic: str, now: datetime) -> str:
    control = f"{report.session}-{now.astimezone(UTC):%Y%m%d%H%M%S%f}"[-199:]
    processing = "T" if report.is_simulated else "P"
    fields = [
        "MSH", "^~\\&", "HOURGLASS", _short(clinic), "", "", stamp(now), "", "ORU^R01^ORU_R01",
        told(control), processing, "2.6", "", "", "AL", "NE", "", "UNICODE UTF-8", "", "",
        _PROFILE,
    ]  # fmt: skip
    return "|".join(fields)


def _pid(report: SessionReport) -> str:
    patient = report.patient
    name = f"{told(patient.family_name)}^{told(patient.given_name)}^^^^^L"
    born = f"{patient.date_of_birth:%Y%m%d}"
    return f"PID|||{told(patient.identifier)}^^^HOURGLASS^PI||{name}||{born}"


def _pv1(report: SessionReport) -> str:
    bed = report.stays[-1].bed if report.stays else ""
    return f"PV1||O|{_short(report.ward)}^^{_short(bed)}" + "|" * 16 + f"{told(report.session)}"


def _obr(report: SessionReport, number: int, code: str, span: Sequence[datetime | None]) -> str:
    begins, ends = span
    order = f"{told(report.session)}-{number}^HOURGLASS"
    return f"OBR|{number}|{order}|{order}|{code}|||{stamp(begins)}|{stamp(ends)}"


class _Rows:
    """Numbers the OBX rows of one group."""

    def __init__(self) -> None:
        self._number = 0

    def row(
        self, code: str, place: str, value: str, unit: str = "", at: datetime | None = None
    ) -> str:  # fmt: skip
        self._number += 1
        kind, status = ("NM", "R") if value else ("", "X")
        fields = [
            "OBX", str(self._number), kind, code, place, value, unit, "", "", "", "", status, "",
            "", stamp(at),
        ]  # fmt: skip
        return "|".join(fields)

    def text(self, name: str, place: str, value: str, at: datetime | None = None) -> str:
        self._number += 1
        code = f"{_short(name)}^{told(name)}^L"
        return f"OBX|{self._number}|TX|{code}|{place}|{told(value)}||||||F|||{stamp(at)}"


def _mdc(code: MdcCode) -> str:
    return f"{code.code}^{code.refid}^MDC"


def _unit(ucum: str) -> str:
    known = codes.MDC_UNITS.get(ucum)
    return f"{ucum}^{ucum}^UCUM" if known is None else _mdc(known)


def _vitals_group(report: SessionReport) -> Iterator[str]:
    """Medians of each minute, cuff readings at their moment, under the monitor they came from."""
    monitor = _device(report, DeviceKind.MONITOR)
    if not report.trend and not report.cuffs:
        return
    span = (report.course.began_at, report.course.closed_at)
    yield _obr(report, 1, "182777000^monitoring of patient^SCT", span)
    rows = _Rows()
    yield _structure(rows, _mdc(codes.MONITOR_MDS), "1.0.0.0", monitor)
    for line in report.trend:
        yield from _minutes(rows, line)
    for cuff in report.cuffs:
        values = {"sys": cuff.sys, "dia": cuff.dia, "map": cuff.map}
        for place, (part, value) in enumerate(values.items(), start=1):
            code = NIBP_PARTS[part]
            shown = "" if value is None else f"{value:g}"
            yield rows.row(
                f"{code.mdc_code}^{code.mdc_refid}^MDC",
                f"1.1.{_CHANNEL[SignalName.NIBP]}.{place}",
                shown,
                _unit("mm[Hg]"),
                cuff.at,
            )


def _minutes(rows: _Rows, line: TrendLine) -> Iterator[str]:
    signal = SIGNALS[line.signal]
    code = f"{signal.mdc_code}^{signal.mdc_refid}^MDC"
    unit = _unit(signal.ucum_unit)
    if line.signal is SignalName.RR:
        unit = _mdc(codes.RESP_PER_MIN)
    steps = max(1, int(_EVERY.total_seconds()) // line.step_s)
    for first in range(0, len(line.values), steps):
        values = [value for value in line.values[first : first + steps] if value is not None]
        at = line.begins + timedelta(seconds=line.step_s * first)
        shown = f"{median(values):g}" if values else ""
        yield rows.row(code, f"1.1.{_CHANNEL[line.signal]}.{signal.mdc_code}", shown, unit, at)


def _structure(rows: _Rows, code: str, place: str, device: DeviceLine | None) -> str:
    """The row of a device itself: it has no value, and names its serial number (OBX-18)."""
    row = rows.row(code, place, "")
    if device is None:
        return row
    serial = told(device.serial or device.device)
    return f"{row}||||{serial}^{told(device.model or device.device)}"


def _pump_group(report: SessionReport) -> Iterator[str]:
    """Each rate with its volume from when it held, then the whole dose."""
    lines = [line for line in report.segments if line.kind in DRUG]
    if not lines:
        return
    course = report.course
    span = (course.started_at, course.stopped_at)
    yield _obr(report, 2, f"{codes.INFUSION.code}^intravenous infusion^SCT", span)
    rows = _Rows()
    pump = _device(report, DeviceKind.PUMP)
    yield _structure(rows, _mdc(codes.PUMP_MDS), "2.0.0.0", pump)
    for line in lines:
        rate = "" if line.rate_ml_h is None else plain(line.rate_ml_h)
        volume = "" if line.volume_ml is None else plain(line.volume_ml)
        yield rows.row(_mdc(codes.PUMP_RATE), "2.1.1.1", rate, _unit("mL/h"), line.begins)
        yield rows.row(_mdc(codes.PUMP_VOLUME_SEGMENT), "2.1.1.2", volume, _unit("mL"), line.ends)
    total = plain(report.dose.by_volume_ml)
    yield rows.row(_mdc(codes.PUMP_VOLUME), "2.1.1.3", total, _unit("mL"), course.last_drug_at)
    order = None if report.order is None else report.order.order
    if order is not None:
        yield rows.text("DRUG", "2.1.1.4", order.drug)
        weight = plain(order.weight.kg)
        yield rows.row(_mdc(codes.PATIENT_WEIGHT), "2.1.1.5", weight, _unit("kg"))
    if report.dose.by_volume_mg is not None:
        yield rows.text("DOSE_GIVEN_MG", "2.1.1.6", plain(report.dose.by_volume_mg))


def _people_group(report: SessionReport) -> Iterator[str]:
    """What people observed, with the time they saw it, and what they did."""
    done = [line for line in report.observations if line.state is not CheckState.MISSED]
    if not done and not report.interventions:
        return
    span = (report.course.began_at, report.course.closed_at)
    yield _obr(report, 3, "OBS^observations and interventions^L", span)
    rows = _Rows()
    for line in done:
        for item in line.items:
            value = f"{item.value} {item.unit}".strip()
            yield rows.text(item.item.upper(), "", value, line.done_at)
    for deed in report.interventions:
        yield rows.text("INTERVENTION", "", f"{deed.kind}: {deed.text}", deed.at)


def _device(report: SessionReport, kind: DeviceKind) -> DeviceLine | None:
    return next((line for line in report.devices if line.kind is kind), None)
