"""What helped: in a person's own words, and by what the record shows of rescue drugs and oxygen."""

from decimal import Decimal

from infusion.helped import HELPED, what_helped
from infusion.interventions import commands as ic
from infusion.interventions.events import OrderedBy
from infusion.observations.commands import WriteNote
from tests.fixtures.observing import AWAKE, CLEAR, DROWSY, Bedside, cuff
from tests.fixtures.session import NORA


def helped(bedside: Bedside, *cuffs: tuple[float, float]) -> str:
    readings = [cuff(bedside.at(at), sys=sys) for at, sys in cuffs]
    return what_helped(bedside.driver.session, readings, bedside.driver.clinic.observations)


def midazolam(bedside: Bedside, at: float) -> Bedside:
    bedside.move_to(at).driver.do(
        ic.GiveRescueDrug(
            by=NORA,
            drug="midazolam",
            dose=Decimal(1),
            unit="mg",
            route="iv",
            ordered_by=OrderedBy.STANDING,
        )
    )
    return bedside


def test_nothing_is_said_of_a_session_in_which_nothing_was_needed() -> None:
    assert helped(Bedside().move_to(10).save(AWAKE, CLEAR), (9, 122)) == ""


def test_a_persons_own_words_are_kept() -> None:
    bedside = Bedside().move_to(20)
    bedside.driver.do(
        WriteNote(by=NORA, text="asked for water"), WriteNote(by=NORA, text=HELPED + "music")
    )
    assert helped(bedside) == "music"


def test_a_rescue_drug_helped_when_what_was_not_normal_became_normal() -> None:
    found = helped(midazolam(Bedside(), 30), (25, 120), (29, 178), (33, 170), (38, 148))
    assert found == "midazolam 1 mg (BP 178/78, then 148/78)"


def test_a_drug_is_not_praised_for_what_was_well_or_stayed_unwell() -> None:
    assert helped(midazolam(Bedside(), 30), (25, 178), (29, 130), (38, 128)) == ""
    assert helped(midazolam(Bedside(), 30), (29, 178), (38, 172)) == ""


def test_oxygen_is_judged_alike() -> None:
    bedside = Bedside().move_to(20).save(DROWSY, CLEAR).move_to(21)
    bedside.driver.do(ic.ChangeOxygen(by=NORA, flow_l_min=2))
    bedside.move_to(26).save(AWAKE, CLEAR)
    assert helped(bedside) == "oxygen 2 L/min (Sedation (MOAA/S) 3, then 5)"
