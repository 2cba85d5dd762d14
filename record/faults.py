"""What can go wrong with the record, said so that a caller knows what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionFree


class RecordUnavailable(Exception):
    """The record refused for now and nothing was written; try the same again later.

    Where the connection broke amid a commit, everything may have been written: the same events
    appended again at the same time by the same author are then recognised and stay as they are.
    """


class SchemaOutdated(Exception):
    """The database does not have the tables of this version; `python -m record migrate`."""


class LeaseLost(Exception):
    """Another worker writes for these wards now; whoever sees this must stop at once."""


class PositionTaken(Exception):
    """Two different inputs claim one place in the stream: two workers write at once.

    Nothing of the batch was written. Trying again would not help.
    """


@contextmanager
def as_unavailable() -> Iterator[None]:
    """Turn what a database says when it is locked, full, read-only or gone into one fault.

    A violated constraint, a value that cannot be stored or wrong SQL is a fault of ours and
    passes as it is: trying again would not help.
    """
    try:
        yield
    except (DataError, IntegrityError, ProgrammingError):
        raise
    except DBAPIError as error:
        reason = str(error.orig).strip() or type(error.orig).__name__
        raise RecordUnavailable(reason.splitlines()[0]) from error
    except NoConnectionFree as error:
        raise RecordUnavailable("too many look at the record at once") from error


class NotAsPinned(Exception):
    """Rows are not those that were pinned: nothing of them is taken out. `verify` tells more."""
