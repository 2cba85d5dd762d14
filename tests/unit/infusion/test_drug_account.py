"""The drug of a session: drawn, infused, wasted, witnessed, and closed to the last microgram."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from infusion import commands as c
from infusion import sign_off_commands as sc
from infusion.commands import Command
from infusion.drug_account import DrugAccount, account_of
from infusion.fold import fold
from infusion.sign_off_events import WasteOf
from tests.fixtures.clinic import START
from tests.fixtures.session import ADA, NORA, OLGA, PAUL, Driver, discharged, preparing
from vocabulary.states import SessionState

INFUSED = Decimal("33.833")
"""The titrated course of the fact sheet, 1 mg/mL."""


def draw(**fields: Any) -> sc.DrawDrug:
    """1 mL of a vial of 10 mL with 50 mg/mL: 50 mg."""
    plain = sc.DrawDrug(
        by=NORA,
        vial=1,
        drug="ketamine",
        lot="A17",
        expires_on=date(2027, 5, 31),
        vial_mg_ml=Decimal(50),
        vial_ml=Decimal(10),
        drawn_ml=Decimal("1.0"),
    )
    return msgspec.structs.replace(plain, **fields)


def reconcile(**fields: Any) -> sc.ReconcileDrug:
    """Line residual 1.5 mg, 14.667 mg left in the syringe; 450 mg left in the vial: all wasted."""
    plain = sc.ReconcileDrug(
        by=NORA,
        infused_mg=INFUSED,
        line_residual_mg=Decimal("1.5"),
        wasted_mg=Decimal("14.667"),
        vials_wasted_mg=Decimal(450),
    )
    return msgspec.structs.replace(plain, **fields)


def witness(**fields: Any) -> sc.WitnessWaste:
    plain = sc.WitnessWaste(
        by=OLGA, of=WasteOf.SYRINGE, seen_mg=Decimal("14.667"), method="into absorbent gel"
    )
    return msgspec.structs.replace(plain, **fields)


def drawn() -> Driver:
    return discharged().do(draw())


def reconciled() -> Driver:
    return drawn().do(reconcile())


def account(driver: Driver, infused_mg: Decimal | None = INFUSED) -> DrugAccount:
    return account_of(driver.session, infused_mg)


def test_the_published_vector_closes_to_nothing() -> None:
    found = account(reconciled())
    assert (found.drawn_mg, found.remainder_mg) == (50, 450)
    assert found.balance is not None
    assert str(found.balance.difference_mg) == "0.000"
    assert found.vials is not None
    assert found.vials.difference_mg == 0
    assert found.unexplained(discharged().clinic.dosing.balance) == ()


def test_nothing_is_balanced_before_it_is_charted_or_while_the_infused_amount_is_unknown() -> None:
    assert account(drawn()).balance is None
    assert account(drawn()).unwitnessed() == ()
    assert account(reconciled(), infused_mg=None).balance is None


def test_a_volume_that_arrives_late_opens_the_balance_again() -> None:
    rules = discharged().clinic.dosing.balance
    late = account(reconciled(), infused_mg=INFUSED - 2)
    [balance] = late.unexplained(rules)
    assert balance.difference_mg == 2
    explained = drawn().do(reconcile(reason="the pump was read late"))
    assert account(explained, infused_mg=INFUSED - 2).unexplained(rules) == ()


def test_waste_and_vials_are_witnessed_each() -> None:
    driver = reconciled()
    assert account(driver).unwitnessed() == (WasteOf.SYRINGE, WasteOf.VIALS)
    driver.do(witness(), witness(of=WasteOf.VIALS, seen_mg=Decimal(450), by=PAUL))
    assert account(driver).unwitnessed() == ()
    assert {of: word.by for of, word in account(driver).witnesses.items()} == {
        WasteOf.SYRINGE: OLGA,
        WasteOf.VIALS: PAUL,
    }


def test_another_amount_needs_another_witness() -> None:
    driver = reconciled().do(witness())
    driver.do(reconcile(wasted_mg=Decimal("14.5")))
    assert WasteOf.SYRINGE in account(driver).unwitnessed()
    driver.do(witness(seen_mg=Decimal("14.5")))
    assert WasteOf.SYRINGE not in account(driver).unwitnessed()


def test_a_vial_is_corrected_by_a_later_word_and_the_earlier_one_stays() -> None:
    driver = drawn().do(draw(vial=2, lot="B2"), draw(drawn_ml=Decimal("0.9")))
    found = account(driver)
    assert [(vial.vial, vial.drawn_mg) for vial in found.drawn] == [(1, 45), (2, 50)]
    assert len(driver.session.drawn) == 3


REFUSALS = [
    (discharged, draw(by=ADA), "administrator may not chart what was drawn"),
    (discharged, draw(drug="water"), "'water' is not a drug of this clinic"),
    (discharged, draw(lot=" "), "the lot is missing"),
    (discharged, draw(vial_ml=Decimal(0)), "a vial of 0 mL with 50 mg/mL cannot be"),
    (discharged, draw(drawn_ml=Decimal(11)), "11 mL cannot be drawn from a vial of 10 mL"),
    (discharged, draw(expires_on=date(2026, 11, 21)), "the vial expired on 2026-11-21"),
    (discharged, reconcile(), "no vial was charted"),
    (
        preparing,
        reconcile(),
        "cannot account for the drug: the session's state is preparing",
    ),
    (
        drawn,
        reconcile(wasted_mg=Decimal(-1)),
        "an amount is less than nothing, or no number",
    ),
    (
        drawn,
        reconcile(wasted_mg=Decimal(14)),
        "of what was drawn 50.000 mg, 0.667 mg are not accounted for",
    ),
    (
        drawn,
        reconcile(vials_wasted_mg=Decimal(0)),
        "of what stayed in the vials 450.000 mg, 450.000 mg are not accounted for",
    ),
    (drawn, witness(), "nothing is charted as wasted"),
    (reconciled, witness(by=NORA), "Nora Nurse prepared or wasted the drug"),
    (
        reconciled,
        witness(seen_mg=Decimal(14)),
        "14.667 mg are charted as wasted, not 14 mg",
    ),
    (reconciled, witness(method=""), "how it was destroyed is missing"),
]


@pytest.mark.parametrize(("situation", "command", "reason"), REFUSALS)
def test_what_is_refused_says_why(situation: type[Driver], command: Command, reason: str) -> None:
    assert situation().refuse(command).reason == reason


@pytest.mark.parametrize(
    ("missing", "is_explained"), [("0.5", True), ("0.501", False), ("-0.5", True)]
)
def test_half_a_milligram_is_what_a_syringe_can_be_read_to(
    missing: str, is_explained: bool
) -> None:
    command = reconcile(wasted_mg=Decimal("14.667") - Decimal(missing))
    if is_explained:
        drawn().do(command)
    else:
        drawn().refuse(command)
        drawn().do(msgspec.structs.replace(command, reason="spilt"))


def test_two_percent_of_a_small_amount_need_a_reason_too() -> None:
    driver = discharged().do(draw(vial_mg_ml=Decimal(10), vial_ml=Decimal(1)))
    spilt = sc.ReconcileDrug(
        by=NORA, infused_mg=Decimal(9), line_residual_mg=Decimal(0), wasted_mg=Decimal("0.79")
    )
    assert "0.210 mg are not accounted for" in driver.refuse(spilt).reason
    driver.do(msgspec.structs.replace(spilt, wasted_mg=Decimal("0.8")))


def test_drug_of_a_cancelled_session_is_accounted_for_too() -> None:
    driver = preparing().do(draw(), c.CancelSession(by=NORA, reason="fever"))
    driver.do(reconcile(infused_mg=Decimal(0), line_residual_mg=Decimal(0), wasted_mg=Decimal(50)))
    driver.do(witness(seen_mg=Decimal(50)))
    assert driver.session.state is SessionState.CANCELLED
    assert account(driver, Decimal(0)).unwitnessed() == (WasteOf.VIALS,)


def test_all_of_it_survives_being_written_down() -> None:
    driver = reconciled().do(witness())
    words = msgspec.json.decode(
        msgspec.json.encode(driver.session.reconciled),
        type=list[type(driver.session.reconciled[0])],
    )
    assert words == list(driver.session.reconciled)
    assert fold(driver.events) == driver.session
    assert driver.session.drawn[0].at == driver.now > START
