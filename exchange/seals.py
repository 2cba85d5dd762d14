"""The signatures of a session in words, and what was added, came or changed after the seal.

As in `exchange.figures`; a line that wants attention says so.
"""

from zoneinfo import ZoneInfo

from exchange.figures import Clock, Line
from infusion.report import SessionReport
from infusion.signature_line import SignatureLine


def signatures(report: SessionReport) -> tuple[Line, ...]:
    """Printed name, role, time with zone, and meaning of each signature."""
    return tuple(
        Line(
            s.meaning.replace("-", " "),
            f"{s.printed_name}, {s.role}, {signed_at(s)}"
            f"{f', WITH EXCEPTION: {s.exception}' if s.exception else ''}",
            is_amiss=bool(s.exception),
        )
        for s in report.signatures
    )


def signed_at(line: SignatureLine) -> str:
    """When somebody signed, by the clock of their clinic, with its zone."""
    return f"{line.at.astimezone(ZoneInfo(line.zone)):%Y-%m-%d %H:%M:%S} {line.zone}"


def addenda(report: SessionReport, clock: Clock) -> tuple[Line, ...]:
    """What was added after the seal, version beside version, and what came or changed after it."""
    lines = [
        Line(
            f"No. {word.number}",
            f"{word.concerns}: {word.text}"
            f"{f' ({word.was} becomes {word.becomes})' if word.was or word.becomes else ''}; "
            f"{word.reason}",
        )
        for word in report.addenda
    ]
    taken_up = max((word.takes_up for word in report.addenda), default=0)
    lines.extend(
        Line("Late data", f"{late.rows} messages of {late.device}", is_amiss=True)
        for late in report.late
        if late.last_position > taken_up
    )
    return (*lines, *recalculated(report, clock))


def recalculated(report: SessionReport, clock: Clock) -> tuple[Line, ...]:
    """Whose a device was, corrected after the seal; amiss until an addendum covers it."""
    found = report.recalculated
    if found is None:
        return ()
    answered = len(found.corrections) - found.waiting
    return tuple(
        Line(
            "Recalculated",
            f"{word.device} was {'' if word.is_ours else 'not '}this patient's from "
            f"{clock.shows(word.since)} to {clock.shows(word.until)}: {word.reason}; "
            f"{word.by.printed_name} {clock.shows(word.at)}",
            is_amiss=place >= answered,
        )
        for place, word in enumerate(found.corrections)
    )
