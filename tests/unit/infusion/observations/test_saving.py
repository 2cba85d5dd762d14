"""Saving, amending and annotating observations: what is refused, and what is kept."""

from decimal import Decimal

import msgspec
import pytest

from infusion import commands as c
from infusion.answers import Choice, Number, Text, YesNo
from infusion.observations.commands import AmendObservation, ChooseProfile, WriteNote
from infusion.observations.events import Basis, DeviceValue, ObservedItem
from infusion.observations.values import Level, Pressure
from tests.fixtures.clinic import START
from tests.fixtures.observing import (
    AWAKE,
    CLEAR,
    DROWSY,
    FULL,
    RR,
    Bedside,
    form,
    judged,
    left_out,
)
from tests.fixtures.session import (
    ADA,
    MONITOR,
    NORA,
    OLGA,
    PAUL,
    Driver,
    infusing,
    planned,
    preparing,
    ready,
    recovering,
)
from vocabulary.ids import ObservationId
from vocabulary.roles import Role


def number(value: str, unit: str = "/min") -> Number:
    return Number(value=Decimal(value), unit=unit)


def from_monitor(item: str, value: Number | Pressure, basis: Basis, said: object) -> ObservedItem:
    offered = DeviceValue(device=MONITOR, value=said, observed_at=START)  # type: ignore[arg-type]
    return ObservedItem(item=item, value=value, basis=basis, offered=offered)


def discharged() -> Driver:
    return recovering().move(51).do(c.Discharge(by=NORA, escort="Max")).move(10)


REFUSALS = [
    (planned, form(), "cannot chart observations: the session's state is planned"),
    (infusing, form(by=ADA), "administrator may not chart observations"),
    (infusing, form(set="half"), "there is no set 'half'"),
    (infusing, form(observed=()), "nothing was entered"),
    (infusing, form(AWAKE, AWAKE, CLEAR), "sedation was entered twice"),
    (infusing, form(AWAKE),
     "open: Breathing and airway"),
    (infusing, form(AWAKE, CLEAR, set="full"),
     "open: Dissociation, Perceptual change, Nausea, Anxiety and distress, IV site"),
    (infusing, form(AWAKE, CLEAR, judged("aura", Level(level=1))), "there is no item 'aura'"),
    (infusing, form(judged("sedation", Level(level=6)), CLEAR),
     "Sedation (MOAA/S) is from 0 to 5"),
    (infusing, form(judged("sedation", Text(text="fine")), CLEAR),
     "Sedation (MOAA/S) is answered with a level of its scale"),
    (infusing, form(AWAKE, judged("airway", Choice(option="open"))),
     "Breathing and airway is one of clear, snoring, laboured, obstructed"),
    (infusing, form(AWAKE, CLEAR, ObservedItem(item="rr", value=number("200"), basis=Basis.TYPED)),
     "RR is from 1 to 150 /min"),
    (infusing,
     form(AWAKE, CLEAR, ObservedItem(item="rr", value=number("14", "Hz"), basis=Basis.TYPED)),
     "RR is in /min, not in Hz"),
    (infusing,
     form(AWAKE, CLEAR,
          ObservedItem(item="bp", value=Pressure(sys=80, dia=120), basis=Basis.TYPED)),
     "BP 80/120 is not possible"),
    (infusing, form(AWAKE, CLEAR, judged("rr", number("14"))), "RR is a device's value, or typed"),
    (infusing, form(AWAKE, CLEAR, ObservedItem(item="rr", value=number("14"), basis=Basis.DEVICE)),
     "RR is not what the device said"),
    (infusing, form(AWAKE, CLEAR, from_monitor("rr", number("15"), Basis.DEVICE, number("14"))),
     "RR is not what the device said"),
    (infusing, form(ObservedItem(item="sedation", value=Level(level=5), basis=Basis.TYPED), CLEAR),
     "Sedation (MOAA/S) is judged by a person, never filled in"),
    (infusing,
     form(from_monitor("sedation", Level(level=5), Basis.JUDGED, Level(level=5)),  # type: ignore[arg-type]
          CLEAR),
     "Sedation (MOAA/S) is judged by a person, never filled in"),
    (infusing,
     form(ObservedItem(item="sedation", value=Level(level=5), basis=Basis.NONE_OF_THESE), CLEAR),
     '"none of these" does not say that of Sedation (MOAA/S)'),
    (infusing, form(AWAKE, not_observed=(left_out("airway", "bored"),)),
     "airway cannot be left out for 'bored'"),
    (infusing, form(AWAKE, not_observed=(left_out("airway", "asleep"),)),
     "asleep does not excuse Breathing and airway before discharge"),
    (recovering, form(CLEAR, not_observed=(left_out("sedation", "asleep"),)),
     "asleep does not excuse Sedation (MOAA/S) before discharge"),
    (infusing, form(AWAKE, not_observed=(left_out("airway", "other", " "),)),
     "Breathing and airway was left out without a reason"),
    (infusing, form(at=START), "the patient took the chair at 14:01:00 UTC, later than that"),
    (discharged, form(), "the patient left at 16:23:00 UTC, before that"),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "command", "reason"), REFUSALS)
