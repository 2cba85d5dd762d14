"""The figures of a report in words, once: on the page and on paper they are the same.

Times are the clinic's, by its zone; the record has UTC. Doses are rounded for reading only.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from infusion import exact
from infusion.configuration import Measure
from infusion.order import EndsBy, Order
from infusion.report import SessionReport
from vocabulary.signals import SIGNALS, SignalName
from vocabulary.states import SessionState

DASH: Final = "\u2013"
"""Where there is no value."""


class Line(msgspec.Struct, frozen=True):
    """What something is called, and what it is. `is_amiss`: it wants attention."""

    label: str
    text: str
    is_amiss: bool = False


class Clock(msgspec.Struct, frozen=True):
    """The clinic's clock. `day`: the date that needs no telling, ISO 8601."""

    zone: str
    day: str

    def shows(self, at: datetime | None, *, seconds: bool = False) -> str:
        """A time of day, with the date if it is another one; a dash for none."""
        if at is None:
            return DASH
        local = at.astimezone(ZoneInfo(self.zone))
        told = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
        date = local.date().isoformat()
        return told if date == self.day else f"{date} {told}"


def clock_of(report: SessionReport, zone: str) -> Clock:
    """The clock by which a report is read: its own day needs no telling."""
    at = report.course.started_at or report.course.began_at or report.planned_for
    return Clock(zone, at.astimezone(ZoneInfo(zone)).date().isoformat())


def number(value: Decimal | float | None, digits: int, unit: str = "") -> str:
    """A number rounded for reading, with its unit; a dash for none."""
    if value is None:
        return DASH
    told = f"{value:.{digits}f}"
    if not told.strip("-0."):
        told = told.lstrip("-")  # nothing is not less than nothing
    return f"{told} {unit}" if unit else told


def plain(value: Decimal | None) -> str:
    """An exact number as it was given: 35, 0.5; a dash for none."""
    return DASH if value is None else exact.plain(value)


def warnings(report: SessionReport) -> list[str]:
    """What must be seen before anything else of a record."""
    found = []
    if report.is_simulated:
        found.append("SIMULATED DEVICES: NOT A PATIENT'S RECORD")
    if report.state is not SessionState.SIGNED:
        found.append(f"NOT SIGNED ({report.state.value})")
    if report.late:
        found.append("DATA ARRIVED AFTER THE SIGNATURE: SEE THE ADDENDA")
    if report.recalculated is not None:
        told = "NO ADDENDUM COVERS IT" if report.recalculated.waiting else "SEE THE ADDENDA"
        found.append(f"RECALCULATED SINCE IT WAS SIGNED: {told}")
    return found


def who(report: SessionReport) -> tuple[Line, ...]:
    """Patient and session."""
    patient = report.patient
    given = [stay.bed for stay in report.stays]
    return (
        Line("Born", f"{patient.date_of_birth.isoformat()} ({report.age_years} y)"),
        Line("Clinic number", patient.identifier),
        Line("For", report.indication.value.replace("_", " ")),
        Line("Session", f"{report.session}{f', {report.position}' if report.position else ''}"),
        Line("Ward, chair", f"{report.ward}, {' then '.join(given) or DASH}"),
    )


def _protocol(report: SessionReport) -> tuple[Line, ...]:
    """By which profile of the protocol it was checked; who chose it, if it is not the usual one."""
    held = report.protocol
    if held is None:
        return ()
    why = "" if held.chosen is None else f" ({held.chosen.by.printed_name}: {held.chosen.reason})"
    return (Line("Protocol", f"{held.label}{why}"),)


def order(report: SessionReport, clock: Clock) -> tuple[Line, ...]:
    """What was ordered, by whom, for which weight; the profile of the protocol for the checks."""
    given = report.order
    if given is None:
        return (Line("Order", "none", is_amiss=True), *_protocol(report))
    ordered, weight = given.order, given.order.weight
    lines = [
        Line("Drug", f"{ordered.drug} {plain(ordered.concentration.mg_ml)} mg/mL"),
        Line(
            "Start",
            f"{plain(ordered.start_rate_mg_kg_h)} mg/kg/h = "
            f"{number(ordered.start_rate_ml_h, 1, 'mL/h')}",
        ),
        Line("Until", _end(ordered)),
        Line(
            "Permitted",
            f"{plain(ordered.lowest_mg_kg_h)} to {plain(ordered.highest_mg_kg_h)} mg/kg/h, "
            f"steps of {plain(ordered.step_mg_kg_h)}",
        ),
        Line(
            "Weight",
            f"{plain(weight.kg)} kg ({weight.kind.value}), "
            f"{weight.measured_on.isoformat()}, {weight.decided_by}",
        ),
        Line("Prescriber", f"{ordered.prescriber}, {given.kind.value} {clock.shows(given.at)}"),
    ]
    if len(report.orders) > 1:
        lines.append(Line("Orders before", str(len(report.orders) - 1)))
    return (*lines, *_protocol(report))


def _end(ordered: Order) -> str:
    if ordered.ends_by is EndsBy.DOSE:
        return f"{plain(ordered.dose_mg)} mg are in"
    return f"{plain(ordered.duration_min)} min of running"


