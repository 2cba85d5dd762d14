"""The handover tells what the record has, and nothing else; it is edited and signed."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from infusion import care_commands as care
from infusion import commands as c
from infusion.bed import ShownReading
from infusion.handover import Around, Sbar, handover
from infusion.interventions.events import OxygenChanged
from infusion.readings import CuffPressure, Reading
from infusion.session import Session
from tests.fixtures.observing import FULL, form
from tests.fixtures.session import (
    ADA,
    MONITOR,
    NORA,
    PUMP,
    SESSION,
    Driver,
    infusing,
    planned,
    recovering,
)
from vocabulary.ids import DeviceId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind, ReadingState

VIENNA = ZoneInfo("Europe/Vienna")
MINUTE = timedelta(minutes=1)


def shown(driver: Driver, value: float | CuffPressure, minutes_ago: float = 0,
          state: ReadingState = ReadingState.LIVE) -> ShownReading:  # fmt: skip
    at = driver.now - minutes_ago * MINUTE
    reading = Reading(
        device=MONITOR, device_time=at, observed_at=at, received_at=at, fresh_since=at, value=value
    )
    return ShownReading(state=state, reading=reading)


def told(driver: Driver, around: Around | None = None) -> Sbar:
    return handover(driver.session, around or Around(), driver.now, VIENNA, driver.clinic)


def full() -> tuple[Driver, Around]:
    driver = infusing()
    driver.do(form(*FULL, driver=driver, set="full"))
    driver.take(OxygenChanged(session=SESSION, at=driver.now, by=NORA, flow_l_min=2))
    around = Around(
        chair="Chair 1",
        place="4/6",
        readings={
            SignalName.HR: shown(driver, 84.0),
            SignalName.SPO2: shown(driver, 96.0),
            SignalName.NIBP: shown(driver, CuffPressure(sys=142, dia=88), 3),
            SignalName.RR: shown(driver, 14.0, state=ReadingState.STALE),
        },
        given_mg=Decimal("5.83"),
        ordered_mg=Decimal(35),
        predicted_end=driver.now + 50 * MINUTE,
        alarms=("!! BP 168/92 over 165",),
        due=("BP 15:41",),
    )
    return driver, around


def test_a_handover_has_its_four_parts_in_the_clinics_time() -> None:
    driver, around = full()
    sbar = told(driver, around)
    start = driver.session.started_at
    assert start is not None
    assert sbar.situation == (
        f"Chair 1, Anna Muster (AM), infusing since {start.astimezone(VIENNA):%H:%M}",
        "Given 5.8 of 35.0 mg",
        f"Ends about {(driver.now + 50 * MINUTE).astimezone(VIENNA):%H:%M}",
        "HR 84 · SpO2 96 % · BP 142/88 (3 min ago)",
        "Oxygen 2 L/min",
        "Alarm: !! BP 168/92 over 165",
    )
    assert sbar.background[:3] == (
        "Depression, infusion 4/6",
        "Order: ketamine 0.5 mg/kg/h, 35.0 mg, 70 kg, by Paul Prescriber",
        "Baseline: BP 122/80, HR 70",
    )
    assert any(line.startswith("Dissociation 4") for line in sbar.assessment)
    assert [line.endswith("oxygen: 2 L/min (Nora Nurse)") for line in sbar.happened] == [True]
    assert sbar.recommendation == ("Due: BP 15:41",)
    assert [part for part in sbar.text.split("\n") if part in {
        "Situation", "Background", "Assessment", "Recommendation"}] == [
        "Situation", "Background", "Assessment", "Recommendation",
    ]  # fmt: skip


def test_a_number_that_may_not_be_believed_is_not_handed_over() -> None:
    driver, around = full()
    assert "RR" not in "\n".join(told(driver, around).situation)


def test_what_is_not_recorded_has_no_line() -> None:
    sbar = told(planned())
    assert sbar.situation == ("Anna Muster (AM), planned",)
    assert sbar.background == ("Depression",)
    assert sbar.assessment == sbar.happened == ()
    assert sbar.recommendation == ()
    for word in ("SpO2", "mg", "Baseline", "Allergies", "None", "Oxygen", "Due"):
        assert word not in sbar.text


def lines_of(session: Session, driver: Driver) -> set[str]:
    sbar = handover(session, Around(), driver.now, VIENNA, driver.clinic)
    return {
        *sbar.situation,
        *sbar.background,
        *sbar.assessment,
        *sbar.happened,
        *sbar.recommendation,
    }


def test_what_is_recorded_more_adds_its_line_and_changes_no_other() -> None:
    driver = infusing()
    before = lines_of(driver.session, driver)
    driver.do(
        c.ExplainRateChange(
            by=NORA, device=PUMP, changed_at=driver.now - MINUTE, reason="tolerated well"
        )
    )
    after = lines_of(driver.session, driver)
    assert before < after
    (line,) = after - before
    assert line.endswith("rate changed: tolerated well")


def test_a_pump_nobody_confirmed_and_what_keeps_the_patient_are_recommended() -> None:
    driver = infusing()
    driver.do(c.AssociateDevice(by=NORA, device=DeviceId("pump-2"), kind=DeviceKind.PUMP))
    assert told(driver).recommendation == ("A second person has to confirm pump-2",)
    sbar = told(recovering(), Around(not_yet=("MOAA/S 4 is under 5", "no escort is named")))
    assert sbar.recommendation == ("Not home yet because MOAA/S 4 is under 5; no escort is named",)


def test_a_long_story_loses_its_beginning_and_says_so() -> None:
    driver, around = full()
    for minute in range(9, 0, -1):
        driver.take(
            OxygenChanged(
                session=SESSION, at=driver.now - minute * MINUTE, by=NORA, flow_l_min=minute
            )
        )
    whole = told(driver, around)
    limit = len(whole.text) - 40
    short = whole.within(limit)
    assert len(short.text) <= limit
    assert short.happened[0] == "(earlier: see the record)"
    assert short.happened[-1] == whole.happened[-1]
    assert short.assessment == whole.assessment
    assert whole.within(10_000) == whole


def test_a_handover_is_edited_and_signed_as_an_event() -> None:
    driver, around = full()
    drafted = told(driver, around).text
    driver.do(care.GiveHandover(by=NORA, text=f"{drafted}\nAnxious.", drafted=drafted, to="Olga"))
    (given,) = driver.session.handovers
    assert (given.by, given.to) == (NORA, "Olga")
    assert given.drafted == drafted
    assert given.text.endswith("Anxious.")
    driver.do(care.GiveHandover(by=NORA, text=drafted, drafted=drafted))
    assert driver.session.handovers[-1].text == driver.session.handovers[-1].drafted


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (care.GiveHandover(by=NORA, text="  ", drafted="x"), "is empty"),
        (care.GiveHandover(by=ADA, text="x", drafted="x"), "administrator may not hand over"),
    ],
)
def test_an_empty_handover_and_one_of_nobody_at_the_chair_are_refused(
    command: care.GiveHandover, why: str
) -> None:
    assert why in infusing().refuse(command).reason
