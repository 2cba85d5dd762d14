"""The next five minutes of a ward as a list, and the people on duty, as plain HTML."""

import secrets
from datetime import tzinfo
from typing import Final

import htpy as h

from dashboard.components.alarm_list import MARKS
from dashboard.forms.form import TOKEN
from dashboard.local_time import clock_text, duration
from dashboard.session_forms.session_form import form_path
from dashboard.ward_ahead import WardAhead, not_overdue
from infusion.configuration import ClinicConfiguration, WardPlan
from infusion.duty.rules import DutyRules
from infusion.next_five import Ahead, AheadKind
from infusion.patient import Person
from infusion.schedule import plan_of
from infusion.session import Session, running_devices

_MARKS: Final = {
    AheadKind.HELP: "HELP",
    AheadKind.ENDING: "End",
    AheadKind.CHECK: "Check",
    AheadKind.CUFF: "Cuff",
}
_OF_THE_PROTOCOL: Final = (AheadKind.CHECK, AheadKind.CUFF)


def next_view(
    plan: WardPlan, ahead: WardAhead, clinic: ClinicConfiguration, zone: tzinfo
) -> h.Element:
    """The lists and the work ahead; fetched again every few seconds."""
    return h.div(".panel-inner", data_panel_session="")[
        _not_live(ahead),
        _work(ahead, clinic.duty),
        _stagger(ahead),
        h.section(".card", aria_label="overdue")[
            h.h2["Overdue"],
            h.ol(".entries", data_overdue_list="")[
                (_line(plan, ahead, line, clinic, zone) for line in ahead.overdue)
            ],
        ]
        if ahead.overdue
        else None,
        h.section(".card", aria_label="next five minutes")[
            h.h2["Next five minutes"],
            h.ol(".entries")[
                (_line(plan, ahead, line, clinic, zone) for line in not_overdue(ahead.lines))
            ]
            if not_overdue(ahead.lines)
            else h.p["Nothing is due."],
        ],
    ]


def _not_live(ahead: WardAhead) -> h.Node:
    """What is due is last known while nothing is heard."""
    if not ahead.not_live:
        return None
    return h.p(".problem", role="alert")[
        h.strong[ahead.not_live], ". What stands here is last known."
    ]


def _work(ahead: WardAhead, rules: DutyRules) -> h.Node:
    work = ahead.work
    hour = rules.work_s / 60
    there = (
        f"{work.free_min:.0f} there ({work.nurses} on duty)"
        if work.nurses
        else "no nurse has said to be on duty"
    )
    words = f"Next {hour:.0f} min: {work.needed_min:.0f} nurse-minutes of checks, {there}."
    return h.p(".notice" if not work.is_enough else ".soft", data_work="")[
        h.strong["Not enough. "] if not work.is_enough else None, words
    ]


def _stagger(ahead: WardAhead) -> h.Node:
    if not ahead.stagger:
        return None
    return h.section(".card", aria_label="stagger")[
        h.h2["Starts that fall together"],
        (
            h.p[
                h.strong[f"{each.label}: start {each.later_s / 60:.0f} min later. "],
                f"At most {each.together_then} checks at once instead of {each.together}.",
            ]
            for each in ahead.stagger
        ),
    ]


def _line(
    plan: WardPlan, ahead: WardAhead, line: Ahead, clinic: ClinicConfiguration, zone: tzinfo
) -> h.Element:
    session = ahead.sessions.get(line.bed)
    path = f"/ward/{plan.ward}/bed/{line.bed}"
    if line.kind is AheadKind.CHECK and session is not None and line.set:
        path = form_path(
            session.id, "observe", set=line.set, due=line.at.isoformat(),
            items=",".join(line.items),
            next=f"/ward/{plan.ward}/next",
        )  # fmt: skip
    late = int(line.late_s)
    is_since = line.kind in (AheadKind.HELP, AheadKind.ALARM)
    when = f"at {clock_text(line.at, zone)}"
    if late:
        when = _ago(late) if is_since else f"overdue {late // 60:02d}:{late % 60:02d}"
    mark = _MARKS[line.kind] if line.priority is None else MARKS[line.priority]
    priority = None if line.priority is None else line.priority.value
    return h.li(data_line=line.kind.value, data_bed=line.bed, data_priority=priority)[
        h.a(".entry", href=path)[
            h.span(".entry-name")[f"{mark} · {line.label} · {line.what}"],
            h.span(".soft", data_due_at=None if is_since else line.at.isoformat())[when],
            h.span(".soft")[line.nurse] if line.nurse else None,
            _protocol(session, clinic) if line.kind in _OF_THE_PROTOCOL else None,
        ]
    ]


