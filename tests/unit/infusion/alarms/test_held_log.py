"""What was held back, changed or excused: by whom, why, until when, and how it ended."""

from datetime import timedelta
from typing import Any

import pytest

from infusion.alarms.events import (
    LimitChanged,
    OffMonitorBegun,
    OffMonitorEnded,
    SignalsHeldBack,
    SignalsResumed,
)
from infusion.alarms.held_log import HeldKind, HeldRecord, held_log
from infusion.alarms.rules import LimitName
from tests.fixtures.alarmed import AlarmedBed, situation
from tests.fixtures.session import NORA, OLGA
from vocabulary.alarms import Inactivation


class LoggedBed(AlarmedBed):
    """What was concluded and what people did, in one order."""

    def take(self, item: Any) -> AlarmedBed:
        if hasattr(item, "ward") and type(item).__module__.endswith("alarms.events"):
            self.events.append(item)
        return super().take(item)

    def log(self) -> tuple[HeldRecord, ...]:
        return held_log(self.events, 600)

    def hold(self, how: Inactivation, seconds: float, **more: Any) -> "LoggedBed":
        fields = {"by": NORA, **more}
        until = self.now + timedelta(seconds=seconds)
        self.deed(SignalsHeldBack, inactivation=how, until=until, **fields)
        return self


def alarmed() -> LoggedBed:
    bed = LoggedBed()
    bed.run(15, hr=115.0)
    return bed


def test_a_pause_says_who_until_when_and_that_its_time_was_over() -> None:
    bed = alarmed().hold(Inactivation.AUDIO_PAUSED, 120)
    began = bed.now
    (standing,) = bed.log()
    assert (standing.what, standing.by, standing.at) == (HeldKind.AUDIO_PAUSED, NORA, began)
    assert standing.until == began + timedelta(seconds=120)
    assert (standing.ended_at, standing.how) == (None, "")
    bed.run(130, hr=115.0)
    (over,) = bed.log()
    assert (over.ended_at, over.how) == (standing.until, "time over")


@pytest.mark.parametrize(
    ("then", "how"),
    [
        (lambda bed: bed.run(5, spo2=82.0), "broken through"),
        (lambda bed: bed.deed(SignalsResumed, by=OLGA), "by Olga Other"),
        (lambda bed: bed.deed(SignalsResumed, by=None, screen="station"), "by station"),
        (lambda bed: bed.situate(situation(None)), "other patient"),
        (lambda bed: bed.hold(Inactivation.ALARM_PAUSED, 60), "began anew"),
    ],
)
def test_however_it_ended_is_told(then: Any, how: str) -> None:
    bed = alarmed().hold(Inactivation.AUDIO_OFF, 1800, reason="transfer")
    then(bed)
    first = bed.log()[0]
    assert (first.what, first.words, first.how) == (HeldKind.AUDIO_OFF, "transfer", how)
    assert first.ended_at == bed.now or how == "broken through"


def test_a_limit_says_from_what_to_what_and_why() -> None:
    bed = LoggedBed()
    limit = LimitName("spo2_below_high")
    bed.deed(LimitChanged, by=NORA, limit=limit, before=90.0, amount=88.0, reason="COPD")
    bed.deed(LimitChanged, by=OLGA, limit=limit, before=88.0, amount=None, reason="")
    assert [(r.what, r.by, r.words) for r in bed.log()] == [
        (HeldKind.LIMIT, NORA, "spo2 below high: 90 to 88 (COPD)"),
        (HeldKind.LIMIT, OLGA, "spo2 below high: 88 to the clinic's again"),
    ]


def test_off_the_monitor_has_its_limit_and_does_not_end_a_pause() -> None:
    bed = alarmed().hold(Inactivation.AUDIO_OFF, 1800, reason="transfer")
    bed.deed(OffMonitorBegun, by=NORA, accompanied_by="Olga")
    gone = bed.now
    bed.run(60, spo2=None, hr=None, pr=None).deed(OffMonitorEnded, by=OLGA)
    pause, off = bed.log()
    assert pause.ended_at is None
    assert (off.what, off.words, off.how) == (HeldKind.OFF_MONITOR, "with Olga", "by Olga Other")
    assert (off.until, off.ended_at) == (gone + timedelta(seconds=600), bed.now)
