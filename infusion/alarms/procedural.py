"""What people still have to do: open steps, a second person, checks that are overdue."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from infusion.alarms.claims import Claim, claim_of
from infusion.alarms.limits import lasting
from infusion.alarms.rules import AlarmRules, Finding
from infusion.alarms.situation import Situation
from vocabulary.alarms import AlarmCode
from vocabulary.states import SessionState


def step_claims(situation: Situation, rules: AlarmRules) -> list[Claim]:
    """A pump runs and a step before the start is open, or a second person is due.

    A pump of which nobody said what it runs for asks that first, and nothing else; a second person
    who is missing for the start is missing once.
    """
    found = []
    if situation.open_steps and not situation.unconfirmed:
        more = len(situation.open_steps) - 1
        text = f"pump runs, open: {situation.open_steps[0]}"
        found.append(
            claim_of(
                Finding.START_STEP_OPEN,
                AlarmCode.START_STEP_OPEN,
                rules.findings[Finding.START_STEP_OPEN],
                f"{text} and {more} more" if more else text,
            )
        )
    for due in situation.second_due:
        if due.device in situation.unconfirmed or situation.open_steps:
            continue
        claim = claim_of(
            Finding.SECOND_PERSON_DUE,
            AlarmCode.SECOND_PERSON_DUE,
            rules.findings[Finding.SECOND_PERSON_DUE],
            f"{due.device} runs, second person has not confirmed",
            due.device,
        )
        found.append(msgspec.structs.replace(claim, since=due.due_at))
    return found


def overdue_claims(
    situation: Situation,
    not_current: Iterable[str],
    rules: AlarmRules,
    not_before: datetime | None = None,
) -> list[Claim]:
    """Checks that are late beyond measure while infusing, and nothing else tells of the patient.

    `not_current`: which of SpO2 and BP have no current value; with both a check may wait.
    `not_before`: until then (UTC) they have the time to come back.
    """
    lacking = tuple(not_current)
    if not lacking or situation.phase is not SessionState.INFUSING or situation.is_emergency:
        return []
    rule = rules.findings[Finding.CHECK_OVERDUE]
    late_s = rules.overdue_after_s + rule.delay_s
    why = (
        f"over {lasting(rules.overdue_after_s)} late",
        *(f"no current {name}" for name in lacking),
    )
    return [
        msgspec.structs.replace(
            claim_of(
                Finding.CHECK_OVERDUE,
                AlarmCode.CHECK_OVERDUE,
                rule,
                check.what,
            ),
            key=f"check:{check.what}:{check.due_at.isoformat()}",
            why=why,
            since=check.due_at,
            delay_s=late_s
            if not_before is None
            else max(late_s, (not_before - check.due_at).total_seconds()),
        )
        for check in situation.checks
    ]
