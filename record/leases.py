"""The right to write for a group of wards, which one worker holds at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, text

from record import schema
from record.columns import to_micros
from record.database import Database

_LOCK: Final = 0x4C656173
"""The key of PostgreSQL's advisory lock under which leases are taken: "Leas"."""


class Leases:
    """Taken, held on to and let go. Every method may raise RecordUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(
        self,
        wards: str,
        holder: str,
        now: datetime,
        lasts: timedelta,
        *,
        is_gone: Callable[[str], bool] = lambda _holder: False,
    ) -> int | None:
        """Take the lease to write for `wards`; returns its epoch, None if another holds it.

        A lease that ran out or whose holder `is_gone` may be taken; each taking raises the epoch.
        """
        table = schema.lease
        values = {"holder": holder, "until": to_micros(now + lasts)}
        with self._database.writing() as connection:
            if not self._database.is_sqlite:
                # one worker at a time looks and takes
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            row = connection.execute(select(table).where(table.c.wards == wards)).one_or_none()
            if row is None:
                connection.execute(table.insert().values(wards=wards, epoch=1, **values))
                return 1
            is_free = row.until < to_micros(now) or row.holder == holder or is_gone(row.holder)
            if not is_free:
                return None
            epoch: int = row.epoch + 1
            connection.execute(
                table.update().where(table.c.wards == wards).values(epoch=epoch, **values)
            )
            return epoch

    def renew(self, wards: str, epoch: int, now: datetime, lasts: timedelta) -> bool:
        """Hold on to a lease; False if another has taken it."""
        table = schema.lease
        with self._database.writing() as connection:
            renewed = connection.execute(
                table.update()
                .where(table.c.wards == wards, table.c.epoch == epoch)
                .values(until=to_micros(now + lasts))
            )
        return renewed.rowcount == 1

    def release(self, wards: str, epoch: int) -> None:
        """Let go of a lease, so that nobody waits for it to run out."""
        table = schema.lease
        with self._database.writing() as connection:
            connection.execute(
                table.update().where(table.c.wards == wards, table.c.epoch == epoch).values(until=0)
            )
