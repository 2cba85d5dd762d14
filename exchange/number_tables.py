"""The numbers of a session's devices as tables: vital signs, cuff readings, pump readings."""

from collections.abc import Sequence

from exchange import codes
from exchange.material import SessionExport
from exchange.session_rows import SESSION
from exchange.tables import Cell, Column, Kind, Table
from infusion.stream import PumpReadingArrived, VitalsArrived
from vocabulary.signals import NIBP_PARTS, SIGNALS, SignalName

_OBSERVED = Column("observed_at", Kind.MOMENT, "when it was measured, the clock offset taken out")
_CAME = (
    Column("device", Kind.TEXT, "the device that measured it"),
    _OBSERVED,
    Column("device_time", Kind.MOMENT, "when it was measured, by the device's own clock"),
    Column("received_at", Kind.MOMENT, "when it arrived"),
    Column("is_late", Kind.YES_NO, "whether it came too late to be live"),
)
_CONTINUOUS = tuple(signal for signal in SignalName if signal is not SignalName.NIBP)


def vitals_table(export: SessionExport) -> Table:
    """Vital signs; a bad number is empty, with the reason in the column beside it."""
    columns = [SESSION, *_CAME]
    for name in _CONTINUOUS:
        signal = SIGNALS[name]
        columns.append(
            Column(
                name.value,
                Kind.NUMBER,
                signal.label,
                signal.ucum_unit,
                signal.loinc_code,
                f"{signal.mdc_refid} {signal.mdc_code}",
            )
        )
        columns.append(
            Column(f"{name.value}_invalid", Kind.TEXT, f"why there is no {signal.label}")
        )
    return Table(
        name="vitals",
        text="one set of numerics of a monitor",
        columns=tuple(columns),
        rows=_vitals_rows(export.report.session, export.vitals),
    )


def _vitals_rows(session: str, vitals: Sequence[VitalsArrived]) -> list[tuple[Cell, ...]]:
    rows = []
    for item in vitals:
        invalid = item.invalid
        row: list[Cell] = [
            session,
            item.device,
            item.observed_at,
            item.device_time,
            item.received_at,
            item.late,
        ]
        values = (item.hr, item.pr, item.spo2, item.rr, item.etco2, item.temp)
        for signal, value in zip(_CONTINUOUS, values, strict=True):
            reason = invalid.get(signal) if invalid else None
            row.append(None if reason else value)
            row.append(reason.value if reason else None)
        rows.append(tuple(row))
    return rows


def cuff_table(export: SessionExport) -> Table:
    """Cuff readings, each once."""
    pressures = [
        Column(
            f"nibp_{part}",
            Kind.NUMBER,
            f"cuff pressure, {word}",
            "mm[Hg]",
            NIBP_PARTS[part].loinc_code,
            f"{NIBP_PARTS[part].mdc_refid} {NIBP_PARTS[part].mdc_code}",
        )
        for part, word in (("sys", "systolic"), ("dia", "diastolic"), ("map", "mean"))
    ]
    columns = (
        SESSION,
        Column("device", Kind.TEXT, "the monitor"),
        _OBSERVED,
        *pressures,
        Column("invalid", Kind.TEXT, "why there is no pressure"),
    )
    rows = [
        (
            export.report.session,
            cuff.device,
            cuff.at,
            cuff.sys,
            cuff.dia,
            cuff.map,
            None if cuff.reason is None else cuff.reason.value,
        )
        for cuff in export.report.cuffs
    ]
    return Table(name="cuffs", text="one cuff reading", columns=columns, rows=rows)


def pump_table(export: SessionExport) -> Table:
    """Pump readings as the pump told them."""
    columns = (
        SESSION,
        *_CAME,
        Column("state", Kind.TEXT, "what the pump said it was doing"),
        _number("rate_ml_h", "rate", codes.PUMP_RATE),
        _number("rate_set_ml_h", "rate that was set", codes.PUMP_RATE_SET),
        _number("volume_ml", "volume of its counter", codes.PUMP_VOLUME),
        Column("counter", Kind.TEXT, "the run of its volume counter"),
        _number("remaining_ml", "volume still to be given", codes.PUMP_REMAINING),
        Column("drug", Kind.TEXT, "the drug it showed"),
        _number("concentration_mg_ml", "concentration it showed", codes.PUMP_CONCENTRATION),
        Column(
            "dose_rate_mg_kg_h",
            Kind.NUMBER,
            "dose rate it showed",
            "mg/kg/h",
            mdc=codes.PUMP_DOSE_RATE.told,
        ),
        _number("weight_kg", "weight it showed", codes.PATIENT_WEIGHT),
        _number("battery_percent", "battery", codes.PUMP_BATTERY),
        Column("implausible", Kind.TEXT, "the numbers that no pump can show"),
    )
    return Table(
        name="pump_readings",
        text="one reading of a pump",
        columns=columns,
        rows=[_pump_row(export.report.session, item) for item in export.pump_readings],
    )


def _number(name: str, text: str, code: codes.MdcCode) -> Column:
    return Column(name, Kind.NUMBER, text, code.ucum, mdc=code.told)


def _pump_row(session: str, item: PumpReadingArrived) -> tuple[Cell, ...]:
    return (
        session,
        item.device,
        item.observed_at,
        item.device_time,
        item.received_at,
        item.late,
        item.state.value,
        item.rate_ml_h,
        item.rate_set_ml_h,
        item.volume_ml,
        item.counter,
        item.remaining_ml,
        item.drug,
        item.concentration_mg_ml,
        item.dose_rate_mg_kg_h,
        item.weight_kg,
        item.battery_percent,
        ", ".join(item.implausible) or None,
    )
