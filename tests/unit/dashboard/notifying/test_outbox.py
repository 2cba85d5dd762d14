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


OVER, SEEN = NoticeWord.OVER, NoticeWord.ACKNOWLEDGED


def waiting(outbox: Outbox, seconds: float) -> list[str]:
    return [each.notice.id for each in outbox.due(at(seconds))]


def take(outbox: Outbox, seconds: float) -> None:
    """Try what is due, and it is taken."""
    [due] = outbox.due(at(seconds))
    outbox.begin(due)
    outbox.delivered(due)


@pytest.mark.parametrize("closing", [SEEN, OVER])
def test_of_an_alarm_that_nobody_was_told_of_nothing_is_told_once_it_is_seen_or_over(
    outbox: Outbox, closing: NoticeWord
) -> None:
    outbox.put(notice("n1"), at(0))
    assert not fail(outbox, 0)
    outbox.put(notice("n2", what=closing), at(5))
    assert (waiting(outbox, 60), len(outbox)) == ([], 0)


@pytest.mark.parametrize("closing", [SEEN, OVER])
def test_a_receiver_that_was_told_of_an_alarm_is_told_that_it_is_seen_or_over(
    outbox: Outbox, closing: NoticeWord
) -> None:
    outbox.put(notice("n1"), at(0))
    take(outbox, 0)
    outbox.put(notice("n2", what=NoticeWord.ESCALATED), at(4))
    outbox.put(notice("n3", what=closing), at(5))
    assert waiting(outbox, 5) == ["n3"], "and no longer that it went on to somebody"


def test_a_receiver_that_may_have_been_told_is_told_that_it_is_over(outbox: Outbox) -> None:
    outbox.put(notice("n1"), at(0))
    [due] = outbox.due(at(0))
    outbox.begin(due)
    outbox.failed(due, "no answer", at(5), is_perhaps_known=True)
    outbox.put(notice("n2", what=OVER), at(6))
    assert waiting(outbox, 6) == ["n2"]


@pytest.mark.parametrize("is_perhaps_known", [True, False])
def test_what_is_over_while_it_is_on_its_way_is_told_if_it_may_have_arrived(
    outbox: Outbox, *, is_perhaps_known: bool
) -> None:
    outbox.put(notice("n1"), at(0))
    [due] = outbox.due(at(0))
    outbox.begin(due)
    outbox.put(notice("n2", what=OVER), at(1))
    assert waiting(outbox, 1) == [], "in its order"
    outbox.failed(due, "refused", at(2), is_perhaps_known=is_perhaps_known)
    assert waiting(outbox, 60) == (["n2"] if is_perhaps_known else [])


def test_what_is_over_while_it_is_on_its_way_and_arrives_is_told_then(outbox: Outbox) -> None:
    outbox.put(notice("n1"), at(0))
    [due] = outbox.due(at(0))
    outbox.begin(due)
    outbox.put(notice("n2", what=OVER), at(1))
    outbox.delivered(due)
    assert waiting(outbox, 1) == ["n2"]


def test_that_an_alarm_is_over_is_told_however_long_the_receiver_is_away(outbox: Outbox) -> None:
    outbox.put(notice("n1"), at(0))
    take(outbox, 0)
    outbox.put(notice("n2", what=OVER), at(10))
    for n in range(30):
        assert not fail(outbox, 10 + n * GIVEN_UP_AFTER.total_seconds())
    take(outbox, 10 + 30 * GIVEN_UP_AFTER.total_seconds())
    outbox.put(notice("n3", what=OVER), at(0))
    assert len(outbox) == 0, "it knows already"


def test_what_was_told_before_the_start_is_known(outbox: Outbox) -> None:
    outbox.know(["a1"])
    outbox.put(notice("n2", what=OVER), at(0))
    assert waiting(outbox, 0) == ["n2"]
