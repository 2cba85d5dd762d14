"""Gaps and alarms, looked at before the signature."""

from datetime import timedelta
from typing import Any

import pytest

from infusion import sign_off_commands as sc
from infusion.commands import Command
from infusion.sign_off_events import AlarmVerdict, Gap
from tests.fixtures.clinic import START
from tests.fixtures.session import ADA, NORA, Driver, discharged, preparing
from vocabulary.signals import SignalName


def gap(begins: float = 30, ends: float = 33) -> Gap:
    """SpO2 missing, minutes after START."""
    return Gap(
        signal=SignalName.SPO2,
        begins=START + timedelta(minutes=begins),
        ends=START + timedelta(minutes=ends),
    )


def explain(**fields: Any) -> sc.ExplainGaps:
    return sc.ExplainGaps(**({"by": NORA, "gaps": (gap(),), "reason": "probe changed"} | fields))


def review(**fields: Any) -> sc.ReviewAlarms:
    usual = {"by": NORA, "alarms": ("a1", "a2"), "verdict": AlarmVerdict.ACTED_ON}
    return sc.ReviewAlarms(**(usual | fields))


def test_one_reason_covers_many_gaps() -> None:
    driver = discharged().do(explain(gaps=(gap(), gap(40, 44))))
    [word] = driver.session.gaps_explained
    assert (word.reason, len(word.gaps), word.by) == ("probe changed", 2, NORA)


def test_alarms_of_a_kind_are_reviewed_together() -> None:
    driver = discharged().do(review(), review(verdict=AlarmVerdict.FALSE, note="cuff"))
    assert [word.verdict for word in driver.session.alarms_reviewed] == [
        AlarmVerdict.ACTED_ON,
        AlarmVerdict.FALSE,
    ]


@pytest.mark.parametrize(
    ("situation", "command", "reason"),
    [
        (discharged, explain(gaps=()), "that is no gap"),
        (discharged, explain(gaps=(gap(33, 33),)), "that is no gap"),
        (discharged, explain(gaps=(gap(30, 3000),)), "that is no gap"),
        (discharged, explain(reason=" "), "a gap needs a reason"),
        (discharged, explain(by=ADA), "administrator may not explain a gap"),
        (preparing, explain(), "cannot explain a gap: the session's state is preparing"),
        (discharged, review(alarms=()), "no alarm is chosen"),
        (
            discharged,
            review(verdict=AlarmVerdict.NO_ACTION_NEEDED),
            "an alarm that nobody acted on needs a reason",
        ),
        (preparing, review(), "cannot review alarms: the session's state is preparing"),
    ],
)
def test_what_is_refused_says_why(situation: type[Driver], command: Command, reason: str) -> None:
    assert situation().refuse(command).reason == reason
