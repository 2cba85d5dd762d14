"""How much of the drug as tables: delivery, rates, pauses, vials, the balance."""

from exchange.session_rows import AT, BY, exact, table_of
from exchange.tables import Cell, Column, Kind, Table
from infusion.report import SessionReport


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
