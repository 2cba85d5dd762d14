"""People's commands to the rules of a session, one after another, and what followed from them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from demo.script import BadPeople
from infusion import commands as c
from infusion.commands import Accepted
from infusion.configuration import ClinicConfiguration
from infusion.decisions import decide
from infusion.fold import SessionInput, take
from infusion.session import Session
from infusion.session_events import PeoplesEvent


class Conversation:
    """One session as it grows. `where` names it in what is told, minutes count from `start`."""

    def __init__(self, clinic: ClinicConfiguration, where: str, start: datetime) -> None:
        self.clinic = clinic
        self.events: list[PeoplesEvent] = []
        self._where = where
        self._start = start
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """The session as it stands. Raises BadPeople before it is planned."""
        if self._session is None:
            raise BadPeople(f"{self._where}: the session is not planned")
        return self._session

    def see(self, fact: SessionInput) -> None:
        """Something that nobody did: a pump told something, or the rules concluded it."""
        if self._session is not None:
            self._session = take(self._session, fact)

    def ask(self, commands: Iterable[c.Command], now: datetime) -> None:
        """Give commands, each on what the one before led to. Raises BadPeople for a refusal."""
        for command in commands:
            decision = decide(self._session, command, now, self.clinic)
            if not isinstance(decision, Accepted):
                minute = (now - self._start) / timedelta(minutes=1)
                raise BadPeople(
                    f"{self._where}, minute {minute:.1f}, {type(command).__name__}: "
                    f"{decision.reason}: {decision.what_to_do}"
                )
            for event in decision.events:
                self._session = take(self._session, event)
                self.events.append(event)
