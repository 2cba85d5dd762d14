"""What was seen and done at a session, in words, once: for the page and for paper.

As in `exchange.figures`; a line that wants attention says so.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from exchange.figures import DASH, Clock, Line, minutes, number, plain
from infusion.dose import DrugBalance
from infusion.report import SessionReport
from infusion.report.devices import ClockLine
from infusion.report.rows import AmendmentLine, CheckState, ObservationLine
from infusion.session_events import Discharged, LeftBeforeReady, PreparationConfirmed
from infusion.sign_off_events import WasteOf
from vocabulary.signals import SIGNALS, SignalName


def observations(report: SessionReport, clock: Clock) -> tuple[Line, ...]:
    """Items done, late and missed; what was late, left out or missed one by one."""
    found = report.checks
    told = (
        f"{found.done} done ({found.by_device} by the cuff), {found.late} late, "
        f"{found.excused} excused, {found.missed} missed"
    )
    return (
        Line(f"{found.due} due", told),
        *(
            Line(clock.shows(line.due_at), _amiss(line, clock), is_amiss=line.is_open)
            for line in report.observations
            if line.state not in {CheckState.DONE, CheckState.MISSED}
        ),
        *_missed(report, clock),
        *(
            Line(clock.shows(line.done_at), _amended(line, change, clock))
            for line in report.observations
            for change in line.amended
        ),
    )


def _amended(line: ObservationLine, change: AmendmentLine, clock: Clock) -> str:
    was, becomes = change.was, change.becomes
    if change.was_seen_at is not None:
        was, becomes = clock.shows(change.was_seen_at), clock.shows(change.seen_at)
    return (
        f"{line.label} amended: {change.label} was {was}, now {becomes}; {change.reason}; "
        f"{change.by} {clock.shows(change.at)}"
    )


def _missed(report: SessionReport, clock: Clock) -> Iterator[Line]:
    """What was missed, those of the same items and for the same reason in one line."""
    alike: dict[tuple[str, str], list[ObservationLine]] = {}
    for line in report.observations:
        if line.state is CheckState.MISSED:
            alike.setdefault((line.label, line.reason), []).append(line)
    for lines in alike.values():
        first, last = lines[0], lines[-1]
        more = f" {len(lines)} times, last {clock.shows(last.due_at)}" if len(lines) > 1 else ""
        reason = first.reason or "no reason given"
        yield Line(
            clock.shows(first.due_at),
            f"{first.label} missed{more}: {reason}",
            is_amiss=first.is_open,
        )


def _amiss(line: ObservationLine, clock: Clock) -> str:
    done = f" {clock.shows(line.done_at)}" if line.done_at is not None else ""
    reason = f": {line.reason}" if line.reason else ""
    return f"{line.label} {line.state.value}{done}{reason}"


def interventions(report: SessionReport, clock: Clock) -> tuple[Line, ...]:
    """What was done, and adverse events with their grade."""
    return tuple(
        Line(
            clock.shows(line.at),
            f"{line.kind}: {line.text}{f', {line.grade}' if line.grade else ''}"
            f"{f' until {clock.shows(line.ends)}' if line.ends else ''}, {line.by}",
        )
        for line in report.interventions
    )


def alarms(report: SessionReport) -> tuple[Line, ...]:
    """Alarms by kind: how many, how long until somebody answered, what they were found to be."""
    lines = {alarm.alarm: alarm for alarm in report.alarms}
    found = []
    for group in report.alarm_groups:
        alike = [lines[alarm] for alarm in group.alarms]
        waited = [alarm.response_s for alarm in alike if alarm.response_s is not None]
        unanswered = len(alike) - len(waited)
        answer = f"answered within {number(max(waited), 0, 's')}" if waited else ""
        missing = f"{unanswered} not answered" if unanswered else ""
        verdict = "" if group.verdict is None else group.verdict.value.replace("_", " ")
        note = "" if group.review is None or not group.review.note else f" ({group.review.note})"
        review = f"{verdict}{note}" if verdict else "not reviewed" * bool(group.unreviewed)
        found.append(
            Line(
                f"{len(alike)} {group.priority.value}",
                "; ".join(filter(None, (alike[0].text, answer, missing, review))),
                is_amiss=bool(group.unreviewed),
            )
        )
    return tuple(found)


def completeness(report: SessionReport, clock: Clock) -> tuple[Line, ...]:
    """Coverage of each signal, gaps over the limit with their reason, late numbers."""
    found = report.completeness
    covered = ", ".join(
        f"{SIGNALS[c.signal].label} {number(c.percent, 1)}"
        for c in found.coverage
        if c.signal is not SignalName.NIBP
    )
    lines = [Line("Coverage, %", covered or DASH)]
    if found.longest_without_cuff_s is not None:
        lines.append(
            Line("Cuff", f"{found.cuffs}, at most {minutes(found.longest_without_cuff_s)} apart")
        )
    for line in found.gaps:
        why = "; ".join((*line.causes, *line.reasons)) or "no reason given"
        told = f"{line.told}: " if line.told else ""
        lines.append(
            Line(
                f"{SIGNALS[line.gap.signal].label} gap",
                f"{clock.shows(line.gap.begins)}, {minutes(line.lasted_s)}, {told}{why}",
                is_amiss=bool(line.open),
            )
        )
    if found.arrived_late:
        lines.append(Line("Arrived late", f"{found.arrived_late} sets of numbers, in place"))
    return tuple(lines)


def devices(report: SessionReport) -> tuple[Line, ...]:
    """Which devices, confirmed by whom, and how far their clocks were corrected."""
    return tuple(
        Line(
            line.device,
            ", ".join(
                filter(
                    None,
                    (
                        f"{line.make} {line.model}".strip(),
                        f"serial {line.serial}" if line.serial else "",
                        f"clock corrected by {number(_largest(line.clocks), 0, 's')}"
                        if any(clock.is_wrong for clock in line.clocks)
                        else "",
                        ""
                        if line.confirmed_by is None
                        else f"2nd {line.confirmed_by.printed_name}",
                        "unconfirmed" if line.unconfirmed else "",
                        "SIMULATED" if line.is_simulated else "",
                    ),
                )
            ),
            is_amiss=bool(line.unconfirmed) or line.is_simulated,
        )
        for line in report.devices
    )


def _largest(clocks: Iterable[ClockLine]) -> float:
    offsets = [offset for clock in clocks for offset in (clock.least_s, clock.most_s)]
    return max(offsets, key=abs, default=0.0)


def preparation(report: SessionReport, clock: Clock) -> tuple[Line, ...]:
    """Who asked, who confirmed, what was held; the answers themselves are on the session's page."""
    found = report.preparation
    lines = [_identified(report, clock)]
    asked = dict.fromkeys(line.by.printed_name for line in found.answers)
    lines.append(Line("Asked", f"{len(found.answers)} questions, {', '.join(asked) or DASH}"))
    if found.baseline is not None:
        values = {v.measure.value: v.value for v in found.baseline.values}
        told = [f"BP {number(values.get('nibp_sys'), 0)}/{number(values.get('nibp_dia'), 0)}"]
        told += [f"{n.upper()} {number(values[n], 0)}" for n in ("hr", "spo2", "rr") if n in values]
        lines.append(Line("Baseline", ", ".join(told).replace("SPO2", "SpO2")))
    if found.held is not None:
        word = found.overridden
        told_word = "not overridden" if word is None else f"{word.by.printed_name}: {word.reason}"
        lines.append(Line("Start held", told_word, is_amiss=word is None))
    lines.append(_confirmed(report, clock))
    lines.extend(
        Line("Exception", f"{e.by.printed_name} alone: {e.reason}", is_amiss=True)
        for e in found.exceptions
    )
    return tuple(lines)


