"""Handover of a patient as SBAR: situation, background, assessment, recommendation.

Every line tells something that the record holds, with its time where it is not from now; what is
not recorded has no line. A person edits the text and signs it (`HandoverGiven`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Final

import msgspec

from infusion.answers import shown as shown_answer
from infusion.bed import ShownReading
from infusion.configuration import ClinicConfiguration, Measure
from infusion.exact import plain
from infusion.interventions.effects import adverse_events, oxygen_l_min
from infusion.observations.values import shown as shown_value
from infusion.patient import initials_of
from infusion.readings import CuffPressure
from infusion.report.people import intervention_lines
from infusion.session import Session
from vocabulary.signals import SIGNALS, SignalName
from vocabulary.states import ReadingState, SessionState

_USABLE: Final = (ReadingState.LIVE, ReadingState.LATE)
_BACKGROUND: Final = (
    "allergies", "cautions", "antihypertensives", "benzodiazepines", "medicines", "iv_site",
)  # fmt: skip
"""The answers of the preparation (protocol.yaml) that whoever takes over needs to know."""
_EARLIER: Final = "(earlier: see the record)"


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What is known around a session at this moment, as its tile has it; empty: nothing is.

    `place`: in the series, `4/6`. Doses in mg. `alarms`, `due`, `not_yet`: in words.
    """

    chair: str = ""
    place: str = ""
    readings: Mapping[SignalName, ShownReading] = {}
    given_mg: Decimal | None = None
    ordered_mg: Decimal | None = None
    predicted_end: datetime | None = None
    alarms: tuple[str, ...] = ()
    due: tuple[str, ...] = ()
    not_yet: tuple[str, ...] = ()


class Sbar(msgspec.Struct, frozen=True, kw_only=True):
    """The four parts, each in lines. `happened`: of the assessment, what was done, in order."""

    situation: tuple[str, ...]
    background: tuple[str, ...]
    assessment: tuple[str, ...]
    happened: tuple[str, ...]
    recommendation: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole text; a part with nothing in it is left out."""
        parts = (
            ("Situation", self.situation),
            ("Background", self.background),
            ("Assessment", (*self.assessment, *self.happened)),
            ("Recommendation", self.recommendation),
        )
        return "\n\n".join("\n".join((name, *lines)) for name, lines in parts if lines)

    def within(self, limit: int) -> "Sbar":
        """This, without the oldest of what happened if it would be longer than `limit` letters."""
        sbar = self
        while len(sbar.text) > limit and sbar.happened:
            more = sbar.happened[2:] if sbar.happened[0] == _EARLIER else sbar.happened[1:]
            sbar = msgspec.structs.replace(sbar, happened=(_EARLIER, *more) if more else ())
        return sbar


def handover(
    session: Session,
    around: Around,
    now: datetime,
    zone: tzinfo,
    configuration: ClinicConfiguration,
) -> Sbar:
    """The handover of a session at `now` (UTC); times are shown in the clinic's `zone`."""

    def clock(at: datetime) -> str:
        return f"{at.astimezone(zone):%H:%M}"

    return Sbar(
        situation=tuple(_situation(session, around, now, clock)),
        background=tuple(_background(session, around, configuration)),
        assessment=tuple(_assessment(session, configuration, now, clock)),
        happened=tuple(_happened(session, clock)),
        recommendation=tuple(_recommendation(session, around)),
    )


_Clock = Callable[[datetime], str]


def _situation(session: Session, around: Around, now: datetime, clock: _Clock) -> Iterator[str]:
    who = f"{session.patient.name} ({initials_of(session.patient)})"
    since = _since(session)
    state = session.state.value if since is None else f"{session.state.value} since {clock(since)}"
    yield ", ".join(filter(None, (around.chair, who, state)))
    if session.pause is not None:
        yield f"Paused: {session.pause.reason}"
    if session.early_end is not None:
        yield f"Ended early: {session.early_end.reason}"
    if around.given_mg is not None:
        ordered = "" if around.ordered_mg is None else f" of {around.ordered_mg:.1f}"
        yield f"Given {around.given_mg:.1f}{ordered} mg"
    if around.predicted_end is not None and session.state is SessionState.INFUSING:
        yield f"Ends about {clock(around.predicted_end)}"
    numbers = [shown for signal, r in around.readings.items() if (shown := _number(signal, r, now))]
    if numbers:
        yield " · ".join(numbers)
    flow = oxygen_l_min(session, now)
    if flow:
        yield f"Oxygen {flow:g} L/min"
    yield from (f"Alarm: {alarm}" for alarm in around.alarms)


