"""Alarms of the dashboards themselves: one line of the log, whoever of them wrote it and when."""

from datetime import timedelta
from typing import Any

import msgspec

from infusion.alarms.burden import burden_by_bed, burden_of
from infusion.alarms.events import AlarmEnd
from infusion.alarms.log import COLUMNS, AlarmRecord, LogFilter, alarm_log, filtered, row_of
from infusion.alarms.own import own_alarm_id, settled
from infusion.happenings import decode_happening
from infusion.patient import Person
from infusion.station_events import (
    OwnAlarmAcknowledged,
    OwnAlarmEnded,
    OwnAlarmEvent,
    OwnAlarmHeardAgain,
    OwnAlarmRaised,
    OwnAlarmReturned,
)
from tests.fixtures.clinic import START
from tests.fixtures.session import NORA, OLGA
from vocabulary.alarms import AlarmKind, AlarmPriority, OwnAlarmCode
from vocabulary.ids import BedId, WardId

NORTH = WardId("north")
WITHIN = timedelta(seconds=60)
TEXT = "NO LIVE DATA, watch the bedside monitors (broker down)"


def at(second: float) -> Any:
    return START + timedelta(seconds=second)


def fields(since_s: float, at_s: float) -> dict[str, Any]:
    return {
        "ward": NORTH, "at": at(at_s), "alarm": own_alarm_id(NORTH, "broker", at(since_s)),
        "code": OwnAlarmCode.BROKER_DOWN, "priority": AlarmPriority.MEDIUM, "text": TEXT,
        "value": None, "limit": None, "since": at(since_s), "version": "v7",
    }  # fmt: skip


def raised(since_s: float, at_s: float | None = None) -> OwnAlarmRaised:
    return OwnAlarmRaised(**fields(since_s, since_s + 2 if at_s is None else at_s))


def heard(since_s: float, at_s: float) -> OwnAlarmHeardAgain:
    return OwnAlarmHeardAgain(**fields(since_s, at_s))


def over(since_s: float, at_s: float, how: AlarmEnd = AlarmEnd.CLEARED) -> OwnAlarmEnded:
    return OwnAlarmEnded(**fields(since_s, at_s), how=how)


def seen(since_s: float, at_s: float, by: Person = NORA) -> OwnAlarmAcknowledged:
    alarm = own_alarm_id(NORTH, "broker", at(since_s))
    return OwnAlarmAcknowledged(
        ward=NORTH, at=at(at_s), alarm=alarm, text=TEXT, since=at(since_s), by=by
    )


def written(*told: OwnAlarmEvent) -> list[OwnAlarmEvent]:
    """What is in the record after all of this was told, in this order."""
    recorded: list[OwnAlarmEvent] = []
    for event in told:
        found = settled(event, recorded, WITHIN)
        if found is not None:
            recorded.append(found)
    return recorded


def log(*told: OwnAlarmEvent) -> tuple[AlarmRecord, ...]:
    return alarm_log(written(*told))


def test_an_outage_has_onset_who_saw_it_and_end() -> None:
    [line] = log(raised(0), seen(0, 10), over(0, 300))
    assert (line.bed, line.session, line.ward) == (None, None, NORTH)
    assert (line.kind, line.code) == (AlarmKind.TECHNICAL, OwnAlarmCode.BROKER_DOWN)
    assert (line.since, line.raised_at, line.ended_at) == (at(0), at(2), at(300))
    assert (line.acknowledged_by, line.response_s) == (NORA, 8)
    assert (line.lasted_s, line.how, line.times, line.sounded) == (298, AlarmEnd.CLEARED, 1, 1)
    assert (line.text, line.version) == (TEXT, "v7")


def test_two_dashboards_that_saw_the_same_outage_are_one_line() -> None:
    ours, theirs = raised(0), raised(0.3, 2.4)
    [line] = log(ours, theirs, seen(0.3, 9, OLGA), over(0, 300), over(0.3, 300.2))
    assert (line.since, line.ended_at, line.acknowledged_by) == (at(0), at(300), OLGA)
    assert len(written(ours, theirs, over(0, 300), over(0.3, 300.2))) == 2


def test_what_one_wrote_only_when_the_other_had_ended_it_is_the_same_outage() -> None:
    [line] = log(raised(0), over(0, 300), raised(0.3, 2.4), seen(0.3, 9), over(0.3, 301))
    assert (line.times, line.ended_at, line.acknowledged_by) == (1, at(300), NORA)


def test_writing_the_same_again_writes_nothing() -> None:
    """A commit that broke off may have gone through."""
    told = [
        raised(0), seen(0, 5), seen(0, 6, OLGA), over(0, 10), raised(20), over(20, 30), raised(40),
        heard(40, 65), seen(40, 70), over(40, 80), raised(130), seen(130, 135), over(130, 140),
        raised(500),
    ]  # fmt: skip
    recorded = written(*told)
    assert [settled(event, recorded, WITHIN) for event in told] == [None] * len(told)


