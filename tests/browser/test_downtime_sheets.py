"""A downtime sheet is one page of A4 on paper, black on white, with lines to write on by hand."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from dashboard.downtime.paper import cover_of, paper_of
from dashboard.downtime.sheet import NUMBERS, DueLine, Sheet, VitalsLine
from infusion.baseline import CuffPressure
from infusion.handover import Sbar
from tests.fixtures.session import ANNA
from vocabulary.ids import DeviceId, SessionId, WardId
from vocabulary.states import SessionState

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 26, 3, 2, 34, tzinfo=UTC)
A_HAND_MM = 7.5
MM = 96 / 25.4


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def cuff(minutes_ago: float) -> CuffPressure:
    return CuffPressure(
        sys=198, dia=112, observed_at=NOW - minutes(minutes_ago), device=DeviceId("monitor-1")
    )


def due(count: int, every_min: float) -> tuple[DueLine, ...]:
    return tuple(
        DueLine(
            at=NOW + minutes(every_min * place - 9),
            what="Before the start and before going home" if place % 3 == 2 else "Quick set",
            is_overdue=place < 2,
        )
        for place in range(count)
    )


def busy() -> Sheet:
    """Chair 1 in the middle of an hour with everything in it."""
    return Sheet(
        session=SessionId("5b2d1c7e90aa"),
        ward=WardId("north"),
        chair="Chair 1",
        state=SessionState.INFUSING,
        made_at=NOW,
        zone=UTC,
        patient=ANNA,
        order=(
            "ketamine 1 mg/mL, by Paul Prescriber",
            "start at 0.5 mg/kg/h = 35.0 mL/h",
            "between 0.3 and 0.7 mg/kg/h, steps of 0.1",
            "35.0 mg in 60 min; dosing weight 70 kg",
        ),
        dose=("given 29.2 of 35.0 mg (29.16 mL)", "rate 28 mL/h = 0.40 mg/kg/h"),
        ends_at=NOW + minutes(12),
        around=Sbar(
            situation=("Chair 1, Anna Muster (AM), infusing", "Oxygen 2 L/min"),
            background=(
                "Depression, infusion 4/6",
                "Baseline: BP 122/80, HR 70, SpO2 97, RR 14",
                "Allergies (write none if none): "
                + "penicillin (anaphylaxis 1998), " * 6
                + "wasps",
                "Antihypertensives today: amlodipine 10 mg at 07:30, bisoprolol 5 mg at 07:30",
                "Cautions: heart, raised pressure in head or eye, liver, psychosis: glaucoma",
                "IV site, patent and secured: left forearm, 20 G",
            ),
            assessment=("Sedation (MOAA/S) 4 (02:55)", "Breathing and airway: clear (02:55)"),
            happened=tuple(f"02:{n:02} what was done {n} (Nora Nurse)" for n in range(10, 30)),
            recommendation=(),
        ),
        vitals=tuple(
            VitalsLine(at=NOW - minutes(5 * n), numbers=dict.fromkeys(NUMBERS, "97"), cuff=cuff(n))
            for n in range(12)
        ),
        highest=cuff(40),
        alarms=tuple(f"!!! alarm number {n}, SpO2 86 < 90, since 02:5{n}" for n in range(9)),
        heard_at=NOW,
        due=due(24, 5),
        columns=("Sedation (MOAA/S)", "Breathing and airway"),
    )


def quiet() -> Sheet:
    """A chair of which next to nothing is known."""
    return replace(
        busy(), state=SessionState.PREPARING, order=(), dose=("nothing given yet",), ends_at=None,
        around=Sbar(
            situation=("Chair 1",), background=("Depression",), assessment=(), happened=(),
            recommendation=(),
        ),
        vitals=(), highest=None, alarms=(), heard_at=None, due=(),
    )  # fmt: skip


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 900, "height": 1200}, color_scheme="dark")
    opened = context.new_page()
    opened.emulate_media(media="print", color_scheme="dark")
    yield opened
    context.close()


def opened(page: Page, tmp_path: Path, text: str) -> None:
    file = tmp_path / "sheet.html"
    file.write_text(text)
    page.goto(file.as_uri())


def printed(page: Page) -> tuple[int, str, Any]:
    """How many pages, all words without spaces, and the size of the first."""
    found = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    words = "".join(one.extract_text() for one in found.pages)
    return len(found.pages), "".join(words.split()), found.pages[0].mediabox


FILLED = """() => [...document.querySelectorAll('.lines > div, .blank > div')].filter(row =>
    row.getBoundingClientRect().right <= document.querySelector('.sheet').getBoundingClientRect()
        .right + 1).map(row => {
        const box = row.getBoundingClientRect();
        return {top: box.top, bottom: box.bottom, blank: !row.textContent.trim(),
                head: row.className === 'head', width: box.width};
    })"""


@pytest.mark.parametrize("sheet", [busy(), quiet()], ids=["everything", "nothing"])
def test_a_sheet_is_one_page_of_a4_with_lines_as_high_as_a_hand_writes(
    page: Page, tmp_path: Path, sheet: Sheet
) -> None:
    opened(page, tmp_path, paper_of(sheet))
    pages, words, box = printed(page)
    assert pages == 1
    assert (float(box.width), float(box.height)) == pytest.approx((595, 842), abs=1)
    rows = page.evaluate(FILLED)
    edge = page.locator(".blank").bounding_box()
    assert edge is not None
    lines = [row for row in rows if not row["head"]]
    assert all(row["bottom"] - row["top"] >= A_HAND_MM * MM for row in lines)
    assert all(row["bottom"] <= edge["y"] + edge["height"] + 1 for row in rows)
    assert sum(row["blank"] for row in lines) >= 3
    assert len(lines) >= 11
    assert "Frompaper,because" in words


def test_what_is_left_out_of_a_full_sheet_is_told_and_an_allergy_never_is(
    page: Page, tmp_path: Path
) -> None:
    opened(page, tmp_path, paper_of(busy()))
    _, words, _ = printed(page)
    allergies = busy().around.background[2]
    assert "".join(allergies.split()) in words
    assert "alarmnumber3," in words
    assert "alarmnumber4," not in words
    assert "and5more" in words
    assert "13earlier:seetherecord" in words
    assert "02:29whatwasdone29" in words
    assert "highestBPsofar198/112,02:22" in words
    assert "and16morechecksuntil04:48" in words
    assert f"born{date(1980, 2, 1):%d%B%Y}" in words


def test_a_sheet_is_black_on_white_and_the_time_it_was_made_is_the_largest_on_it(
    page: Page, tmp_path: Path
) -> None:
    opened(page, tmp_path, paper_of(busy()))
    colours = page.evaluate(
        """() => [...new Set([...document.querySelectorAll('body, body *')].map(
            node => getComputedStyle(node).color))]"""
    )
    assert colours == ["rgb(0, 0, 0)"]
    behind = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert behind == "rgb(255, 255, 255)"
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('.sheet, .sheet *')].map(
            node => [parseFloat(getComputedStyle(node).fontSize), node.textContent])"""
    )
    largest = max(sizes)
    assert largest[1] == "03:02:34"
    assert [text for size, text in sizes if size > largest[0] / 1.9] == ["03:02:34"]


def test_the_list_of_the_sheets_is_one_page_too(page: Page, tmp_path: Path) -> None:
    sheets = [(f"sheet-{n}.html", busy()) for n in range(24)]
    opened(page, tmp_path, cover_of(sheets, NOW, UTC))
    assert printed(page)[0] == 1
