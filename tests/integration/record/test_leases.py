"""The right to write: one worker at a time, whatever happens at the same moment."""

import threading
from datetime import timedelta

from record.store import RecordUnavailable, open_record
from tests.fixtures.clinic import START

LASTS = timedelta(seconds=5)


def take_at_once(url: str, holders: list[str], seconds: float) -> list[tuple[str, int]]:
    """Let all `holders` ask for the lease at one moment; who got it, with its epoch."""
    got: list[tuple[str, int]] = []
    line_up = threading.Barrier(len(holders))

    def take(holder: str) -> None:
        record = open_record(url)
        line_up.wait(90)
        while True:
            try:
                now = START + timedelta(seconds=seconds)
                epoch = record.leases.acquire("north", holder, now, LASTS)
            except RecordUnavailable:
                continue
            break
        if epoch is not None:
            got.append((holder, epoch))
        record.close()

    askers = [threading.Thread(target=take, args=(holder,)) for holder in holders]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(180)
    return got


def test_of_many_that_ask_at_once_one_gets_the_lease(database_url: str) -> None:
    for turn in range(5):
        holders = [f"worker-{turn}-{n}" for n in range(4)]
        got = take_at_once(database_url, holders, seconds=turn * 10)
        assert [epoch for _, epoch in got] == [turn + 1]
