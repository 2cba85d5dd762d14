"""The page on paper: one sheet of A4, the report's own figures, fonts embedded, nothing cut off."""

from functools import cache
from io import BytesIO
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from exchange import figures, findings, seals
from exchange.figures import Line, clock_of
from exchange.paper import BOLD, REGULAR, printable, width_of, wrapped
from exchange.pdf import Letterhead, session_pdf
from infusion.observations.events import ProfileChosen
from infusion.report import SessionReport, content_hash, sealed_content
from infusion.report.content import ProtocolLine
from infusion.report.rows import CheckState
from tests.fixtures.clinic import START
from tests.fixtures.exported import signed_report
from tests.fixtures.session import NORA, SESSION, Driver, plan
from tests.fixtures.whole_session import report_of, unfinished_report, whole_report

HEAD = Letterhead(clinic="Klinik am See", zone="Europe/Vienna")
A4 = (595.276, 841.89)


def read(report: SessionReport) -> PdfReader:
    return PdfReader(BytesIO(session_pdf(report, HEAD)))


def words(report: SessionReport) -> str:
    """All text of the page, white space evened out."""
    return " ".join(read(report).pages[0].extract_text().split())


def lines_of(report: SessionReport) -> list[Line]:
    clock = clock_of(report, HEAD.zone)
    return [
        *figures.who(report),
        *figures.order(report, clock),
        *figures.times(report, clock),
        *figures.dose(report, clock),
        *figures.vital_signs(report, clock),
        *figures.rate_changes(report, clock),
        *findings.observations(report, clock),
        *findings.alarms(report),
        *findings.completeness(report, clock),
        *findings.devices(report),
        *findings.preparation(report, clock),
        *findings.balance(report),
        *findings.discharge(report, clock),
        *seals.signatures(report),
    ]


@pytest.mark.parametrize("report", [signed_report(), unfinished_report()])
def test_it_is_one_page_of_a4_with_every_figure_of_the_report(report: SessionReport) -> None:
    reader = read(report)
    [page] = reader.pages
    assert [float(x) for x in page.mediabox[2:]] == pytest.approx(A4, abs=0.1)
    text = words(report)
    for line in lines_of(report):
        assert line.text in text, line
    for line in findings.interventions(report, clock_of(report, HEAD.zone)):
        assert line.text in text


def test_every_font_is_embedded() -> None:
    [page] = read(signed_report()).pages
    fonts = page["/Resources"]["/Font"]  # type: ignore[index]
    for font in fonts.values():
        named = font.get_object()
        assert "Inter" in named["/BaseFont"]
        assert "/FontFile2" in named["/FontDescriptor"]


def test_the_hash_of_the_content_is_printed() -> None:
    seal = content_hash(sealed_content(signed_report()))
    assert f"SHA-256 of the content: {seal}" in words(signed_report())


def test_the_same_report_gives_the_same_bytes() -> None:
    assert session_pdf(signed_report(), HEAD) == session_pdf(signed_report(), HEAD)


def test_the_picture_is_drawn_in_vectors() -> None:
    [page] = read(signed_report()).pages
    assert "/XObject" not in page["/Resources"]  # type: ignore[operator]
    assert page.get_contents().get_data().count(b" l ") > 1000  # type: ignore[union-attr]


def test_the_profile_of_the_protocol_stands_on_the_page_with_who_chose_it() -> None:
    assert "Protocol 60 min of recovery" in words(signed_report())
    word = ProfileChosen(
        session=SESSION, at=START, by=NORA, profile="long", reason="first infusion"
    )
    held = ProtocolLine(profile="long", label="120 min of recovery", recovery_s=7200, chosen=word)
    told = words(msgspec.structs.replace(signed_report(), protocol=held))
    assert "120 min of recovery (Nora Nurse: first infusion)" in told


def test_a_page_says_that_it_is_not_signed_and_where_the_session_stands() -> None:
    assert "NOT SIGNED (discharged)" in words(unfinished_report())
    assert "NOT SIGNED" not in words(signed_report())


def test_a_page_of_simulated_devices_says_that_it_is_no_patients() -> None:
    devices = tuple(msgspec.structs.replace(d, is_simulated=True) for d in signed_report().devices)
    assert "SIMULATED DEVICES" in words(msgspec.structs.replace(signed_report(), devices=devices))
    assert "SIMULATED" not in words(signed_report())


def test_content_that_changed_since_it_was_signed_is_told() -> None:
    changed = msgspec.structs.replace(signed_report(), position="5/6")
    assert "changed since it was signed" in words(changed)
    assert "changed since" not in words(signed_report())


@cache
def crowded() -> SessionReport:
    """A session with more lines than a page has room for."""
    report = whole_report()
    late = tuple(
        msgspec.structs.replace(line, state=CheckState.LATE, reason="another patient " * 8)
        for line in report.observations
    )
    return msgspec.structs.replace(
        report, observations=late * 3, rate_changes=report.rate_changes * 20
    )


def test_what_has_no_room_is_counted_and_the_page_stays_one() -> None:
    reader = read(crowded())
    assert len(reader.pages) == 1
    assert "more lines have no room here: see the record." in words(crowded())
    for line in findings.balance(crowded()):
        assert line.text in words(crowded())


def test_what_was_missed_again_and_again_is_one_line() -> None:
    report = unfinished_report()
    missed = [line for line in report.observations if line.state is CheckState.MISSED]
    often = msgspec.structs.replace(report, observations=(*report.observations, *missed * 30))
    text = words(often)
    assert "Breathing and airway, Sedation (MOAA/S) missed 31 times, last 16:12" in text
    assert "more lines" not in text


def test_a_session_that_gave_no_drug_has_a_page_too() -> None:
    report = report_of(Driver().do(plan()), vitals=(), pump_facts=(), alarms=())
    assert "No drug was given." in words(report)


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Łukaszewicz-Nguyễn", "Łukaszewicz-Nguyễn"),
        ("Кузнецова Παπαδοπούλου", "Кузнецова Παπαδοπούλου"),
        ("e\u0301", "é"),
        ("山", "[U+5C71]"),
        ("a\u00a0b\u2003c", "a\u00a0b c"),
    ],
)
def test_a_name_is_never_printed_with_a_hole(name: str, printed: str) -> None:
    assert printable(name) == printed


def test_a_long_name_is_on_the_page_as_a_whole() -> None:
    name = "Wolfeschlegelsteinhausenbergerdorff-" * 3
    patient = msgspec.structs.replace(signed_report().patient, family_name=name)
    text = words(msgspec.structs.replace(signed_report(), patient=patient))
    assert f"{name}, Anna" in text


@pytest.mark.parametrize("text", ["", "one", "one two three " * 20, "x" * 400, "a " + "y" * 300])
def test_lines_are_never_wider_than_their_column(text: str) -> None:
    lines = wrapped(text, REGULAR, 7, 150)
    assert all(width_of(line, REGULAR, 7) <= 150 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("font", [REGULAR, BOLD])
def test_figures_of_a_column_stand_under_each_other(font: str) -> None:
    widths = [width_of(digit, font, 10) for digit in "0123456789"]
    assert max(widths) - min(widths) < 0.02


@pytest.mark.parametrize(
    ("value", "shown"), [(-0.0004, "0.00"), (0.005, "0.01"), (None, "\u2013"), (-1.5, "-1.50")]
)
def test_nothing_is_never_less_than_nothing(value: Any, shown: str) -> None:
    assert figures.number(value, 2) == shown
