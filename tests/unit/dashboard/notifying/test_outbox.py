"""Notices on their way: tried again with growing pauses, in order, and given up in the end."""

from datetime import datetime, timedelta

import pytest

from dashboard.notifying.notices import Notice, NoticeWord
from dashboard.notifying.outbox import GIVEN_UP_AFTER, PAUSES_S, Outbox
from tests.fixtures.clinic import START
from vocabulary.alarms import AlarmPriority
from vocabulary.ids import WardId


def notice(name: str = "n1", alarm: str = "a1", what: NoticeWord = NoticeWord.RAISED) -> Notice:
    return Notice(
        id=name, what=what, alarm=alarm, ward=WardId("north"), bed="1", label="Chair 1",
        priority=AlarmPriority.HIGH, text="SpO2 86 < 90", since=START, step=0, said_at=START,
    )  # fmt: skip


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def fail(outbox: Outbox, seconds: float) -> bool:
    """Try what is due and fail; whether it was given up."""
    [waiting] = outbox.due(at(seconds))
    outbox.begin(waiting)
    assert outbox.due(at(seconds)) == [], "under way"
    return outbox.failed(waiting, "refused", at(seconds)) is not None


def test_a_notice_is_tried_again_with_growing_pauses(outbox: Outbox) -> None:
    outbox.put(notice(), at(0))
    now = 0.0
    for pause_s in PAUSES_S:
        assert not fail(outbox, now)
        assert outbox.due(at(now + pause_s - 0.01)) == []
        now += pause_s
    [waiting] = outbox.due(at(now))
    assert waiting.tries == len(PAUSES_S)


def test_three_failures_in_a_row_are_trouble_until_one_is_taken(outbox: Outbox) -> None:
    outbox.put(notice(), at(0))
    fail(outbox, 0)
    fail(outbox, 1)
    assert outbox.trouble is None
    fail(outbox, 3)
    assert outbox.trouble == (at(0), "refused")
    [waiting] = outbox.due(at(60))
    outbox.begin(waiting)
    outbox.delivered(waiting)
    assert outbox.trouble is None
    assert len(outbox) == 0


def test_a_notice_that_is_too_old_is_given_up(outbox: Outbox) -> None:
    outbox.put(notice(), at(0))
    assert fail(outbox, GIVEN_UP_AFTER.total_seconds())
    assert len(outbox) == 0


def test_notices_of_one_alarm_keep_their_order_and_those_of_others_do_not_wait(
    outbox: Outbox,
) -> None:
    outbox.put(notice("n1"), at(0))
    outbox.put(notice("n2", what=NoticeWord.ESCALATED), at(0))
    outbox.put(notice("m1", alarm="a2"), at(0))
    assert [waiting.notice.id for waiting in outbox.due(at(0))] == ["n1", "m1"]


def test_what_waits_to_be_told_of_an_alarm_that_is_over_is_dropped(outbox: Outbox) -> None:
    outbox.put(notice("n1"), at(0))
    outbox.put(notice("n2", what=NoticeWord.OVER), at(5))
    assert [waiting.notice.id for waiting in outbox.due(at(5))] == ["n2"]