def _identified(report: SessionReport, clock: Clock) -> Line:
    word = report.identified
    if word is None:
        return Line("Identified", "no", is_amiss=True)
    by = ", ".join(identifier.value.replace("_", " ") for identifier in word.stated)
    return Line("Identified", f"{by}; {word.by.printed_name} {clock.shows(word.at)}")


def _confirmed(report: SessionReport, clock: Clock) -> Line:
    word = report.preparation.confirmed
    if word is None:
        return Line("2nd person", "nobody confirmed", is_amiss=True)
    alone = "" if isinstance(word, PreparationConfirmed) else " (alone)"
    return Line("2nd person", f"{word.by.printed_name}{alone} {clock.shows(word.at)}")


def balance(report: SessionReport) -> tuple[Line, ...]:
    """Drawn, and where it went; what stayed in the vials apart; who saw it wasted."""
    account = report.account
    lines = [
        Line(
            f"Vial {vial.vial}",
            f"{vial.drug} {plain(vial.vial_mg_ml)} mg/mL, {plain(vial.vial_ml)} mL, "
            f"lot {vial.lot}, expires {vial.expires_on.isoformat()}, {vial.by.printed_name}",
        )
        for vial in account.drawn
    ]
    charted = account.charted
    if charted is None:
        has_drug = bool(account.drawn) or report.course.started_at is not None
        return (*lines, Line("Balance", "not charted", is_amiss=has_drug))
    lines.append(_balanced("Drawn", account.balance, account.drawn_mg))
    lines.append(_witness("Waste", report, WasteOf.SYRINGE))
    lines.append(_balanced("Left in vials", account.vials, account.remainder_mg))
    lines.append(_witness("Vials wasted", report, WasteOf.VIALS))
    if charted.reason:
        lines.append(Line("Reason", f"{charted.reason}, {charted.by.printed_name}"))
    return tuple(lines)


