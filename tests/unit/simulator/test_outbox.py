"""What a device keeps, sends again, and lets go."""

import pytest

from simulator.outbox import Kept, Outbox
from vocabulary.ids import BootId
from wire.ingest_status import Ack

BOOT = BootId("b1")


def _message(seq: int) -> bytes:
    return b'{"boot":"b1","seq":%d}' % seq


def _sent(outbox: Outbox, seq: int, now_s: float = 0.0) -> Kept:
    kept = outbox.keep(seq, "topic", _message(seq))
    assert kept is not None
    outbox.sent(kept, now_s)
    return kept


def _ack(seq: int, *missing: tuple[int, int], boot: str = BOOT) -> Ack:
    return Ack(boot=BootId(boot), seq=seq, missing=missing)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox(BOOT)


def test_it_keeps_until_ingest_has_it_on_disk(outbox: Outbox) -> None:
    for seq in range(5):
        _sent(outbox, seq)
        outbox.published(seq)
    assert len(outbox) == 5
    outbox.acknowledge(_ack(2))
    assert [seq for seq in range(5) if outbox.get(seq)] == [3, 4]


def test_it_keeps_what_the_ack_names_as_missing(outbox: Outbox) -> None:
    for seq in range(10):
        _sent(outbox, seq)
    outbox.acknowledge(_ack(8, (2, 3), (6, 6)))
    assert [seq for seq in range(10) if outbox.get(seq)] == [2, 3, 6, 9]


def test_an_ack_for_another_boot_lets_nothing_go(outbox: Outbox) -> None:
    _sent(outbox, 0)
    outbox.acknowledge(_ack(5, boot="b0"))
    assert len(outbox) == 1


def test_an_older_ack_that_comes_late_changes_nothing(outbox: Outbox) -> None:
    outbox.acknowledge(_ack(7))
    outbox.acknowledge(_ack(3, (1, 2)))
    assert outbox.keep(5, "topic", _message(5)) is None


def test_what_is_stored_already_is_not_kept_again(outbox: Outbox) -> None:
    outbox.acknowledge(_ack(7, (3, 4)))
    assert outbox.keep(7, "topic", _message(7)) is None
    assert outbox.keep(3, "topic", _message(3)) is not None
    assert outbox.keep(8, "topic", _message(8)) is not None


def test_what_could_not_be_sent_is_sent_later_in_order_and_marked(outbox: Outbox) -> None:
    for seq in (0, 1):
        kept = outbox.keep(seq, "topic", _message(seq))
        assert kept is not None
        outbox.wait(kept)
    first = outbox.next_waiting()
    assert first is not None
    assert first.payload == b'{"boot":"b1","seq":0,"buffered":true}'
    second = outbox.next_waiting()
    assert second is not None
    assert second.seq == 1
    assert outbox.next_waiting() is None


def test_after_a_lost_link_what_the_broker_had_not_confirmed_goes_again_unchanged(
    outbox: Outbox,
) -> None:
    for seq in range(4):
        _sent(outbox, seq)
    outbox.published(0)
    outbox.published(2)
    waiting = outbox.keep(4, "topic", _message(4))
    assert waiting is not None
    outbox.wait(waiting)
    outbox.link_lost()
    again = [outbox.next_waiting() for _ in range(3)]
    assert [kept.seq for kept in again if kept] == [1, 3, 4]
    assert again[0] is not None
    assert again[0].payload == _message(1)
    assert outbox.next_waiting() is None


def test_what_ingest_misses_goes_again_after_ten_seconds_three_times(outbox: Outbox) -> None:
    for seq in range(3):
        _sent(outbox, seq, now_s=100.0)
        outbox.published(seq)
    outbox.acknowledge(_ack(2, (1, 1)))
    assert outbox.due_again(109.9) == []
    for turn in range(3):
        due = outbox.due_again(110.0 + 10 * turn)
        assert [kept.payload for kept in due] == [_message(1)]
        outbox.sent(due[0], 110.0 + 10 * turn)
        outbox.published(1)
    assert outbox.due_again(1000.0) == []
    outbox.acknowledge(_ack(2))
    assert len(outbox) == 0


def test_what_ingest_misses_goes_again_at_once_after_a_reconnect(outbox: Outbox) -> None:
    _sent(outbox, 0, now_s=100.0)
    _sent(outbox, 1, now_s=100.0)
    outbox.published(0)
    outbox.published(1)
    outbox.link_lost()
    outbox.acknowledge(_ack(1, (0, 0)))
    assert [kept.seq for kept in outbox.due_again(101.0)] == [0]


def test_what_ingest_has_not_spoken_of_is_not_sent_again(outbox: Outbox) -> None:
    _sent(outbox, 0)
    outbox.published(0)
    assert outbox.due_again(1e6) == []


def test_a_full_outbox_gives_up_its_oldest_message_and_counts_it() -> None:
    outbox = Outbox(BOOT, capacity=3)
    for seq in range(5):
        kept = outbox.keep(seq, "topic", _message(seq))
        assert kept is not None
        outbox.wait(kept)
    assert len(outbox) == 3
    assert outbox.given_up == 2
    first = outbox.next_waiting()
    assert first is not None
    assert first.seq == 2
