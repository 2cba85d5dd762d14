"""Connections set up so that what is committed is on disk, and that no call hangs."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import psycopg
from psycopg.abc import RV, PQGen
from sqlalchemy import URL, Connection, Engine, create_engine, event

WAIT_S: Final = 0.25
"""How long a write waits for another writer of SQLite unless told; short, so that a caller's own
loop keeps turning. On PostgreSQL the server's `lock_timeout` below says how long."""
POOL_TIMEOUT_S: Final = 2.0
CONNECT_TIMEOUT_S: Final = 2
"""The shortest that libpq takes."""
ANSWER_TIMEOUT_S: Final = 2.5
"""A server that stands still, or a cable that is out, shows only on our side. Longer than the
server's own limits below, so that a server that lives says itself what was too slow."""
_SERVER_OPTIONS: Final = (
    "-c timezone=UTC -c synchronous_commit=on -c lock_timeout=1500 -c statement_timeout=2000 "
    # a process that stands still amid a transaction must not keep everybody else from writing
    "-c idle_in_transaction_session_timeout=10000"
)

_answer_timeout_s: ContextVar[float] = ContextVar("answer_timeout_s", default=ANSWER_TIMEOUT_S)


@contextmanager
def answering_within(seconds: float) -> Iterator[None]:
    """Let each answer of a PostgreSQL server take at most `seconds` in this block."""
    token = _answer_timeout_s.set(seconds)
    try:
        yield
    finally:
        _answer_timeout_s.reset(token)


def sqlite_engine(url: URL, begin: str, wait_s: float) -> Engine:
    """Connections to a SQLite file whose transactions start with `begin`.

    `wait_s`: how long one that is locked out tries again before it is refused.
    """
    engine = create_engine(
        url,
        connect_args={"timeout": wait_s},
        pool_timeout=POOL_TIMEOUT_S,
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:  # noqa: ANN401  # a driver's connection
        # transactions are begun by us: the driver would begin them deferred
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def postgresql_engine(url: URL) -> Engine:
    """Connections to a PostgreSQL server, each answer of which has a time limit."""
    engine = create_engine(
        url,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "options": _SERVER_OPTIONS,
            # a peer that vanished while nothing was asked of it
            "keepalives_idle": 5,
            "keepalives_interval": 1,
            "keepalives_count": 3,
        },
        pool_timeout=POOL_TIMEOUT_S,
        pool_pre_ping=True,
    )

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, args: Any, kwargs: Any) -> Any:  # noqa: ANN401  # as SQLAlchemy has it
        return _PromptConnection.connect(*args, **kwargs)

    return engine


class _PromptConnection(psycopg.Connection[Any]):
    """A connection that is given up when the server is silent for too long."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        limit_s = _answer_timeout_s.get() if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit_s)
        except psycopg.errors._WaitTimeout as late:  # noqa: SLF001  # what `wait` is documented to raise
            self.pgconn.finish()  # what is still on its way would be taken for the next answer
            raise psycopg.OperationalError(
                f"the database server did not answer within {limit_s:g} s"
            ) from late
