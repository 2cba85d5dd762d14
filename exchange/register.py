"""The controlled-drug register: what came out of each vial, for whom, by whose order, and its end.

Every word that was ever said is an entry; one that takes the place of another says so, and the
other stays (no obliteration). `taken` counts the vials of one kind from the first entry on; what
the cupboard holds is the opening stock less that.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from exchange.tables import Cell, Column, Kind, Table
from infusion.exact import plain
from infusion.fold import SessionInput, fold
from infusion.session import Session
from infusion.sign_off_events import DrugDrawn, DrugReconciled, WasteOf, WasteWitnessed

_COLUMNS = (
    Column("entry", Kind.COUNT, "number of the entry"),
    Column("at", Kind.MOMENT, "when it happened"),
    Column("session", Kind.TEXT, "the session"),
    Column("patient", Kind.TEXT, "the clinic's number of the patient"),
    Column("name", Kind.TEXT, "the patient's name"),
    Column("authority", Kind.TEXT, "the prescriber"),
    Column("what", Kind.TEXT, "drawn, accounted for, or waste witnessed"),
    Column("drug", Kind.TEXT, "the drug"),
    Column("vial", Kind.TEXT, "strength and size of the vial"),
    Column("lot", Kind.TEXT, "lot"),
    Column("expires_on", Kind.TEXT, "expiry, ISO 8601"),
    Column("drawn_mg", Kind.EXACT, "drawn", "mg"),
    Column("infused_mg", Kind.EXACT, "infused", "mg"),
    Column("line_residual_mg", Kind.EXACT, "left in the line", "mg"),
    Column("wasted_mg", Kind.EXACT, "wasted of what was drawn", "mg"),
    Column("returned_mg", Kind.EXACT, "returned of what was drawn", "mg"),
    Column("vials_wasted_mg", Kind.EXACT, "wasted of what stayed in vials", "mg"),
    Column("vials_returned_mg", Kind.EXACT, "returned of what stayed in vials", "mg"),
    Column("difference_mg", Kind.EXACT, "drawn and not accounted for", "mg"),
    Column("reason", Kind.TEXT, "why"),
    Column("by", Kind.TEXT, "who"),
    Column("method", Kind.TEXT, "how it was destroyed"),
    Column("taken", Kind.COUNT, "vials of this kind taken so far"),
    Column("replaced", Kind.YES_NO, "whether a later entry takes its place"),
)

_Word = DrugDrawn | DrugReconciled | WasteWitnessed


def register_table(sessions: Iterable[Sequence[SessionInput]]) -> Table:
    """The register of sessions, each by its chain, in order of time."""
    words: list[tuple[datetime, Session, _Word]] = []
    for events in sessions:
        session = fold(events)
        said: tuple[_Word, ...] = (*session.drawn, *session.reconciled, *session.witnessed)
        words.extend((word.at, session, word) for word in said)
    words.sort(key=lambda entry: (entry[0], entry[1].id))
    taken: dict[str, int] = {}
    rows = []
    for number, (_, session, word) in enumerate(words, start=1):
        cells = _cells(session, word, taken)
        rows.append(tuple(number if c.name == "entry" else cells.get(c.name) for c in _COLUMNS))
    return Table(
        name="controlled_drug_register",
        text="one entry of the controlled-drug register",
        columns=_COLUMNS,
        rows=rows,
    )


def _cells(session: Session, word: _Word, taken: dict[str, int]) -> dict[str, Cell]:
    order = session.order
    cells: dict[str, Cell] = {
        "at": word.at,
        "session": session.id,
        "patient": session.patient.identifier,
        "name": session.patient.name,
        "authority": None if order is None else order.prescriber,
        "by": word.by.printed_name,
    }
    if isinstance(word, DrugDrawn):
        return cells | _drawn(session, word, taken)
    if isinstance(word, DrugReconciled):
        return cells | _reconciled(session, word)
    last = [w for w in session.witnessed if w.of is word.of][-1]
    return cells | {
        "what": f"waste of {word.of.value} witnessed",
        "wasted_mg" if word.of is WasteOf.SYRINGE else "vials_wasted_mg": word.seen_mg,
        "method": word.method,
        "replaced": last is not word,
    }


def _drawn(session: Session, word: DrugDrawn, taken: dict[str, int]) -> dict[str, Cell]:
    kind = f"{plain(word.vial_mg_ml)} mg/mL, {plain(word.vial_ml)} mL"
    key = f"{word.drug} {kind}"
    same = [w for w in session.drawn if w.vial == word.vial]
    if same[0] is word:  # the same vial again is a correction, not another vial
        taken[key] = taken.get(key, 0) + 1
    return {
        "what": "drawn" if same[0] is word else "drawn, corrected",
        "drug": word.drug,
        "vial": kind,
        "lot": word.lot,
        "expires_on": word.expires_on.isoformat(),
        "drawn_mg": word.drawn_mg,
        "taken": taken.get(key, 0),
        "replaced": same[-1] is not word,
    }


def _reconciled(session: Session, word: DrugReconciled) -> dict[str, Cell]:
    standing = {w.vial: w for w in session.drawn if w.at <= word.at}
    drawn = sum((w.drawn_mg for w in standing.values()), Decimal(0))
    gone = word.infused_mg + word.line_residual_mg + word.wasted_mg + word.returned_mg
    return {
        "what": "accounted for" if session.reconciled[0] is word else "accounted for, corrected",
        "infused_mg": word.infused_mg,
        "line_residual_mg": word.line_residual_mg,
        "wasted_mg": word.wasted_mg,
        "returned_mg": word.returned_mg,
        "vials_wasted_mg": word.vials_wasted_mg,
        "vials_returned_mg": word.vials_returned_mg,
        "difference_mg": drawn - gone,
        "reason": word.reason,
        "replaced": session.reconciled[-1] is not word,
    }
