"""Devices of a session, and a metric for each number they give."""

from collections.abc import Iterator

from exchange import codes
from exchange.codes import MdcCode
from exchange.fhir.parts import (
    Resource,
    concept,
    mdc_coding,
    note,
    reference,
    resource,
    to_patient,
)
from infusion.report import SessionReport
from infusion.report.devices import DeviceLine
from vocabulary.signals import SIGNALS, SignalName
from vocabulary.states import DeviceKind

_PUMP_METRICS = (
    (codes.PUMP_RATE, "measurement"),
    (codes.PUMP_RATE_SET, "setting"),
    (codes.PUMP_VOLUME, "measurement"),
)


def device_resources(report: SessionReport) -> Iterator[Resource]:
    """Each device, then its metrics: of a monitor one a signal, of a pump rate and volume."""
    signals = [line.signal for line in report.trend]
    if report.cuffs:
        signals.append(SignalName.NIBP)
    for line in report.devices:
        yield _device(report, line)
        if line.kind is DeviceKind.PUMP:
            for code, category in _PUMP_METRICS:
                yield _metric(report, line, code, category)
        else:
            for signal in signals:
                yield _metric(report, line, mdc_of(signal), "measurement")


def mdc_of(signal: SignalName) -> MdcCode:
    """The MDC term of a signal."""
    found = SIGNALS[signal]
    return MdcCode(found.mdc_refid, found.mdc_code, found.ucum_unit)


def to_device(line: DeviceLine) -> Resource:
    """A device of the session."""
    return reference("Device", line.device, display=line.device)


def to_metric(line: DeviceLine, code: MdcCode) -> Resource:
    """One number of a device."""
    return reference("DeviceMetric", line.device, str(code.code))


def _device(report: SessionReport, line: DeviceLine) -> Resource:
    is_pump = line.kind is DeviceKind.PUMP
    code = codes.PUMP_MDS if is_pump else codes.MONITOR_MDS
    wrong = [clock for clock in line.clocks if clock.is_wrong]
    corrected = "; ".join(
        f"clock corrected by {clock.least_s:g} to {clock.most_s:g} s" for clock in wrong
    )
    return resource(
        report,
        "Device",
        line.device,
        identifier=[{"value": line.device}],
        status="active",
        manufacturer=line.make,
        serialNumber=line.serial,
        modelNumber=line.model,
        version=[{"value": line.firmware}] if line.firmware else None,
        type=concept("infusion pump" if is_pump else "patient monitor", [mdc_coding(code)]),
        patient=to_patient(report),
        note=note(corrected),
    )


def _metric(report: SessionReport, line: DeviceLine, code: MdcCode, category: str) -> Resource:
    unit = codes.MDC_UNITS.get(code.ucum)
    if code.code == SIGNALS[SignalName.RR].mdc_code:
        unit = codes.RESP_PER_MIN
    codings: list[Resource] = [{"system": codes.UCUM, "code": code.ucum}]
    if unit is not None:
        codings.append(mdc_coding(unit))
    return resource(
        report,
        "DeviceMetric",
        line.device,
        str(code.code),
        type=concept(code.refid, [mdc_coding(code)]),
        unit=concept(code.ucum, codings),
        source=to_device(line),
        category=category,
    )