def _background(
    session: Session, around: Around, configuration: ClinicConfiguration
) -> Iterator[str]:
    place = f", infusion {around.place}" if around.place else ""
    yield f"{session.indication.value.replace('_', ' ').capitalize()}{place}"
    order = session.order
    if order is not None:
        planned = "" if order.planned_mg is None else f", {order.planned_mg:.1f} mg"
        yield (
            f"Order: {order.drug} {plain(order.start_rate_mg_kg_h)} mg/kg/h{planned}, "
            f"{plain(order.weight.kg)} kg, by {order.prescriber}"
        )
    if session.baseline is not None:
        values = {value.measure: value.value for value in session.baseline.values}
        yield "Baseline: " + ", ".join(_baseline(values))
    for item in _BACKGROUND:
        answered, known = session.answers.get(item), configuration.sessions.find_item(item)
        if answered is not None:
            yield f"{item if known is None else known.text}: {shown_answer(answered.answer)}"


def _assessment(
    session: Session, configuration: ClinicConfiguration, now: datetime, clock: _Clock
) -> Iterator[str]:
    for item in configuration.observations.items:
        entry = session.observed.latest(item.item, now)
        if entry is not None:
            yield f"{item.text} {shown_value(item, entry.value)} ({clock(entry.at)})"


def _happened(session: Session, clock: _Clock) -> Sequence[str]:
    """What was done, the oldest first."""
    found = [
        (line.at, f"{line.kind}: {line.text} ({line.by})")
        for line in intervention_lines(session)
        if not line.is_adverse_event
    ]
    for event in adverse_events(session):
        until = "goes on" if event.ended_at is None else f"until {clock(event.ended_at)}"
        told = f"adverse event: {event.what}, grade {event.grade}, {until}"
        found.append((event.began_at, told))
    found += [(c.changed_at, f"rate changed: {c.reason}") for c in session.rate_changes]
    return [f"{clock(at)} {told}" for at, told in sorted(found, key=lambda line: line[0])]


def _recommendation(session: Session, around: Around) -> Iterator[str]:
    yield from (f"Due: {due}" for due in around.due)
    for held in session.associations:
        if held.is_standing and held.unconfirmed and held.needs_second:
            yield f"A second person has to confirm {held.device}"
    if around.not_yet:
        yield f"Not home yet because {'; '.join(around.not_yet)}"


def _since(session: Session) -> datetime | None:
    if session.state is SessionState.INFUSING:
        return session.started_at
    if session.state in (SessionState.RECOVERY, SessionState.PAUSED):
        return session.drug_stopped_at
    return None


def _number(signal: SignalName, shown: ShownReading, now: datetime) -> str:
    """A number that may be believed, with its age where it is a spot reading; else nothing."""
    reading = shown.reading
    if shown.state not in _USABLE or reading is None or reading.value is None:
        return ""
    known, value = SIGNALS[signal], reading.value
    if isinstance(value, CuffPressure):
        minutes = (now - reading.observed_at).total_seconds() // 60
        return f"{known.label} {value.sys:.0f}/{value.dia:.0f} ({minutes:.0f} min ago)"
    unit = "" if known.shown_unit == "/min" else f" {known.shown_unit}"
    return f"{known.label} {value:.{known.decimals}f}{unit}"


def _baseline(values: Mapping[Measure, float]) -> Sequence[str]:
    found = []
    if Measure.NIBP_SYS in values and Measure.NIBP_DIA in values:
        found.append(f"BP {values[Measure.NIBP_SYS]:.0f}/{values[Measure.NIBP_DIA]:.0f}")
    for measure, signal in (
        (Measure.HR, SignalName.HR),
        (Measure.SPO2, SignalName.SPO2),
        (Measure.RR, SignalName.RR),
    ):
        if measure in values:
            found.append(f"{SIGNALS[signal].label} {values[measure]:.0f}")
    return found
