"""How much alarms ask of people: how many in an hour, how many were acted on, how soon seen.

Benchmarks to compare with: 7.8 audible alarms per bed-hour (Drew 2014, five ICUs); 87 to 99 % not
actionable (Bonafide 2015).
"""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

import msgspec

from infusion.alarms.log import AlarmRecord
from infusion.sign_off_events import AlarmVerdict
from vocabulary.alarms import AlarmKind, AlarmPriority
from vocabulary.ids import BedId, SessionId


class Burden(msgspec.Struct, frozen=True, kw_only=True):
    """Alarms over `hours` of patients in the chair. None: there is nothing to divide by.

    `audible`: medium and high. `sounded`: how often a speaker began, which is more often where a
    condition came back or got worse. Percentages: acknowledged of the audible ones, acted on of
    those that were reviewed, technical of all.
    """

    hours: float
    alarms: int
    audible: int
    sounded: int
    audible_per_hour: float | None
    acknowledged_percent: float | None
    reviewed: int
    acted_on_percent: float | None
    technical_percent: float | None
    escalated: int
    median_response_s: dict[AlarmPriority, float]


def burden_of(records: Sequence[AlarmRecord], hours: float) -> Burden:
    """The burden of these alarms over so many patient-hours."""
    audible = [record for record in records if record.is_audible]
    seen = [record for record in audible if record.acknowledged_at is not None]
    reviewed = [record for record in records if record.verdict is not None]
    acted_on = [r for r in reviewed if r.verdict is AlarmVerdict.ACTED_ON]
    technical = [record for record in records if record.kind is AlarmKind.TECHNICAL]
    sounded = sum(record.sounded for record in records)
    return Burden(
        hours=hours,
        alarms=len(records),
        audible=len(audible),
        sounded=sounded,
        audible_per_hour=_ratio(len(audible), hours),
        acknowledged_percent=_percent(len(seen), len(audible)),
        reviewed=len(reviewed),
        acted_on_percent=_percent(len(acted_on), len(reviewed)),
        technical_percent=_percent(len(technical), len(records)),
        escalated=sum(record.escalated > 0 for record in records),
        median_response_s=_medians(records),
    )


def burden_by_session(
    records: Iterable[AlarmRecord], hours: Mapping[SessionId, float]
) -> dict[SessionId, Burden]:
    """The burden of each session that `hours` names, those without an alarm too."""
    found: dict[SessionId, list[AlarmRecord]] = {session: [] for session in hours}
    for record in records:
        if record.session in found:
            found[record.session].append(record)
    return {session: burden_of(of_one, hours[session]) for session, of_one in found.items()}


def burden_by_bed(
    records: Iterable[AlarmRecord], hours: Mapping[BedId, float]
) -> dict[BedId, Burden]:
    """The burden of each bed that `hours` names."""
    found: dict[BedId, list[AlarmRecord]] = {bed: [] for bed in hours}
    for record in records:
        if record.bed in found:
            found[record.bed].append(record)
    return {bed: burden_of(of_one, hours[bed]) for bed, of_one in found.items()}


def _medians(records: Iterable[AlarmRecord]) -> dict[AlarmPriority, float]:
    """The median time until somebody saw an alarm, seconds, of each priority that was seen."""
    times: dict[AlarmPriority, list[float]] = {}
    for record in records:
        if record.response_s is not None:
            times.setdefault(record.priority, []).append(record.response_s)
    return {priority: median(found) for priority, found in times.items()}


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _percent(part: int, whole: int) -> float | None:
    return None if whole == 0 else 100 * part / whole
