"""What people saw and did at a session, as lines of its report."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from infusion.association import Interval
from infusion.baseline import CuffPressure
from infusion.configuration import ClinicConfiguration
from infusion.delivered import SegmentKind
from infusion.interventions import events as done
from infusion.interventions.effects import adverse_events
from infusion.observations.due import CheckStatus, Due, in_order
from infusion.observations.events import (
    Basis,
    MissedCheck,
    NotObserved,
    ObservationsRecorded,
    ObservedItem,
)
from infusion.observations.evidence import Evidence, rate_steps
from infusion.observations.observed import Entry
from infusion.observations.rules import ObservationItem, ObservationRules
from infusion.observations.values import shown
from infusion.observations.versions import FormVersions, Version, versions_of
from infusion.report.dose import SegmentLine
from infusion.report.rows import (
    AmendmentLine,
    CheckCounts,
    CheckState,
    InterventionLine,
    ItemLine,
    ObservationLine,
    ScoreLine,
)
from infusion.report.trend import CuffLine
from infusion.schedule import Schedule, schedule_of
from infusion.scores.score import Score
from infusion.session import Session


def judged_schedule(
    session: Session,
    segments: Iterable[SegmentLine],
    cuffs: Iterable[CuffLine],
    off_monitor: tuple[Interval, ...],
    now: datetime,
    configuration: ClinicConfiguration,
) -> Schedule:
    """What became of every check, until the patient left."""
    rates = {
        line.begins: float(line.rate_ml_h)
        for line in segments
        if line.kind is SegmentKind.INFUSION and line.rate_ml_h is not None
    }
    evidence = Evidence(
        cuffs=tuple(
            CuffPressure(sys=cuff.sys, dia=cuff.dia, observed_at=cuff.at, device=cuff.device)
            for cuff in cuffs
            if cuff.sys is not None and cuff.dia is not None
        ),
        rate_steps=rate_steps(rates),
        off_monitor=off_monitor,
    )
    until = now if session.closed is None else min(now, session.closed.at)
    return schedule_of(session, evidence, until, configuration)


def check_counts(schedule: Schedule) -> CheckCounts:
    """How many items were due, and what became of them."""
    asked = [due for due in schedule.items if due.status is not CheckStatus.AHEAD]
    of = {status: [d for d in asked if d.status is status] for status in CheckStatus}
    in_time = of[CheckStatus.DONE]
    return CheckCounts(
        due=len(asked),
        done=len(in_time),
        by_device=sum(due.by_device for due in in_time),
        late=len(of[CheckStatus.DONE_LATE]),
        excused=len(of[CheckStatus.EXCUSED]),
        missed=len(of[CheckStatus.MISSED]),
    )


def observation_lines(
    session: Session, schedule: Schedule, rules: ObservationRules
) -> tuple[ObservationLine, ...]:
    """What was observed, form by form, and what was missed or excused, in order of time."""
    entries: dict[str, list[Entry]] = {}
    for entry in session.observed.entries:
        entries.setdefault(entry.observation, []).append(entry)
    late = {(d.item, d.done_at) for d in schedule.items if d.status is CheckStatus.DONE_LATE}
    lines = []
    for form in session.observations:
        found = entries.get(form.observation, [])
        is_late = any((entry.item, entry.at) in late for entry in found)
        lines.append(_form_line(session, form, found, rules, is_late=is_late))
    undone = [d for d in schedule.items if d.status in (CheckStatus.MISSED, CheckStatus.EXCUSED)]
    lines.extend(_undone_lines(undone, rules))
    return tuple(sorted(lines, key=lambda line: line.due_at or line.done_at or _at(session)))


def _at(session: Session) -> datetime:
    return session.plan.planned_for


def _form_line(
    session: Session,
    form: ObservationsRecorded,
    entries: Sequence[Entry],
    rules: ObservationRules,
    *,
    is_late: bool,
) -> ObservationLine:
    offered = {item.item: item for item in form.observed}
    found = rules.find_set(form.set)
    state = CheckState.PARTIAL if form.not_observed else CheckState.DONE
    reasons = [_left_out(missing, rules) for missing in form.not_observed]
    reasons += [f"from paper: {form.paper_reason}"] if form.paper_reason else []
    return ObservationLine(
        check=form.observation,
        label=form.set if found is None else found.label,
        state=CheckState.LATE if is_late else state,
        is_required=False,
        due_at=form.due_at,
        done_at=entries[0].at if entries else form.at,
        entered_at=form.entered_at,
        by=entries[0].judged_by if entries else form.judged_by or form.by.printed_name,
        items=tuple(_item_line(entry, offered.get(entry.item), rules) for entry in entries),
        reason="; ".join(reasons),
        amended=tuple(_amendments(versions_of(form, session.amendments), rules)),
    )


def _amendments(versions: FormVersions, rules: ObservationRules) -> Iterator[AmendmentLine]:
    for held in versions.items:
        item = rules.find_item(held.item)
        for before, after in pairwise(held.versions):
            yield AmendmentLine(
                label=held.item if item is None else item.text,
                was=_said(before, item),
                becomes=_said(after, item),
                by=after.by.printed_name,
                at=after.at,
                reason=after.reason,
            )
    for earlier, later in pairwise(versions.times):
        yield AmendmentLine(
            label="seen",
            was="",
            becomes="",
            by=later.by.printed_name,
            at=later.at,
            reason=later.reason,
            was_seen_at=earlier.seen_at,
            seen_at=later.seen_at,
        )


def _said(version: Version, item: ObservationItem | None) -> str:
    if version.said is None:
        return "not observed"
    return str(version.said.value) if item is None else shown(item, version.said.value)


def _item_line(entry: Entry, recorded: ObservedItem | None, rules: ObservationRules) -> ItemLine:
    item = rules.find_item(entry.item)
    device = None if recorded is None else recorded.offered
    return ItemLine(
        item=entry.item,
        label=entry.item if item is None else item.text,
        value=str(entry.value) if item is None else shown(item, entry.value),
        is_from_device=entry.basis is Basis.DEVICE,
        device_value=""
        if device is None or item is None or device.value == entry.value
        else shown(item, device.value),
    )


def _left_out(missing: NotObserved, rules: ObservationRules) -> str:
    reason = rules.find_absence(missing.reason)
    item = rules.find_item(missing.item)
    told = missing.words or (missing.reason if reason is None else reason.text)
    return f"{missing.item if item is None else item.text}: {told}"


def _undone_lines(undone: Iterable[Due], rules: ObservationRules) -> Iterator[ObservationLine]:
    """What was not done, one line for each time and reason."""
    groups: dict[tuple[datetime, str], list[Due]] = {}
    for due in in_order(undone):
        groups.setdefault((due.slot.due_at, due.reason), []).append(due)
    for (due_at, reason), found in groups.items():
        told = [rules.find_item(due.item) for due in found]
        names = [d.item if i is None else i.text for d, i in zip(found, told, strict=True)]
        yield ObservationLine(
            check=f"{due_at.isoformat()} {' '.join(due.item for due in found)}",
            label=", ".join(names),
            state=CheckState.MISSED,
            is_required=True,
            due_at=due_at,
            reason=reason,
            missing=tuple(MissedCheck(item=due.item, due_at=due_at) for due in found),
        )


def intervention_lines(session: Session) -> tuple[InterventionLine, ...]:
    """What was done between the checks, adverse events and notes, in order of time."""
    lines = [line for event in session.interventions if (line := _line(event)) is not None]
    names = {
        e.adverse: e for e in session.interventions if isinstance(e, done.AdverseEventRecorded)
    }
    lines.extend(
        InterventionLine(
            at=event.began_at,
            kind="adverse event",
            text=": ".join(filter(None, (event.what, event.words))),
            by=names[event.adverse].by.printed_name,
            ends=event.ended_at,
            grade=f"grade {event.grade}",
            is_adverse_event=True,
        )
        for event in adverse_events(session)
    )
    lines.extend(
        InterventionLine(at=note.at, kind="note", text=note.text, by=note.by.printed_name)
        for note in session.notes
    )
    lines.extend(
        InterventionLine(
            at=word.at,
            kind="handover",
            text=_joined(f"to {word.to}" if word.to else "", word.text),
            by=word.by.printed_name,
        )
        for word in session.handovers
    )
    return tuple(sorted(lines, key=lambda line: line.at))


def _line(event: done.Intervention) -> InterventionLine | None:
    told = _words(event)
    if told is None:
        return None
    kind, text = told
    return InterventionLine(at=event.at, kind=kind, text=text, by=event.by.printed_name)


def _words(event: done.Intervention) -> tuple[str, str] | None:
    """Kind and words; None for an adverse event, which has a line of its own."""
    words = _WORDS.get(type(event))
    return None if words is None else words(event)


def _rescue(event: done.RescueDrugGiven) -> tuple[str, str]:
    ordered = f"{event.ordered_by.value} {event.prescriber}".strip()
    dose = f"{event.drug} {event.dose:f} {event.unit} {event.route}"
    return "rescue drug", ", ".join(filter(None, (dose, ordered, event.reason)))


_WORDS: Final[dict[type[Any], Callable[[Any], tuple[str, str]]]] = {
    done.OxygenChanged: lambda e: ("oxygen", f"{e.flow_l_min:g} L/min" if e.is_on else "off"),
    done.RescueDrugGiven: _rescue,
    done.PrescriberCalled: lambda e: ("prescriber called", _joined(e.prescriber, e.about)),
    done.PrescriberAnswered: lambda e: ("prescriber answered", _joined(e.prescriber, e.words)),
    done.IvFailed: lambda e: ("IV failed", e.what),
    done.IvResited: lambda e: ("IV resited", e.site),
    done.SymptomsReported: lambda e: ("symptoms", _joined(", ".join(e.symptoms), e.words)),
    done.HelpCalled: lambda _: ("help", "called"),
    done.HelpEnded: lambda _: ("help", "ended"),
    done.EmergencyBegun: lambda _: ("emergency", "begun"),
    done.EmergencyStamped: lambda e: ("emergency", e.what),
    done.EmergencyEnded: lambda _: ("emergency", "over"),
}


def _joined(first: str, then: str) -> str:
    return ": ".join(filter(None, (first, then)))


def score_line(score: Score) -> ScoreLine:
    """A score with the reason for each point, or what it cannot be computed without."""
    points = [f"{item.item} {item.points}: {item.why}" for item in score.items if item.points]
    told = [score.meaning, *points, *score.notes]
    return ScoreLine(
        scale=score.scale,
        at=score.at,
        value=score.total,
        explanation="; ".join(filter(None, told)) if score.total is not None else score.text,
    )
