"""What was concluded of a bed's alarms while inputs are taken up, with its reason and cause."""

from datetime import datetime
from typing import Any

from infusion.alarms.events import (
    AlarmEvent,
    AlarmId,
    AlarmTransition,
    InactivationEnd,
    InactivationEnded,
    OffMonitorOver,
)
from infusion.alarms.signals import Alarm
from vocabulary.alarms import KIND_OF, Inactivation
from vocabulary.ids import BedId, SessionId, WardId


class Conclusions:
    """`events` are what was concluded, in order; `cause`: the position of what is taken up."""

    def __init__(self, ward: WardId, bed: BedId, session: SessionId | None, version: str) -> None:
        self._ward = ward
        self._bed = bed
        self._version = version
        self.session = session
        self.cause: int | None = None
        self.events: list[AlarmEvent] = []

    def tell(
        self,
        kind: type[AlarmTransition],
        alarm: Alarm,
        now: datetime,
        **more: Any,  # noqa: ANN401 - what this kind of transition has besides
    ) -> None:
        """A transition of an alarm; value, limit and since are those of its gravest reason."""
        gravest = alarm.reasons[0]
        event = kind(
            ward=self._ward,
            at=now,
            cause=self.cause,
            bed=self._bed,
            session=self.session,
            alarm=alarm.id,
            code=alarm.code,
            kind=KIND_OF[alarm.code],
            subject=alarm.subject,
            priority=alarm.priority,
            text=alarm.text,
            value=gravest.value,
            limit=gravest.limit,
            since=gravest.since,
            version=self._version,
            **more,
        )
        self.events.append(event)  # type: ignore[arg-type]  # one of the kinds that are events

    def tell_inactivation_over(
        self, held: Inactivation, how: InactivationEnd, by_alarm: AlarmId | None, now: datetime
    ) -> None:
        """Signals are not held back any more, without a person's doing."""
        self.events.append(
            InactivationEnded(
                ward=self._ward,
                at=now,
                cause=self.cause,
                bed=self._bed,
                session=self.session,
                inactivation=held,
                how=how,
                by_alarm=by_alarm,
            )
        )

    def tell_off_monitor_over(self, since: datetime, now: datetime) -> None:
        """The patient was off the monitor since then, and is back or gone for good."""
        self.events.append(
            OffMonitorOver(
                ward=self._ward,
                at=now,
                cause=self.cause,
                bed=self._bed,
                session=self.session,
                since=since,
            )
        )
