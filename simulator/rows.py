"""What a reader of recordings gives out: one row for each set of numerics."""

from dataclasses import dataclass

from simulator.device import Body
from wire.topics import MessageKind


class BadRecording(ValueError):
    """A recording that cannot be read: file, line and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One set of numerics, `at_s` seconds from the recording's beginning.

    `vitals` has the fields of the contract, `nibp` without time; `further` are the alarms that
    began or ended with this row.
    """

    at_s: float
    vitals: Body
    further: tuple[tuple[MessageKind, Body], ...] = ()