def test_what_comes_back_within_a_minute_is_the_same_and_begins_to_sound_once() -> None:
    flaps = [event for n in range(5) for event in (raised(20 * n), over(20 * n, 20 * n + 10))]
    [line] = log(*flaps)
    assert (line.times, line.sounded, line.since) == (5, 1, at(0))
    assert line.ended_at == at(90)
    [line] = log(raised(0), seen(0, 5), *flaps[1:])
    assert (line.times, line.sounded) == (5, 2), "who saw it at 5 s has not seen that of 82 s"
    [first, second] = log(raised(0), seen(0, 5), over(0, 10), raised(71))
    assert (first.times, second.times, second.acknowledged_at) == (1, 1, None)


def test_what_is_heard_again_is_seen_anew_by_whoever_sees_it() -> None:
    [line] = log(raised(0), seen(0, 5), over(0, 10), raised(20), heard(0, 65))
    assert (line.sounded, line.seen_by, line.acknowledged_by) == (2, None, NORA)
    [line] = log(raised(0), seen(0, 5), over(0, 10), raised(20), heard(0, 65), seen(0, 70))
    assert (line.sounded, line.seen_by, line.seen_at) == (2, NORA, at(70))
    assert line.response_s == 3, "of the first signal"


def test_nothing_is_heard_again_of_what_is_over_or_not_seen() -> None:
    [line] = log(raised(0), seen(0, 5), over(0, 10), heard(0, 65))
    assert (line.sounded, line.ended_at) == (1, at(10))
    [line] = log(raised(0), heard(0, 65))
    assert line.sounded == 1


def test_who_saw_it_before_it_was_heard_again_and_says_so_late_has_not_seen_that() -> None:
    told = [raised(0), seen(0, 5), over(0, 10), raised(20), heard(0, 65), seen(0, 30, OLGA)]
    [line] = log(*told)
    assert (line.seen_by, line.acknowledged_by) == (None, NORA)


def test_an_end_from_before_it_came_back_ends_nothing() -> None:
    [line] = log(raised(0), over(0, 10), raised(20), over(0, 10.5))
    assert (line.times, line.ended_at) == (2, None)


def test_an_older_outage_that_is_written_later_is_a_line_of_its_own() -> None:
    [first, second] = log(raised(600), raised(0), over(0, 30))
    assert (first.since, first.ended_at) == (at(0), at(30))
    assert (second.since, second.ended_at) == (at(600), None)


def test_other_causes_and_what_was_recorded_before_there_were_lines_touch_nothing() -> None:
    old = OwnAlarmAcknowledged(
        ward=NORTH, at=at(4), alarm="north.broker", text=TEXT, since=at(0), by=NORA
    )
    ingest = msgspec.structs.replace(
        raised(1), alarm=own_alarm_id(NORTH, "ingest", at(1)), code=OwnAlarmCode.INGEST_DOWN
    )
    assert alarm_log([old]) == ()
    lines = alarm_log([old, *written(raised(0), ingest, over(0, 9))])
    assert [(line.code, line.ended_at) for line in lines] == [
        (OwnAlarmCode.BROKER_DOWN, at(9)),
        (OwnAlarmCode.INGEST_DOWN, None),
    ]


def test_they_are_read_back_as_they_were_written() -> None:
    for event in written(raised(0), seen(0, 5), over(0, 10, AlarmEnd.UNKNOWN), raised(20)):
        assert decode_happening(msgspec.json.encode(event).decode()) == event
    [returned] = [e for e in written(raised(0), over(0, 10), raised(20)) if e.at == at(22)]
    assert isinstance(returned, OwnAlarmReturned)


def test_the_filter_finds_those_of_the_whole_ward_and_their_row_has_no_bed() -> None:
    lines = log(raised(0), over(0, 300))
    assert filtered(lines, LogFilter(beds=frozenset({None}))) == lines
    assert filtered(lines, LogFilter(beds=frozenset({BedId("1")}))) == ()
    row = dict(zip(COLUMNS, row_of(lines[0]), strict=True))
    assert (row["bed"], row["session"], row["kind"], row["code"]) == (
        "", "", "technical", "broker_down",
    )  # fmt: skip


def test_the_burden_has_them_in_the_wards_line_and_in_no_beds() -> None:
    lines = log(raised(0), seen(0, 12), over(0, 300))
    whole = burden_of(lines, 2)
    assert (whole.alarms, whole.audible, whole.technical_percent) == (1, 1, 100)
    assert whole.median_response_s == {AlarmPriority.MEDIUM: 10}
    assert burden_by_bed(lines, {BedId("1"): 1.0})[BedId("1")].alarms == 0
