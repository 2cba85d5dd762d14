"""A form: what it asks, what was sent, and how it stands on a page."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import htpy as h
from starlette.datastructures import FormData

from dashboard.forms.fields import (
    TEXT_LIMIT,
    Control,
    Field,
    FormClock,
    HiddenField,
    NotAnAnswer,
    TickField,
)
from infusion.commands import Refused

TOKEN: Final = "form-token"  # noqa: S105 - the name of a field
SEEN: Final = "form-seen"
NEXT: Final = "form-next"
_TOKEN_LIMIT: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What is asked at `action`. `submit`: the words on the button; `explain` stands above.

    `name` makes ids unique where several forms stand on one page. `is_grave`: what cannot be
    taken back looks so. `is_shared`: its draft is kept by the server, and others at it are told.
    """

    name: str
    action: str
    title: str
    submit: str
    fields: tuple[Field, ...] = ()
    explain: h.Node = None
    is_grave: bool = False
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody typed into a form, field by field, and what is wrong with it.

    `token` is the same for as long as nothing was saved, so that sending twice does it once.
    `seen`: the position of the chain when the form was made.
    """

    typed: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    problem: Refused | None = None
    token: str = ""
    seen: int = 0
    next: str = ""

    def refused(self, problem: Refused) -> "Sent":
        """The same, with why it was not taken."""
        return replace(self, problem=problem)

    def get(self, name: str) -> Any:  # noqa: ANN401 - each field its own
        """What a field holds; None if nothing was typed."""
        return self.values.get(name)


def fresh(seen: int = 0, next_path: str = "") -> Sent:
    """A form that nobody has typed into yet."""
    return Sent(token=secrets.token_urlsafe(16), seen=seen, next=next_path)


def read_form(form: Form, data: FormData, clock: FormClock) -> Sent:
    """What was sent, each field read; whatever is wrong stands in `faults`."""
    typed = {asked.name: _text(data, asked.name) for asked in form.fields}
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for asked in form.fields:
        words = typed[asked.name]
        if not words:
            if asked.is_required:
                faults[asked.name] = f"{asked.label}: needed"
            continue
        try:
            values[asked.name] = asked.read(words, clock)
        except NotAnAnswer as fault:
            faults[asked.name] = f"{asked.label}: {fault}"
    return replace(
        sent_of(data),
        typed={a.name: typed[a.name] for a in form.fields if not a.is_secret},
        values=values,
        faults=faults,
    )


def sent_of(data: FormData) -> Sent:
    """What every form carries besides its fields."""
    token, seen = _text(data, TOKEN), _text(data, SEEN)
    return Sent(
        token=token if len(token) <= _TOKEN_LIMIT and token.isprintable() else "",
        seen=int(seen) if seen.isdecimal() and len(seen) < 19 else 0,
        next=_text(data, NEXT),
    )


def _text(data: FormData, name: str) -> str:
    value = data.get(name)
    return value.strip()[: TEXT_LIMIT + 1] if isinstance(value, str) else ""


def form_view(form: Form, sent: Sent) -> h.Element:
    """The form with what stands in it, what is wrong with it, and its button."""
    return h.form(
        ".form",
        id=form.name,
        method="post",
        action=form.action,
        novalidate=True,
        data_form=form.name,
        data_shared="yes" if form.is_shared else None,
    )[
        problem_view(form, sent),
        h.div(".explain")[form.explain] if form.explain is not None else None,
        h.input(type="hidden", name=TOKEN, value=sent.token),
        h.input(type="hidden", name=SEEN, value=str(sent.seen)),
        h.input(type="hidden", name=NEXT, value=sent.next) if sent.next else None,
        (field_view(form, asked, sent) for asked in form.fields),
        h.button(".do.grave" if form.is_grave else ".do", type="submit")[form.submit],
    ]


def problem_view(form: Form, sent: Sent) -> h.Node:
    """Why nothing was saved, and what to do; nothing where all is well."""
    if sent.problem is None and not sent.faults:
        return None
    told: h.Node = h.p[h.strong["Not saved. "], "Check what is marked below."]
    if sent.problem is not None:
        told = [
            h.p[h.strong["Not saved: "], sent.problem.reason, "."],
            h.p[h.strong["What to do: "], sent.problem.what_to_do, "."],
        ]
    return h.div(".problem", role="alert", tabindex="-1", data_problem="")[
        told,
        h.ul[
            (
                h.li[h.a(href=f"#{control_id(form, name)}")[fault]]
                for name, fault in sent.faults.items()
            )
        ]
        if sent.faults
        else None,
    ]


def control_id(form: Form, name: str) -> str:
    """The id of a field's control."""
    return f"{form.name}-{name}"


def field_view(form: Form, asked: Field, sent: Sent) -> h.Node:
    """One field: its label, hint, what is wrong, and its control."""
    own = control_id(form, asked.name)
    fault = sent.faults.get(asked.name, "")
    hint_id, fault_id = f"{own}-hint", f"{own}-fault"
    described = " ".join([*([hint_id] if asked.hint else []), *([fault_id] if fault else [])])
    control = asked.control(
        Control(own, sent.typed.get(asked.name, asked.initial), described, bool(fault))
    )
    if isinstance(asked, HiddenField):
        return control
    about: h.Node = [
        h.span(".hint", id=hint_id)[asked.hint] if asked.hint else None,
        h.span(".fault", id=fault_id)[fault] if fault else None,
    ]
    is_told = asked.aside and not asked.is_required
    optional = h.span(".optional")[f" ({asked.aside})"] if is_told else None
    if isinstance(asked, TickField):
        return h.div(".field")[about, control]
    if asked.is_group:
        return h.fieldset(".field", id=own, aria_describedby=described or None, tabindex="-1")[
            h.legend[asked.label, optional], about, control
        ]
    return h.div(".field")[h.label(for_=own)[asked.label, optional], about, control]
