"""Fields that ask when: a time of the last day, a day and a time, a day."""

from dataclasses import dataclass
from datetime import date, datetime, time

import htpy as h

from dashboard.forms.field import Control, Field, FormClock, NotAnAnswer
from dashboard.local_time import moment_of, newest_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockField(Field):
    """A time of the last 24 hours by the clinic's clock, such as 14:03."""

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        attributes = control.attributes(is_required=self.is_required)
        return h.input(attributes, name=self.name, type="time", value=control.typed)

    def read(self, typed: str, clock: FormClock) -> datetime:
        """What was typed means."""
        try:
            shown = time.fromisoformat(typed)
        except ValueError:
            raise NotAnAnswer("Enter a time, such as 14:03") from None
        return newest_at(shown.replace(tzinfo=None), clock.now, clock.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentField(Field):
    """A day and a time by the clinic's clock."""

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        attributes = control.attributes(is_required=self.is_required)
        return h.input(attributes, name=self.name, type="datetime-local", value=control.typed)

    def read(self, typed: str, clock: FormClock) -> datetime:
        """What was typed means."""
        try:
            local = datetime.fromisoformat(typed)
        except ValueError:
            raise NotAnAnswer("Enter a day and a time") from None
        return moment_of(local.date(), local.time(), clock.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateField(Field):
    """A day."""

    def control(self, control: Control) -> h.Node:
        """The control to type in."""
        attributes = control.attributes(is_required=self.is_required)
        return h.input(attributes, name=self.name, type="date", value=control.typed)

    def read(self, typed: str, clock: FormClock) -> date:  # noqa: ARG002 - as all fields
        """What was typed means."""
        try:
            return date.fromisoformat(typed)
        except ValueError:
            raise NotAnAnswer("Enter a day, such as 1980-02-01") from None
