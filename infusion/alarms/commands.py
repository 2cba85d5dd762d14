"""What people may ask of the alarms of a bed: imperative, frozen. `decisions` answers them."""

from typing import TypeAlias

import msgspec

from infusion.alarms.events import AlarmId
from infusion.alarms.rules import LimitName
from infusion.patient import Person
from vocabulary.alarms import Inactivation


class AcknowledgeAlarms(msgspec.Struct, frozen=True, kw_only=True):
    """`by` has seen these alarms."""

    by: Person
    alarms: tuple[AlarmId, ...]


class HoldBackSignals(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the signals of the bed back, for as long as the clinic allows if `for_s` is None.

    The sound may be paused from a `screen` of the ward without a name; all else needs `by`.
    """

    inactivation: Inactivation
    by: Person | None = None
    screen: str = ""
    for_s: float | None = None
    reason: str = ""


class ResumeSignals(msgspec.Struct, frozen=True, kw_only=True):
    """Let the signals of the bed go on now."""

    by: Person | None = None
    screen: str = ""


class ChangeLimit(msgspec.Struct, frozen=True, kw_only=True):
    """Another limit for this session, in the limit's own unit; None: the clinic's again."""

    by: Person
    limit: LimitName
    amount: float | None
    reason: str = ""


class BeginOffMonitor(msgspec.Struct, frozen=True, kw_only=True):
    """The patient goes off the monitor. While the pump infuses somebody goes along."""

    by: Person
    accompanied_by: str = ""


class EndOffMonitor(msgspec.Struct, frozen=True, kw_only=True):
    """The patient is back on the monitor."""

    by: Person


AlarmCommand: TypeAlias = (
    AcknowledgeAlarms
    | HoldBackSignals
    | ResumeSignals
    | ChangeLimit
    | BeginOffMonitor
    | EndOffMonitor
)