def _balanced(label: str, found: DrugBalance | None, had_mg: Decimal) -> Line:
    if found is None:
        return Line(label, f"{number(had_mg, 3, 'mg')}; infused is not known", is_amiss=True)
    parts = (
        ("infused", found.infused_mg),
        ("line", found.line_residual_mg),
        ("wasted", found.wasted_mg),
        ("returned", found.returned_mg),
    )
    told = " + ".join(f"{word} {number(mg, 3)}" for word, mg in parts if mg)
    return Line(
        label,
        f"{number(found.drawn_mg, 3)} = {told or '0'}; "
        f"difference {number(found.difference_mg, 3, 'mg')}",
        is_amiss=bool(round(found.difference_mg, 3)),
    )


def _witness(label: str, report: SessionReport, of: WasteOf) -> Line:
    word = report.account.witnesses.get(of)
    if word is not None:
        return Line(label, f"{word.method}, seen by {word.by.printed_name}")
    is_missing = of in report.account.unwitnessed()
    return Line(label, "no witness" if is_missing else "none", is_amiss=is_missing)


def discharge(report: SessionReport, clock: Clock) -> tuple[Line, ...]:
    """How and with whom the patient left, and the criteria as they stood then."""
    closed = report.closed
    lines = [
        Line(
            {True: "Met", False: "Not met", None: "Not known"}[criterion.is_met],
            criterion.text,
            is_amiss=criterion.is_met is not True,
        )
        for criterion in report.criteria
    ]
    if closed is None:
        return (Line("Discharge", "not yet", is_amiss=True), *lines)
    by = f"{closed.by.printed_name} {clock.shows(closed.at)}"
    if isinstance(closed, Discharged):
        return (Line("Discharged", f"with {closed.escort}; {by}"), *lines)
    if isinstance(closed, LeftBeforeReady):
        told = (
            f"{closed.reason}; IV {'out' if closed.is_iv_removed else 'NOT OUT'}, "
            f"{closed.escort or 'alone'}, told {closed.prescriber_told}, "
            f"call back {closed.call_back or DASH}; {by}"
        )
        return (Line("Left before ready", told, is_amiss=True), *lines)
    return (Line("Cancelled", f"{closed.reason}; {by}"), *lines)
