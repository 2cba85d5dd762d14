"""The alarm log as CSV: no note is a formula in a spreadsheet, and numbers stay numbers."""

import pytest

from dashboard.alarm_pages.log_page import _guarded


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-", "'-"),
        ("-3.5", "-3.5"),
        ("-1e+06", "-1e+06"),
        ("12", "12"),
        ("cuff moved", "cuff moved"),
    ],
)
def test_what_a_spreadsheet_would_run_has_a_quote_before_it(cell: str, written: str) -> None:
    assert _guarded(cell) == written
