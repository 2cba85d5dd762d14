"""What every event of a session has: whose, when, and by whom."""

from datetime import datetime

import msgspec

from infusion.patient import Person
from vocabulary.ids import SessionId


class SessionEvent(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What every event of a session has."""

    session: SessionId
    at: datetime


class Deed(SessionEvent, frozen=True, kw_only=True, tag=True):
    """What a person did."""

    by: Person
