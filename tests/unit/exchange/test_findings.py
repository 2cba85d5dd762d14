"""What the sign-off page and the paper say of a session's completeness."""

from exchange import findings
from exchange.figures import clock_of
from infusion.report import SessionReport
from infusion.sign_off import OpenKind, what_is_open
from tests.fixtures.clinic import two_beds
from tests.fixtures.whole_course import BEGAN, LEFT, PROBE_OFF, monitor_course
from tests.fixtures.whole_session import accounted, driver, report_of, without_spo2

TENTH = (LEFT - BEGAN) // 10 - (PROBE_OFF[1] - PROBE_OFF[0])
"""Seconds that make, with those of the probe that was off, a tenth of the watched time."""
FROM = 5000


def with_a_tenth_missing() -> SessionReport:
    vitals = without_spo2(monitor_course(), FROM, FROM + TENTH)
    return report_of(accounted(driver()), vitals=vitals)


def test_a_tenth_of_the_time_without_saturation_is_shown_and_is_open() -> None:
    report = with_a_tenth_missing()
    lines = {line.label: line for line in findings.completeness(report, clock_of(report, "UTC"))}
    assert "SpO2 90.0" in lines["Coverage, %"].text
    assert "HR 100.0" in lines["Coverage, %"].text
    gaps = [
        line
        for line in findings.completeness(report, clock_of(report, "UTC"))
        if line.label == "SpO2 gap"
    ]
    (unexplained,) = [line for line in gaps if line.is_amiss]
    assert "no reason given" in unexplained.text
    assert "9 min 4" in unexplained.text
    kinds = [item.kind for item in what_is_open(report, two_beds().dosing.balance)]
    assert kinds == [OpenKind.GAPS]
