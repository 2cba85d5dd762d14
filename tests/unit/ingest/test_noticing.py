"""What ingest notices of a device's messages: gaps that stay, floods of what is refused."""

from datetime import timedelta

from infusion.inputs import MessagesNoticed
from infusion.receipts import Receipts, first_receipt
from ingest.noticing import Noticing
from tests.fixtures.clinic import START
from vocabulary.ids import BootId, DeviceId, WardId

NORTH, MONITOR = WardId("north"), DeviceId("monitor-1")


def receipts(*seqs: int) -> Receipts:
    held = first_receipt(NORTH, MONITOR, BootId("b1"), seqs[0])
    for seq in seqs[1:]:
        held = held.with_seq(seq)
    return held


class Noticed:
    """One device whose messages are put in order at seconds after START."""

    def __init__(self, told: MessagesNoticed | None = None) -> None:
        self.noticing = Noticing(30, {} if told is None else {told.about: told})

    def receive(self, second: float, *seqs: int) -> None:
        self.noticing.receive(receipts(*seqs), START + timedelta(seconds=second))

    def refuse(self, second: float) -> None:
        self.noticing.refuse(NORTH, MONITOR, START + timedelta(seconds=second))

    def look(self, second: float) -> list[tuple[int, int]]:
        found = []
        while notice := self.noticing.next(START + timedelta(seconds=second), 1):
            found.append((notice.missing, notice.refused_per_min))
        return found


def test_a_gap_that_stays_open_for_10_s_is_told_once_and_its_end() -> None:
    worker = Noticed()
    worker.receive(0, 0, 1, 5)
    assert worker.look(1) == []
    assert worker.look(9.9) == []
    assert worker.look(11) == [(3, 0)]
    assert worker.look(20) == []
    worker.receive(21, 0, 1, 2, 3, 4, 5)
    assert worker.look(22) == [(0, 0)]
    assert worker.look(30) == []


def test_disorder_is_no_gap() -> None:
    worker = Noticed()
    for second in range(0, 40, 4):
        worker.receive(second, 0, 2)
        worker.receive(second + 2, 0, 1, 2)
        assert worker.look(second + 3) == []


def test_one_gap_after_the_other_is_disorder_too() -> None:
    worker = Noticed()
    for second in range(60):
        arrived = [*range(second + 1), second + 2]
        worker.receive(second, *arrived)
        assert worker.look(second) == []


def test_the_gap_of_an_earlier_boot_is_history() -> None:
    worker = Noticed()
    worker.receive(0, 0, 5)
    worker.noticing.restart(MONITOR)
    assert worker.look(60) == []


def test_what_was_told_before_a_restart_is_not_told_again_and_its_end_is() -> None:
    told = MessagesNoticed(
        position=7, at=START, ward=NORTH, about=MONITOR, missing=4, refused_per_min=0
    )
    worker = Noticed(told)
    worker.receive(0, 0, 5)
    assert worker.look(11) == []
    worker.receive(12, 0, 1, 2, 3, 4, 5)
    assert worker.look(13) == [(0, 0)]


def test_thirty_refused_messages_within_a_minute_are_a_flood_until_they_are_fewer() -> None:
    worker = Noticed()
    for second in range(29):
        worker.refuse(second)
    assert worker.look(29) == []
    worker.refuse(29)
    assert worker.look(30) == [(0, 30)]
    assert worker.look(59) == []
    assert worker.look(61) == [(0, 0)]


def test_refused_messages_far_apart_are_no_flood() -> None:
    worker = Noticed()
    for second in range(0, 300, 5):
        worker.refuse(second)
        assert worker.look(second + 1) == []


def test_it_looks_once_a_second() -> None:
    worker = Noticed()
    worker.receive(0, 0, 5)
    assert worker.look(10.5) == [(4, 0)]
    worker.receive(10.6, 0, 1, 2, 3, 4, 5)
    assert worker.look(10.9) == []
    assert worker.look(11.6) == [(0, 0)]
