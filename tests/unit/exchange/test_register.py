"""The controlled-drug register: every word an entry, corrections visible, vials counted."""

from decimal import Decimal
from typing import Any

import msgspec

from exchange.register import register_table
from infusion import sign_off_commands as sc
from tests.fixtures.session import NORA, Driver, discharged
from tests.fixtures.whole_session import accounted, driver


def entries(*drivers: Driver) -> list[dict[str, Any]]:
    table = register_table([found.events for found in drivers])
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def test_a_session_has_what_was_drawn_where_it_went_and_who_saw_the_waste() -> None:
    drawn, accounted_for, syringe, vials = entries(accounted(driver()))
    assert [e["entry"] for e in (drawn, accounted_for, syringe, vials)] == [1, 2, 3, 4]
    assert (drawn["what"], drawn["drawn_mg"], drawn["lot"], drawn["by"]) == (
        "drawn",
        50,
        "A17-2231",
        "Nora Nurse",
    )
    assert (drawn["patient"], drawn["name"], drawn["authority"]) == (
        "4711",
        "Anna Muster",
        "Paul Prescriber",
    )
    assert drawn["vial"] == "50 mg/mL, 10 mL"
    assert accounted_for["difference_mg"] == 0
    assert (syringe["wasted_mg"], syringe["by"]) == (Decimal("14.667"), "Olga Other")
    assert (vials["vials_wasted_mg"], vials["method"]) == (450, "absorbent gel")
    assert not any(e["replaced"] for e in (drawn, accounted_for, syringe, vials))


def test_a_correction_is_an_entry_of_its_own_and_the_first_one_stays() -> None:
    found = accounted(driver())
    charted = found.session.reconciled[0]
    found.do(
        sc.ReconcileDrug(
            by=NORA,
            infused_mg=charted.infused_mg,
            line_residual_mg=Decimal(2),
            wasted_mg=charted.wasted_mg,
            vials_wasted_mg=Decimal(450),
        )
    )
    told = [(e["what"], e["line_residual_mg"], e["replaced"]) for e in entries(found)]
    assert ("accounted for", Decimal("1.5"), True) in told
    assert ("accounted for, corrected", Decimal(2), False) in told


def test_vials_are_counted_over_sessions_and_a_corrected_vial_only_once() -> None:
    def drew(session: str, vials: tuple[int, ...]) -> Driver:
        found = discharged()
        draw = sc.DrawDrug(
            by=NORA, vial=1, drug="ketamine", lot="A1", expires_on=found.now.date(),
            vial_mg_ml=Decimal(50), vial_ml=Decimal(10), drawn_ml=Decimal(1),
        )  # fmt: skip
        for vial in vials:
            found.move(1).do(msgspec.structs.replace(draw, vial=vial))
        found.events = [_of(event, session) for event in found.events]
        return found

    told = entries(drew("s1", (1, 1, 2)), drew("s2", (1,)))
    assert [(e["session"], e["taken"]) for e in told] == [
        ("s1", 1),
        ("s2", 2),
        ("s1", 2),
        ("s1", 3),
    ]
    assert told[0]["replaced"]


def _of(event: Any, session: str) -> Any:
    return msgspec.structs.replace(event, session=session) if hasattr(event, "session") else event


def test_a_session_without_drug_has_no_entry() -> None:
    assert entries(discharged()) == []