def test_what_is_refused_says_why(situation: type[Driver], command: c.Command, reason: str) -> None:
    assert situation().refuse(command).reason == reason


def test_a_quick_set_is_kept_with_who_and_when() -> None:
    driver = infusing().do(form())
    [recorded] = driver.session.observations
    assert (recorded.by, recorded.at, recorded.entered_at) == (NORA, driver.now, None)
    latest = driver.session.observed.latest("sedation")
    assert latest is not None
    assert (latest.value, latest.at, latest.judged_by) == (
        Level(level=5), driver.now, "Nora Nurse",
    )  # fmt: skip


def test_a_device_value_that_was_typed_over_is_kept_beside_what_was_typed() -> None:
    typed = from_monitor("rr", number("12"), Basis.TYPED, number("31"))
    driver = infusing().do(form(AWAKE, CLEAR, typed))
    [recorded] = driver.session.observations
    kept = recorded.observed[-1]
    assert kept.value == number("12")
    assert kept.offered is not None
    assert (kept.offered.value, kept.offered.device, kept.offered.observed_at) == (
        number("31"), MONITOR, START,
    )  # fmt: skip
    latest = driver.session.observed.latest("rr")
    assert latest is not None
    assert latest.value == number("12")


def test_none_of_these_covers_what_the_set_says_and_nothing_else() -> None:
    none = (
        ObservedItem(item="nausea", value=Level(level=0), basis=Basis.NONE_OF_THESE),
        ObservedItem(item="distress", value=Level(level=0), basis=Basis.NONE_OF_THESE),
        ObservedItem(item="iv_site", value=Choice(option="well"), basis=Basis.NONE_OF_THESE),
    )
    driver = infusing().do(form(*FULL[:4], *none, set="full"))
    assert {e.item for e in driver.session.observed.entries} >= {"nausea", "distress", "iv_site"}
    wrong = msgspec.structs.replace(none[0], value=Level(level=1))
    refused = driver.refuse(form(*FULL[:4], wrong, *none[1:], driver=driver, set="full"))
    assert refused.reason == '"none of these" does not say that of Nausea'


def test_only_what_the_check_asks_for_has_to_be_entered() -> None:
    pump = judged("pump_check", YesNo(is_yes=True))
    infusing().do(form(pump, set="whole", due_items=("pump_check", "temp")))


def test_asleep_excuses_the_rest_and_sedation_after_the_patient_left() -> None:
    rest = ("dissociation", "perception", "nausea", "distress", "iv_site")
    asleep = tuple(left_out(item, "asleep") for item in rest)
    driver = infusing().do(form(AWAKE, CLEAR, set="full", not_observed=asleep))
    assert [a.item for a in driver.session.observed.absences] == list(rest)


def test_another_ones_name_can_be_told_who_looked() -> None:
    driver = infusing().do(form(judged_by="Olga Other"))
    latest = driver.session.observed.latest("airway")
    assert latest is not None
    assert (latest.judged_by, latest.by) == ("Olga Other", NORA)


@pytest.mark.parametrize(("minute", "late_s"), [(9, 0), (10, 0), (13, 0), (13.5, 210), (25, 900)])
def test_a_late_set_is_marked_late_with_how_much(minute: float, late_s: float) -> None:
    bedside = Bedside().move_to(minute)
    bedside.save(due_at=bedside.at(10), due_items=("sedation", "airway", "rr"))
    [recorded] = bedside.driver.session.observations
    assert (recorded.due_at, recorded.late_s) == (bedside.at(10), late_s)


def test_the_shortest_window_of_what_was_due_makes_a_set_late() -> None:
    bedside = Bedside().move_to(12.5)
    bedside.save(due_at=bedside.at(10), due_items=("sedation", "airway", "bp"))
    [recorded] = bedside.driver.session.observations
    assert recorded.late_s == 150


def test_the_second_of_two_nurses_is_told_what_the_first_one_entered() -> None:
    driver = infusing()
    hers = form(driver=driver)
    mine = form(DROWSY, CLEAR, driver=driver, by=OLGA)
    driver.do(hers).move(0.5)
    refused = driver.refuse(mine)
    assert refused.reason == (
        "Nora Nurse entered Sedation (MOAA/S), Breathing and airway of 14:32:00 UTC "
        "since you opened this form"
    )
    driver.do(msgspec.structs.replace(mine, seen=1))
    assert len(driver.session.observations) == 2


