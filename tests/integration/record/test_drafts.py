"""Drafts in the record's state: kept, told to others, forgotten."""

from datetime import timedelta
from typing import Any

import msgspec

from record.drafts import FormDraft
from record.store import Record
from tests.fixtures.clinic import START
from vocabulary.ids import SessionId

DAY = timedelta(days=1)


def draft(**fields: Any) -> FormDraft:
    plain = FormDraft(
        session=SessionId("s1"),
        form="observe-quick",
        account="nora",
        printed_name="Nora Nurse",
        typed={"sedation": "5", "when": ""},
        at=START,
    )
    return msgspec.structs.replace(plain, **fields)


def test_a_draft_takes_the_place_of_the_one_before(record: Record) -> None:
    record.drafts.keep(draft(), DAY)
    newer = draft(typed={"sedation": "4"}, at=START + timedelta(minutes=1))
    record.drafts.keep(newer, DAY)
    assert record.drafts.of(SessionId("s1"), "observe-quick") == [newer]


def test_everybodys_drafts_of_a_form_are_told_the_newest_first(record: Record) -> None:
    hers = draft(account="olga", at=START + timedelta(seconds=5))
    record.drafts.keep(draft(), DAY)
    record.drafts.keep(hers, DAY)
    record.drafts.keep(draft(form="observe-full"), DAY)
    record.drafts.keep(draft(session=SessionId("s2")), DAY)
    assert record.drafts.of(SessionId("s1"), "observe-quick") == [hers, draft()]


def test_a_draft_is_dropped_and_an_old_one_forgotten(record: Record) -> None:
    record.drafts.keep(draft(), DAY)
    record.drafts.keep(draft(account="olga", at=START + DAY + timedelta(seconds=1)), DAY)
    assert [d.account for d in record.drafts.of(SessionId("s1"), "observe-quick")] == ["olga"]
    record.drafts.drop(SessionId("s1"), "observe-quick", "olga")
    assert record.drafts.of(SessionId("s1"), "observe-quick") == []