def _ago(seconds: int) -> str:
    """How long something is so already: "40 s ago", "3:42 min ago", "1:55 h ago"."""
    return f"{duration(seconds)} ago"


def _protocol(session: Session | None, clinic: ClinicConfiguration) -> h.Node:
    """By which profile the checks of a chair fall due, if it is not that of most sessions."""
    if session is None:
        return None
    held = plan_of(session, clinic)
    if held.profile == clinic.schedule.profiles[0].profile:
        return None
    return h.span(".soft", data_profile=held.profile)[held.label]


def duty_view(plan: WardPlan, ahead: WardAhead, by: Person, rules: DutyRules) -> h.Element:
    """Who is on duty and answers for which chair; going on and off; taking chairs."""
    roster = ahead.roster
    is_on = by.account in roster.on_duty
    labels = {bed.bed: bed.label for bed in plan.beds}
    return h.section(".card", aria_label="on duty")[
        h.h2["On duty"],
        h.ul(".entries")[
            (
                h.li(data_on_duty=account)[
                    h.strong[held.person.printed_name],
                    f" {held.person.role.value} ",
                    ", ".join(labels.get(bed, bed) for bed in roster.chairs_of(account)),
                    _end_form(plan, account) if account != by.account else None,
                ]
                for account, held in roster.on_duty.items()
            )
        ]
        if roster.on_duty
        else h.p["Nobody. What nobody answers is told to the whole ward."],
        _duty_form(plan, "begin", "I am on duty") if not is_on else _own_end(plan),
        _take_form(plan, ahead) if by.role in rules.may_take_chairs else None,
    ]


def _duty_form(plan: WardPlan, name: str, words: str) -> h.Element:
    return h.form(
        ".inline", method="post", action=f"/ward/{plan.ward}/duty/{name}", data_form=f"duty-{name}"
    )[_token(), h.button(".do", type="submit")[words]]


def _own_end(plan: WardPlan) -> h.Element:
    return h.form(
        ".form", method="post", action=f"/ward/{plan.ward}/duty/end", data_form="duty-end"
    )[
        _token(),
        h.div(".field")[
            h.label(for_="end-reason")["Reason, if chairs are left with nobody"],
            h.input(id="end-reason", name="reason", type="text", maxlength="200"),
        ],
        h.button(".do", type="submit")["I am off duty"],
    ]


def _end_form(plan: WardPlan, account: str) -> h.Element:
    return h.form(
        ".inline",
        method="post",
        action=f"/ward/{plan.ward}/duty/end",
        data_form=f"duty-end-{account}",
    )[
        _token(),
        h.input(type="hidden", name="who", value=account),
        h.input(type="hidden", name="reason", value="went without saying so"),
        h.button(".quiet", type="submit")["has gone"],
    ]


def _take_form(plan: WardPlan, ahead: WardAhead) -> h.Element:
    """Chairs to tick; of each pump that runs, what it shows."""
    return h.form(
        ".form", method="post", action=f"/ward/{plan.ward}/duty/take", data_form="duty-take"
    )[
        _token(),
        h.h3["I take these chairs"],
        (_chair(plan, ahead, place) for place in range(len(plan.beds))),
        h.button(".do", type="submit")["Take them"],
    ]


def _chair(plan: WardPlan, ahead: WardAhead, place: int) -> h.Element:
    bed = plan.beds[place]
    nurse = ahead.roster.nurse_of(bed.bed)
    session = ahead.sessions.get(bed.bed)
    pumps = sorted(running_devices(session)) if session is not None else []
    now = f" ({nurse.printed_name})" if nurse is not None else " (nobody)"
    return h.fieldset(".field")[
        h.legend(".hidden-words")[bed.label],
        h.label(".choice", for_=f"take-{bed.bed}")[
            h.input(type="checkbox", id=f"take-{bed.bed}", name="bed", value=bed.bed),
            h.span[bed.label, now],
        ],
        (_pump_read(pump) for pump in pumps),
    ]


def _pump_read(device: str) -> h.Element:
    return h.div(".with-unit.pump-read")[
        h.label(for_=f"rate-{device}")[f"{device} shows mL/h"],
        h.input(id=f"rate-{device}", name=f"rate-{device}", type="text", inputmode="decimal"),
        h.label(for_=f"volume-{device}")["mL given"],
        h.input(id=f"volume-{device}", name=f"volume-{device}", type="text", inputmode="decimal"),
        h.label(".choice", for_=f"ordered-{device}")[
            h.input(type="checkbox", id=f"ordered-{device}", name=f"ordered-{device}", value="yes"),
            h.span["as ordered"],
        ],
    ]


def _token() -> h.VoidElement:
    return h.input(type="hidden", name=TOKEN, value=secrets.token_urlsafe(16))
