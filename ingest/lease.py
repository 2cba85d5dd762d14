"""The right to write for a group of wards: held by one worker at a time."""

import logging
import os
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from infusion.stream import WardGroup
from record.store import LeaseLost, Record, RecordUnavailable
from vocabulary.ids import WorkerId

log = logging.getLogger(__name__)

LEASE_FOR: Final = timedelta(seconds=5)
RENEWED_AFTER_S: Final = 1.5
ASKED_EVERY_S: Final = 0.5
_HOST: Final = socket.gethostname()


class Lease:
    """One worker's lease; every write checks its epoch, so a worker that lost it stores nothing.

    It runs by the wall clock, which other machines share, and not by the time of the stream.
    """

    def __init__(self, record: Record, group: WardGroup, worker: WorkerId) -> None:
        self._record = record
        self._holder = f"{worker}@{_HOST}:{os.getpid()}"
        self._renewed_s = 0.0
        self._group = group.name
        self.epoch = 0

    def wait_until_held(self, should_stop: Callable[[], bool]) -> bool:
        """Stand by until the lease is ours; False if told to stop before."""
        has_told = False
        while not should_stop():
            try:
                epoch = self._record.leases.acquire(
                    self._group, self._holder, datetime.now(UTC), LEASE_FOR, is_gone=_is_gone
                )
            except RecordUnavailable as refused:
                log.warning("the record is not there yet: %s", refused)
                epoch = None
            if epoch is not None:
                self.epoch, self._renewed_s = epoch, time.monotonic()
                return True
            if not has_told:
                log.info("standing by: another worker holds the lease for %s", self._group)
                has_told = True
            time.sleep(ASKED_EVERY_S)
        return False

    def renew_when_due(self) -> None:
        """Hold on to the lease. Raises LeaseLost when another worker has taken it.

        A record that is away is no reason to let go: nobody else can take the lease meanwhile.
        """
        now_s = time.monotonic()
        if now_s - self._renewed_s < RENEWED_AFTER_S:
            return
        self._renewed_s = now_s
        try:
            held = self._record.leases.renew(self._group, self.epoch, datetime.now(UTC), LEASE_FOR)
        except RecordUnavailable as refused:
            log.warning("the lease could not be renewed: %s", refused)
            return
        if not held:
            raise LeaseLost(f"another worker has taken over {self._group}")

    def release(self) -> None:
        """Let go, so that a standby need not wait for the lease to run out."""
        try:
            self._record.leases.release(self._group, self.epoch)
        except RecordUnavailable as refused:
            log.warning("the lease could not be released and will run out: %s", refused)


def _is_gone(holder: str) -> bool:
    """Whether the holder was a process of this very machine that has ended.

    A worker that was killed need not be waited for; one on another machine is, until its lease
    runs out.
    """
    _, _, place = holder.rpartition("@")
    host, _, pid = place.rpartition(":")
    if host != _HOST or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