def times(report: SessionReport, clock: Clock) -> tuple[Line, ...]:
    """When it began, ran, paused and ended."""
    course = report.course
    lines = [
        Line("In the chair", clock.shows(course.began_at)),
        Line("Started", clock.shows(course.started_at, seconds=True)),
        Line("Stopped", clock.shows(course.stopped_at, seconds=True)),
        Line("Infused for", minutes(course.running_s)),
    ]
    lines.extend(
        Line(
            "Paused",
            f"{clock.shows(pause.begins)} to {clock.shows(pause.ends)}: "
            f"{pause.reason or 'no reason given'}",
            is_amiss=not pause.reason,
        )
        for pause in course.pauses
    )
    if course.early_end is not None:
        lines.append(Line("Ended early", course.early_end.reason))
    lines.append(Line("Left", clock.shows(course.closed_at)))
    return tuple(lines)


def minutes(seconds: float) -> str:
    """A length of time: `2 min 31 s`."""
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02d} s"


def dose(report: SessionReport, clock: Clock) -> tuple[Line, ...]:
    """Given against ordered, by volume and by integral; priming and flush apart."""
    given = report.dose
    percent = given.percent_of_order
    lines = [
        Line(
            "Given",
            f"{number(given.by_volume_mg, 2, 'mg')} of {number(given.ordered_mg, 2, 'mg')}"
            f" ({number(percent, 1, '%')})",
            is_amiss=given.by_volume_mg is None,
        ),
        Line("By weight", number(given.mg_kg, 3, "mg/kg")),
        Line("By volume", number(given.by_volume_ml, 3, "mL")),
        Line("Rate x time", number(given.by_integral_mg, 2, "mg")),
        Line(
            "Difference",
            f"{number(given.difference_mg, 2, 'mg')} ({number(given.difference_percent, 1, '%')})",
        ),
        Line(
            "Apart",
            f"priming {number(given.priming_ml, 2)}, flush {number(given.flush_ml, 2)}, "
            f"KVO {number(given.kvo_ml, 2)} mL",
        ),
    ]
    if report.recalculated is not None:
        signed = number(report.recalculated.sealed_mg, 2, "mg")
        is_open = bool(report.recalculated.waiting)
        lines.insert(1, Line("As signed", f"{signed}; recalculated since", is_amiss=is_open))
    return (*lines, *_uncertain(report, clock))


def _uncertain(report: SessionReport, clock: Clock) -> list[Line]:
    """What of the dose is not as sure as the numbers look."""
    lines, unheard_mg = [], report.dose.unheard_mg
    if unheard_mg:
        lines.append(Line("While silent", number(unheard_mg, 2, "mg"), is_amiss=True))
    lines.extend(
        Line(
            "Uncertain",
            f"IV failed {clock.shows(span.since)} to {clock.shows(span.until)}: what was given "
            "then may not have gone in",
            is_amiss=True,
        )
        for span in report.course.uncertain
    )
    lines.extend(
        Line(
            "Not met",
            f"{word.by.printed_name} said {word.kind.value} of {word.device} "
            f"{clock.shows(word.began_at)}, when it delivered nothing here",
            is_amiss=True,
        )
        for word in report.words_without_run
    )
    return lines


def rate_changes(report: SessionReport, clock: Clock) -> tuple[Line, ...]:
    """Every change of the rate with its reason."""
    return tuple(
        Line(
            clock.shows(line.at),
            f"{number(line.from_ml_h, 1)} → {number(line.to_ml_h, 1, 'mL/h')} "
            f"({number(line.from_mg_kg_h, 2)} → {number(line.to_mg_kg_h, 2, 'mg/kg/h')})"
            f"{', after the pause' if line.after_pause else ''}: "
            f"{f'{line.reason}, {line.explained_by}' if line.reason else 'no reason given'}",
            is_amiss=not line.reason and not line.after_pause,
        )
        for line in report.rate_changes
    )


def vital_signs(report: SessionReport, clock: Clock) -> tuple[Line, ...]:
    """The extremes since the first drug: highest pressure, rate, lowest saturation."""
    started = report.course.started_at
    if started is None:
        return ()
    lines = []
    cuffs = [c for c in report.cuffs if c.sys is not None and c.at >= started]
    highest = max(cuffs, key=lambda c: c.sys or 0, default=None)
    if highest is not None:
        told = f"{number(highest.sys, 0)}/{number(highest.dia, 0)} mmHg {clock.shows(highest.at)}"
        lines.append(Line("Highest BP", f"{told}{_above_baseline(report, highest.sys)}"))
    for signal, label, choose in (
        (SignalName.HR, "Highest HR", max),
        (SignalName.SPO2, "Lowest SpO2", min),
        (SignalName.RR, "Lowest RR", min),
    ):
        found = [
            (value, at)
            for line in report.trend
            if line.signal is signal
            for index, value in enumerate(line.values)
            if value is not None and (at := line.moment(index)) >= started
        ]
        if found:
            value, at = choose(found, key=lambda pair: pair[0])
            unit = SIGNALS[signal].shown_unit
            lines.append(Line(label, f"{number(value, 0, unit)} {clock.shows(at)}"))
    return tuple(lines)


def _above_baseline(report: SessionReport, sys: float | None) -> str:
    baseline = report.preparation.baseline
    values = {} if baseline is None else {v.measure: v.value for v in baseline.values}
    before = values.get(Measure.NIBP_SYS)
    return "" if before is None or sys is None else f" ({sys - before:+.0f} to baseline)"
