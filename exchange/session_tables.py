"""Who, what and how much of a session as tables: preparation, devices, dose, drug, signatures."""

from exchange.session_rows import AT, BY, exact, table_of
from exchange.tables import Cell, Column, Kind, Table
from infusion.answers import shown
from infusion.report import SessionReport


def session_table(report: SessionReport) -> Table:
    """The session in one row."""
    given, course, dose = report.order, report.course, report.dose
    order = None if given is None else given.order
    named: list[tuple[Column, Cell]] = [
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
        (Column("drug", Kind.TEXT, "the drug"), None if order is None else order.drug),
        (
            exact("weight_kg", "dosing weight", "kg"),
            None if order is None else order.weight.kg,
        ),
        (
            Column("prescriber", Kind.TEXT, "who ordered"),
            None if order is None else order.prescriber,
        ),
        (exact("ordered_mg", "ordered dose", "mg"), dose.ordered_mg),
        (exact("given_mg", "given, by the pump's volume", "mg"), dose.by_volume_mg),
        (exact("given_mg_kg", "given, by weight", "mg/kg"), dose.mg_kg),
        (exact("integral_mg", "given, by rate and time", "mg"), dose.by_integral_mg),
        (exact("difference_mg", "volume minus integral", "mg"), dose.difference_mg),
        (exact("priming_ml", "priming, not given", "mL"), dose.priming_ml),
        (exact("flush_ml", "flush", "mL"), dose.flush_ml),
        (exact("kvo_ml", "given to keep the vein open", "mL"), dose.kvo_ml),
        (Column("began_at", Kind.MOMENT, "took the chair"), course.began_at),
        (Column("started_at", Kind.MOMENT, "first drug"), course.started_at),
        (Column("stopped_at", Kind.MOMENT, "infusion stopped"), course.stopped_at),
        (Column("closed_at", Kind.MOMENT, "left"), course.closed_at),
        (Column("running_s", Kind.NUMBER, "infusing, pauses left out", "s"), course.running_s),
    ]
    return table_of(
        report,
        "sessions",
        "one session",
        tuple(column for column, _ in named),
        [tuple(cell for _, cell in named)],
    )


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


def segment_table(report: SessionReport) -> Table:
    """What was delivered, rate by rate."""
    columns = (
        Column("device", Kind.TEXT, "the pump"),
        Column("kind", Kind.TEXT, "infusion, kvo, priming or flush"),
        Column("begins", Kind.MOMENT, "from"),
        Column("ends", Kind.MOMENT, "until"),
        exact("rate_ml_h", "rate", "mL/h"),
        exact("rate_mg_kg_h", "dose rate", "mg/kg/h"),
        exact("volume_ml", "volume by its counter", "mL"),
        exact("concentration_mg_ml", "what it held", "mg/mL"),
        exact("dose_mg", "drug", "mg"),
        Column("is_silent", Kind.YES_NO, "whether the pump told nothing meanwhile"),
        Column("is_by_hand", Kind.YES_NO, "whether a person charted it"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            line.device,
            line.kind.value,
            line.begins,
            line.ends,
            line.rate_ml_h,
            line.rate_mg_kg_h,
            line.volume_ml,
            line.mg_ml,
            line.mg,
            line.is_silent,
            line.is_by_hand,
        )
        for line in report.segments
    ]
    return table_of(report, "segments", "one pump at one rate", columns, rows)


def rate_change_table(report: SessionReport) -> Table:
    """Every change of the rate, with its reason."""
    columns = (
        Column("device", Kind.TEXT, "the pump"),
        AT,
        exact("from_ml_h", "rate before", "mL/h"),
        exact("to_ml_h", "rate after", "mL/h"),
        exact("from_mg_kg_h", "dose rate before", "mg/kg/h"),
        exact("to_mg_kg_h", "dose rate after", "mg/kg/h"),
        Column("after_pause", Kind.YES_NO, "whether the pump stood in between"),
        Column("reason", Kind.TEXT, "why; empty if nobody said"),
        BY,
    )
    rows: list[tuple[Cell, ...]] = [
        (
            line.device,
            line.at,
            line.from_ml_h,
            line.to_ml_h,
            line.from_mg_kg_h,
            line.to_mg_kg_h,
            line.after_pause,
            line.reason,
            line.explained_by,
        )
        for line in report.rate_changes
    ]
    return table_of(report, "rate_changes", "one change of the rate", columns, rows)


def pause_table(report: SessionReport) -> Table:
    """Pauses."""
    columns = (
        Column("begins", Kind.MOMENT, "from"),
        Column("ends", Kind.MOMENT, "until"),
        Column("told", Kind.TEXT, "what the pump said of it"),
        Column("reason", Kind.TEXT, "what a person said of it"),
    )
    rows: list[tuple[Cell, ...]] = [
        (p.begins, p.ends, None if p.told is None else p.told.value, p.reason)
        for p in report.course.pauses
    ]
    return table_of(report, "pauses", "one pause of the infusion", columns, rows)


def vial_table(report: SessionReport) -> Table:
    """Vials."""
    columns = (
        Column("vial", Kind.COUNT, "its number within the session"),
        Column("drug", Kind.TEXT, "the drug"),
        Column("lot", Kind.TEXT, "lot"),
        Column("expires_on", Kind.TEXT, "expiry, ISO 8601"),
        exact("vial_mg_ml", "strength, as base", "mg/mL"),
        exact("vial_ml", "size", "mL"),
        exact("drawn_ml", "drawn", "mL"),
        exact("drawn_mg", "drawn", "mg"),
        exact("remainder_mg", "left in the vial", "mg"),
        AT,
        BY,
    )
    rows: list[tuple[Cell, ...]] = [
        (
            v.vial,
            v.drug,
            v.lot,
            v.expires_on.isoformat(),
            v.vial_mg_ml,
            v.vial_ml,
            v.drawn_ml,
            v.drawn_mg,
            v.remainder_mg,
            v.at,
            v.by.printed_name,
        )
        for v in report.account.drawn
    ]
    return table_of(report, "vials", "one vial from which drug was drawn", columns, rows)


def balance_table(report: SessionReport) -> Table:
    """The drug balance, of the syringe and of the vials."""
    account = report.account
    columns = (
        Column("of", Kind.TEXT, "syringe: what was drawn; vials: what stayed in them"),
        exact("had_mg", "there was", "mg"),
        exact("infused_mg", "infused, by the pump", "mg"),
        exact("line_residual_mg", "left in the line", "mg"),
        exact("wasted_mg", "wasted", "mg"),
        exact("returned_mg", "returned", "mg"),
        exact("difference_mg", "not accounted for", "mg"),
        Column("reason", Kind.TEXT, "why"),
        Column("witness", Kind.TEXT, "who saw the waste"),
        Column("method", Kind.TEXT, "how it was destroyed"),
    )
    witnesses = {of.value: word for of, word in account.witnesses.items()}
    rows: list[tuple[Cell, ...]] = []
    for of, balance in (("syringe", account.balance), ("vials", account.vials)):
        if balance is None or account.charted is None:
            continue
        witness = witnesses.get(of)
        rows.append(
            (
                of,
                balance.drawn_mg,
                balance.infused_mg,
                balance.line_residual_mg,
                balance.wasted_mg,
                balance.returned_mg,
                balance.difference_mg,
                account.charted.reason,
                None if witness is None else witness.by.printed_name,
                None if witness is None else witness.method,
            )
        )
    return table_of(report, "drug_balance", "where the drug went", columns, rows)


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
