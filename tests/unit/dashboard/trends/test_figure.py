"""The picture of a session: what is drawn where, and that it cannot send itself away."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pandas as pd
import pytest

from dashboard.components.trend_graph import in_script, mark_key, trend_graph
from dashboard.trends.figure import CONFIG, SIGNS, figure_of, rate_steps
from dashboard.trends.layout import Picture
from dashboard.trends.marks import Mark, MarkKind, marks_of_delivery, marks_of_events
from infusion.alarms.events import AlarmRaised
from infusion.commands import Command
from infusion.configuration import Measure
from infusion.delivered import SegmentKind
from infusion.interventions import commands as ic
from infusion.interventions.events import OrderedBy
from infusion.report.dose import RateChangeLine, SegmentLine
from tests.fixtures.alarmed import AlarmedBed
from tests.fixtures.clinic import START
from tests.fixtures.observing import FULL, form
from tests.fixtures.session import NORA, PUMP, infusing
from vocabulary.ids import SELF_TEST_DEVICE, AdverseEventId
from vocabulary.signals import SignalName

VIENNA = ZoneInfo("Europe/Vienna")


def segment(begins: float, ends: float, rate: str | None, mg: str | None, **fields: Any) -> Any:
    usual: dict[str, Any] = {
        "device": PUMP,
        "kind": SegmentKind.INFUSION,
        "begins": START + timedelta(seconds=begins),
        "ends": START + timedelta(seconds=ends),
        "rate_ml_h": None if rate is None else Decimal(rate),
        "rate_mg_kg_h": None,
        "volume_ml": None if mg is None else Decimal(mg),
        "mg_ml": Decimal(1),
        "mg": None if mg is None else Decimal(mg),
        "is_open": False,
        "is_silent": False,
        "is_by_hand": False,
    }
    return SegmentLine(**(usual | fields))


def picture(**fields: Any) -> Picture:
    hr = pd.Series(
        [70.0, float("nan"), 74.0],
        index=pd.DatetimeIndex([START + timedelta(seconds=s) for s in (0, 30, 60)]),
    )
    cuffs = pd.DataFrame(
        {"nibp_sys": [138.0], "nibp_dia": [86.0], "nibp_map": [103.0]},
        index=pd.DatetimeIndex([START]),
    )
    usual: dict[str, Any] = {
        "zone": VIENNA,
        "begins": START,
        "ends": START + timedelta(hours=1),
        "signals": {SignalName.HR: hr},
        "cuffs": cuffs,
        "segments": [segment(0, 1200, "35", "11.667")],
        "marks": [Mark(at=START, kind=MarkKind.RATE, text="infusion started")],
        "baseline": {Measure.HR: 70.0, Measure.NIBP_SYS: 122.0},
        "ordered_mg": Decimal(35),
    }
    return Picture(**(usual | fields))


def trace(figure: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(t for t in figure["data"] if t["meta"]["name"] == name)
    return found


def test_times_are_the_clinics_and_a_missing_number_breaks_the_line() -> None:
    figure = figure_of(picture())
    hr = trace(figure, "hr")
    assert hr["x"][0] == "2026-11-22T15:00:00.000"
    assert hr["y"] == [70.0, None, 74.0]
    assert hr["connectgaps"] is False


def test_a_cuff_is_a_bar_from_diastolic_to_systolic_with_its_mean() -> None:
    figure = figure_of(picture())
    bar = trace(figure, "nibp")
    assert (bar["type"], bar["base"], bar["y"], bar["text"]) == ("bar", [86.0], [52.0], ["138/86"])
    assert trace(figure, "map")["y"] == [103.0]


def test_baselines_are_lines_and_marks_have_words() -> None:
    figure = figure_of(picture())
    names = {shape["name"]: shape["y0"] for shape in figure["layout"]["shapes"]}
    assert names["baseline hr"] == 70.0
    assert names["baseline nibp_sys"] == 122.0
    marks = trace(figure, "marks")
    assert marks["text"] == ["infusion started"]
    assert marks["x"] == ["2026-11-22T15:00:00.000"]


def test_everything_is_svg_and_plain_json() -> None:
    figure = figure_of(picture())
    assert {t["type"] for t in figure["data"]} == {"scatter", "bar"}
    json.dumps(figure, allow_nan=False)


def test_the_rate_is_steps_zero_in_a_pause_and_a_gap_where_it_is_not_known() -> None:
    segments = [
        segment(0, 600, "35", "5.83"),
        segment(900, 1200, "28", "2.33"),
        segment(1200, 1260, None, "0.4"),
        segment(1260, 1300, "28", "0.3", is_open=True),
    ]
    _, y = rate_steps(segments, VIENNA)
    assert y == [35.0, 35.0, 0.0, 0.0, 28.0, 28.0, None, None, 28.0, 28.0]
    _, ended = rate_steps(segments[:1], VIENNA)
    assert ended == [35.0, 35.0, 0.0]


def test_what_happened_is_marked_with_its_reason() -> None:
    marks = marks_of_events(infusing().events)
    assert {"initial order, Paul Prescriber", "confirmed by Olga Other"} <= {m.text for m in marks}
    change = RateChangeLine(
        device=PUMP,
        at=START,
        from_ml_h=Decimal(35),
        to_ml_h=Decimal(42),
        from_mg_kg_h=None,
        to_mg_kg_h=None,
        after_pause=False,
        reason="",
        explained_by="",
    )
    [started, changed] = marks_of_delivery([change], (), START)
    assert started.text == "infusion started"
    assert changed.text == "35 to 42 mL/h, no reason yet"


def test_sedation_and_dissociation_stand_at_the_marks_of_their_sets() -> None:
    driver = infusing()
    driver.do(form(*FULL, driver=driver, set="full"))
    [mark] = [m for m in marks_of_events(driver.events) if m.kind == "observation"]
    assert mark.at == driver.now
    assert mark.text.startswith("full set, Nora Nurse: sedation 5, dissociation 4, ")


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (ic.ChangeOxygen(by=NORA, flow_l_min=2), "oxygen 2 L/min"),
        (
            ic.GiveRescueDrug(
                by=NORA, drug="midazolam", dose=Decimal(1), unit="mg", route="iv",
                ordered_by=OrderedBy.STANDING,
            ),
            "midazolam 1 mg",
        ),
        (ic.CallPrescriber(by=NORA, prescriber="Paul", about="BP"), "called Paul BP"),
        (ic.ReportIvFailed(by=NORA, what="swollen"), "IV failed: swollen"),
        (
            ic.RecordAdverseEvent(by=NORA, adverse=AdverseEventId("a1"), what="vomiting", grade=2),
            "adverse event, grade 2: vomiting",
        ),
        (ic.ReportSymptoms(by=NORA, symptoms=("dizzy",)), "symptoms: dizzy"),
        (ic.BeginEmergency(by=NORA), "EMERGENCY"),
    ],
)  # fmt: skip
def test_every_intervention_marks_the_trend_at_its_time(command: Command, text: str) -> None:
    driver = infusing().move(3)
    driver.do(command)
    marks = marks_of_events(driver.events)
    assert [(m.at, m.text) for m in marks if m.kind == "intervention"] == [(driver.now, text)]


def test_no_graph_offers_to_send_itself_away() -> None:
    assert CONFIG["showSendToCloud"] is False
    assert CONFIG["plotlyServerURL"] == ""
    assert "sendChartToCloud" in CONFIG["modeBarButtonsToRemove"]
    page = str(trend_graph("a trend", figure_of(picture()), data_news="/x"))
    held = page.partition('data-trend-figure="">')[2].partition("</script>")[0]
    assert json.loads(held)["config"] == CONFIG


def test_words_in_a_figure_cannot_end_the_script_that_holds_it() -> None:
    marks = [Mark(at=START, kind=MarkKind.NOTE, text="</script><script>alert(1)</script>&\u2028")]
    page = str(in_script(figure_of(picture(marks=marks))))
    assert "<" not in page
    assert json.loads(page)["data"][-1]["text"] == [marks[0].text]


def test_an_alarm_is_marked_at_its_time_and_a_self_test_is_not() -> None:
    bed = AlarmedBed().run(20, spo2=88.0)
    [raised] = [event for event in bed.events if isinstance(event, AlarmRaised)]
    test = msgspec.structs.replace(raised, subject=SELF_TEST_DEVICE)
    assert marks_of_events([raised, test]) == [
        Mark(at=raised.at, kind=MarkKind.ALARM, text="!!! SpO2 88 < 90")
    ]


def test_the_key_below_a_trend_has_every_kind_of_mark() -> None:
    assert set(SIGNS) == set(MarkKind)
    assert "★ alarm" in str(mark_key())
