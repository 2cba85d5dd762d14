"""Who, what and when of a session as tables: the session, preparation, devices, signatures."""

from typing import TypeAlias

from exchange.session_rows import AT, BY, exact, table_of
from exchange.tables import Cell, Column, Kind, Table
from infusion.answers import shown
from infusion.report import SessionReport

_Named: TypeAlias = list[tuple[Column, Cell]]


def session_table(report: SessionReport) -> Table:
    """The session in one row."""
    named = [*_who(report), *_ordered(report), *_given(report), *_times(report)]
    return table_of(
        report,
        "sessions",
        "one session",
        tuple(column for column, _ in named),
        [tuple(cell for _, cell in named)],
    )


def _who(report: SessionReport) -> _Named:
    return [
        (Column("state", Kind.TEXT, "where it stands"), report.state.value),
        (Column("patient", Kind.TEXT, "the clinic's number"), report.patient.identifier),
        (Column("family_name", Kind.TEXT, "family name"), report.patient.family_name),
        (Column("given_name", Kind.TEXT, "given name"), report.patient.given_name),
        (
            Column("date_of_birth", Kind.TEXT, "date of birth, ISO 8601"),
            report.patient.date_of_birth.isoformat(),
        ),
        (Column("indication", Kind.TEXT, "what it is for"), report.indication.value),
        (
            Column("protocol", Kind.TEXT, "the profile of the protocol that held"),
            "" if report.protocol is None else report.protocol.profile,
        ),
        (
            Column("protocol_label", Kind.TEXT, "its words"),
            "" if report.protocol is None else report.protocol.label,
        ),
        (Column("position", Kind.TEXT, "where it stands in its course"), report.position),
        (Column("ward", Kind.TEXT, "the ward"), report.ward),
        (Column("bed", Kind.TEXT, "the last chair"), report.stays[-1].bed if report.stays else ""),
    ]


def _ordered(report: SessionReport) -> _Named:
    order = None if report.order is None else report.order.order
    return [
        (Column("drug", Kind.TEXT, "the drug"), None if order is None else order.drug),
        (
            exact("weight_kg", "dosing weight", "kg"),
            None if order is None else order.weight.kg,
        ),
        (
            Column("prescriber", Kind.TEXT, "who ordered"),
            None if order is None else order.prescriber,
        ),
    ]


def _given(report: SessionReport) -> _Named:
    dose = report.dose
    return [
        (exact("ordered_mg", "ordered dose", "mg"), dose.ordered_mg),
        (exact("given_mg", "given, by the pump's volume", "mg"), dose.by_volume_mg),
        (exact("given_mg_kg", "given, by weight", "mg/kg"), dose.mg_kg),
        (exact("integral_mg", "given, by rate and time", "mg"), dose.by_integral_mg),
        (exact("difference_mg", "volume minus integral", "mg"), dose.difference_mg),
        (exact("priming_ml", "priming, not given", "mL"), dose.priming_ml),
        (exact("flush_ml", "flush", "mL"), dose.flush_ml),
        (exact("kvo_ml", "given to keep the vein open", "mL"), dose.kvo_ml),
    ]


def _times(report: SessionReport) -> _Named:
    course = report.course
    return [
        (Column("began_at", Kind.MOMENT, "took the chair"), course.began_at),
        (Column("started_at", Kind.MOMENT, "first drug"), course.started_at),
        (Column("stopped_at", Kind.MOMENT, "infusion stopped"), course.stopped_at),
        (Column("closed_at", Kind.MOMENT, "left"), course.closed_at),
        (Column("running_s", Kind.NUMBER, "infusing, pauses left out", "s"), course.running_s),
    ]


def preparation_table(report: SessionReport) -> Table:
    """The answers before the start."""
    columns = (
        Column("item", Kind.TEXT, "the question's name"),
        Column("text", Kind.TEXT, "the question"),
        Column("answer", Kind.TEXT, "the answer; a time is ISO 8601, UTC"),
        BY,
        AT,
    )
    rows: list[tuple[Cell, ...]] = [
        (line.item, line.text, shown(line.answer), line.by.printed_name, line.at)
        for line in report.preparation.answers
    ]
    return table_of(report, "preparation", "one answer before the start", columns, rows)


def device_table(report: SessionReport) -> Table:
    """The devices, one row for each time they were the session's."""
    columns = (
        Column("device", Kind.TEXT, "the device"),
        Column("kind", Kind.TEXT, "what it is"),
        Column("make", Kind.TEXT, "make"),
        Column("model", Kind.TEXT, "model"),
        Column("serial", Kind.TEXT, "serial number"),
        Column("firmware", Kind.TEXT, "firmware"),
        Column("is_simulated", Kind.YES_NO, "whether it is a simulated one"),
        Column("since", Kind.MOMENT, "the session's from"),
        Column("until", Kind.MOMENT, "the session's until"),
        Column("confirmed_by", Kind.TEXT, "second person"),
        Column("clock_offset_s", Kind.NUMBER, "largest correction of its clock", "s"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            line.device,
            line.kind.value,
            line.make,
            line.model,
            line.serial,
            line.firmware,
            line.is_simulated,
            interval.since,
            interval.until,
            None if line.confirmed_by is None else line.confirmed_by.printed_name,
            max((c.most_s for c in line.clocks), key=abs, default=None),
        )
        for line in report.devices
        for interval in line.intervals
    ]
    return table_of(
        report, "devices", "one time in which a device was the session's", columns, rows
    )


def signature_table(report: SessionReport) -> Table:
    """Signatures."""
    columns = (
        Column("printed_name", Kind.TEXT, "who signed"),
        Column("role", Kind.TEXT, "as what"),
        AT,
        Column("zone", Kind.TEXT, "time zone where it was signed"),
        Column("meaning", Kind.TEXT, "what it means"),
        Column("content_hash", Kind.TEXT, "SHA-256 of what was signed"),
        Column("exception", Kind.TEXT, "why it was signed with exception"),
    )
    rows: list[tuple[Cell, ...]] = [
        (s.printed_name, s.role, s.at, s.zone, s.meaning, s.content_hash, s.exception)
        for s in report.signatures
    ]
    return table_of(report, "signatures", "one signature", columns, rows)