def test_other_items_entered_meanwhile_do_not_matter() -> None:
    driver = infusing()
    pump = form(judged("pump_check", YesNo(is_yes=True)), set="pump", driver=driver)
    quick = form(driver=driver, by=OLGA)
    driver.do(pump, quick)


def test_left_out_by_another_is_told_too() -> None:
    driver = infusing()
    away = form(AWAKE, not_observed=(left_out("airway", "away"),), driver=driver)
    mine = form(CLEAR, due_items=("airway",), driver=driver, by=OLGA)
    driver.do(away)
    assert "Breathing and airway" in driver.refuse(mine).reason


def test_a_form_is_saved_once() -> None:
    driver = infusing()
    once = form()
    driver.do(once)
    assert driver.refuse(once).reason == "this form is saved already"


def test_an_amendment_stands_beside_what_was_recorded() -> None:
    driver = infusing().do(form()).move(2)
    [recorded] = driver.session.observations
    change = AmendObservation(
        by=OLGA, observation=recorded.observation, reason="typing error", observed=(DROWSY,)
    )
    driver.do(change)
    assert driver.session.observations == (recorded,)
    assert [a.reason for a in driver.session.amendments] == ["typing error"]
    entry = driver.session.observed.latest("sedation")
    assert entry is not None
    assert (entry.value, entry.by, entry.at, entry.is_amended) == (
        Level(level=3), OLGA, recorded.at, True,
    )  # fmt: skip
    untouched = driver.session.observed.latest("airway")
    assert untouched is not None
    assert not untouched.is_amended


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"reason": " "}, "an amendment needs a reason"),
        ({"observed": ()}, "nothing was changed"),
        ({"observation": ObservationId("no")}, "there is no such observation"),
        ({"observed": (judged("sedation", Level(level=9)),)}, "Sedation (MOAA/S) is from 0 to 5"),
        ({"withdrawn": ("nausea",)}, "nausea cannot be withdrawn: it is not there"),
        ({"withdrawn": ("sedation",)}, "sedation cannot be withdrawn: it is not there"),
        ({"seen_at": START}, "the patient took the chair at 14:01:00 UTC, later than that"),
    ],
)
def test_an_amendment_that_makes_no_sense_is_refused(
    fields: dict[str, object], reason: str
) -> None:
    driver = infusing().do(form())
    [recorded] = driver.session.observations
    plain = AmendObservation(
        by=NORA, observation=recorded.observation, reason="x", observed=(DROWSY,)
    )
    assert driver.refuse(msgspec.structs.replace(plain, **fields)).reason == reason


def test_from_paper_after_the_patient_left_both_times_are_kept() -> None:
    driver = discharged()
    seen_at = driver.session.started_at
    assert seen_at is not None
    driver.do(form(at=seen_at, paper_reason="power cut 14:30 to 15:10"))
    [recorded] = driver.session.observations
    assert (recorded.at, recorded.entered_at, recorded.paper_reason) == (
        seen_at, driver.now, "power cut 14:30 to 15:10",
    )  # fmt: skip


def test_notes_are_kept_and_never_empty() -> None:
    driver = preparing()
    assert driver.refuse(WriteNote(by=PAUL, text=" ")).reason == "the note is empty"
    driver.do(WriteNote(by=PAUL, text=" likes music "))
    assert [note.text for note in driver.session.notes] == ["likes music"]


def test_an_item_with_roles_is_for_these() -> None:
    driver = infusing()
    rules = driver.clinic.observations
    items = tuple(
        msgspec.structs.replace(item, roles=(Role.PRESCRIBER,)) if item.item == "airway" else item
        for item in rules.items
    )
    driver.clinic = msgspec.structs.replace(
        driver.clinic, observations=msgspec.structs.replace(rules, items=items)
    )
    assert driver.refuse(form()).reason == "Breathing and airway: nurse may not answer"
    driver.do(form(by=PAUL))


def test_values_come_back_from_json_as_they_were() -> None:
    driver = infusing().do(form(AWAKE, CLEAR, RR))
    payload = msgspec.json.encode(driver.session)
    assert msgspec.json.decode(payload, type=type(driver.session)) == driver.session


def test_a_longer_profile_is_a_longer_stay() -> None:
    driver = ready().do(ChooseProfile(by=NORA, profile="long", reason="first time"))
    driver.started().move(60).ended().move(61)
    refused = driver.refuse(c.Discharge(by=NORA, escort="Max"))
    assert refused.reason == "the stay after the last drug ends at 17:22 UTC"
    driver.move(60).do(c.Discharge(by=NORA, escort="Max"))
