"""What a form of a session is: which command it makes, and what it asks for that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, TypeAlias
from urllib.parse import urlencode

import htpy as h

from dashboard.context import Services
from dashboard.forms.fields import ClockField, Field
from dashboard.forms.form import Form, Sent
from infusion import commands as c
from infusion.patient import Person
from infusion.session import Session
from record.chains import Recorded
from vocabulary.ids import SessionId

WHEN: Final = "when"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a form is made from: the session as it stands, who asks, when (UTC).

    `about`: what the link to the form named, such as a device, or what was sent. `recorded`: the
    chain, once a form is taken up; empty for a page.
    """

    parts: Services
    by: Person
    session: Session
    position: int
    now: datetime
    zone: tzinfo
    about: Mapping[str, str]
    recorded: tuple[Recorded, ...] = ()


Commands: TypeAlias = c.Command | Sequence[c.Command] | c.Refused
"""One command, several that are taken together or not at all, or why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionForm:
    """The form of one command, at `/session/<session>/do/<name>`.

    `fields` and `explain` are asked for the page, `make` with what was sent and the session as it
    stands when it is taken up: all block, and may look into the record.
    `elsewhere`: what the same act asks of other sessions; all of it is taken, or nothing.
    """

    name: str
    title: str
    submit: str
    command: type[c.Command]
    make: Callable[[Scene, Sent], Commands]
    elsewhere: Callable[[Scene, Sent], Mapping[SessionId, c.Command] | c.Refused] = lambda *_: {}
    fields: Callable[[Scene], tuple[Field, ...]] = lambda _: ()
    explain: Callable[[Scene], h.Node] = lambda _: None
    done: str = "Saved"
    is_grave: bool = False
    is_shared: bool = False

    def form(self, scene: Scene) -> Form:
        """The form as it stands on a page."""
        return Form(
            name=self.name,
            action=form_path(scene.session.id, self.name),
            title=self.title,
            submit=self.submit,
            fields=self.fields(scene),
            explain=self.explain(scene),
            is_grave=self.is_grave,
            is_shared=self.is_shared,
        )


def form_path(session: SessionId, name: str, **about: str) -> str:
    """The address of a form of a session."""
    path = f"/session/{session}/do/{name}"
    return f"{path}?{urlencode(about)}" if about else path


def when_field() -> ClockField:
    """When it happened, if that was before now."""
    return ClockField(
        name=WHEN, label="When", is_required=False, hint="Leave empty for now; else today's time."
    )


def when(sent: Sent) -> datetime | None:
    """When it happened, UTC; None for now."""
    at: datetime | None = sent.get(WHEN)
    return at
