"""Fields of a form: what they make of what was typed, and how they say what is wrong."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import FormData

from dashboard.forms.fields import (
    ChoiceField,
    ClockField,
    DateField,
    Field,
    FormClock,
    HiddenField,
    MomentField,
    NotAnAnswer,
    NumberField,
    PinField,
    TextField,
    TickField,
    YesNoField,
)
from dashboard.forms.form import Form, form_view, fresh, read_form
from infusion.commands import Refused

VIENNA = ZoneInfo("Europe/Vienna")
CLOCK = FormClock(now=datetime(2026, 11, 22, 13, 0, tzinfo=UTC), zone=VIENNA)  # 14:00 there
KINDS = ChoiceField(name="f", label="Kind", options=[("a", "Kind A"), ("b", "Kind B")])


@pytest.mark.parametrize(
    ("field", "typed", "meant"),
    [
        (TextField(name="f", label="Why"), "because", "because"),
        (NumberField(name="f", label="Rate", unit="mL/h"), "35,5", Decimal("35.5")),
        (NumberField(name="f", label="Rate", unit="mL/h"), "1 000", Decimal(1000)),
        (KINDS, "a", "a"),
        (YesNoField(name="f", label="Ready"), "no", False),
        (TickField(name="f", label="Read back"), "yes", True),
        (DateField(name="f", label="Born"), "1980-02-01", date(1980, 2, 1)),
        (ClockField(name="f", label="When"), "13:50", datetime(2026, 11, 22, 12, 50, tzinfo=UTC)),
        (ClockField(name="f", label="When"), "14:10", datetime(2026, 11, 21, 13, 10, tzinfo=UTC)),
        (
            MomentField(name="f", label="Food"),
            "2026-07-01T08:00",
            datetime(2026, 7, 1, 6, 0, tzinfo=UTC),
        ),
    ],
)
def test_a_field_reads_what_people_type(field: Field, typed: str, meant: Any) -> None:
    assert field.read(typed, CLOCK) == meant


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        (NumberField(name="f", label="Rate"), "much"),
        (NumberField(name="f", label="Rate"), "NaN"),
        (NumberField(name="f", label="Weight", unit="kg"), "154 lb"),
        (NumberField(name="f", label="Rate"), "1e999999"),
        (NumberField(name="f", label="Rate", low=Decimal(0)), "-1"),
        (KINDS, "c"),
        (YesNoField(name="f", label="Ready"), "maybe"),
        (DateField(name="f", label="Born"), "1.2.1980"),
        (ClockField(name="f", label="When"), "half past"),
        (MomentField(name="f", label="Food"), "yesterday"),
    ],
)
def test_a_field_says_what_it_asks_for(field: Field, typed: str) -> None:
    with pytest.raises(NotAnAnswer, match=r"Enter|Choose"):
        field.read(typed, CLOCK)


def a_form(*fields: Field) -> Form:
    return Form(name="form", action="/do", title="Do", submit="Do it", fields=fields)


def test_what_is_missing_or_wrong_is_told_and_what_was_typed_stays() -> None:
    form = a_form(
        TextField(name="reason", label="Reason"),
        NumberField(name="rate", label="Rate", unit="mL/h"),
        PinField(name="pin", label="PIN"),
        TextField(name="note", label="Note", is_required=False),
    )
    data = FormData({"reason": "  ", "rate": "x<b>", "pin": "123456", "form-token": "t1"})
    sent = read_form(form, data, CLOCK)
    assert set(sent.faults) == {"reason", "rate"}
    assert sent.token == "t1"
    page = str(form_view(form, sent))
    assert "x&lt;b&gt;" in page
    assert "<b>" not in page
    assert "123456" not in page
    assert 'href="#form-reason"' in page
    assert 'aria-invalid="true"' in page
    assert 'role="alert"' in page


def test_a_refusal_says_why_and_what_to_do() -> None:
    form = a_form(TextField(name="reason", label="Reason"))
    sent = fresh().refused(Refused(reason="it is over", what_to_do="plan another"))
    page = str(form_view(form, sent))
    assert "it is over" in page
    assert "plan another" in page


def test_every_control_has_a_label_and_every_form_its_own_token() -> None:
    fields = (
        TextField(name="a", label="Text", hint="how"),
        KINDS,
        ChoiceField(name="g", label="Many", options=[(str(n), str(n)) for n in range(9)]),
        HiddenField(name="h", initial="kept"),
        TickField(name="t", label="Tick"),
    )
    page = str(form_view(a_form(*fields), fresh(7, "/next")))
    assert '<label for="form-a">' in page
    assert "<legend>Kind</legend>" in page
    assert '<label for="form-g">' in page
    assert 'value="kept"' in page
    assert 'name="form-seen" value="7"' in page
    assert 'name="form-next" value="/next"' in page
    assert fresh().token != fresh().token
