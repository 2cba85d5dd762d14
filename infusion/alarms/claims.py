"""What conditions say: that something is so, why, and how long it must be so to matter."""

from datetime import datetime

import msgspec

from infusion.alarms.rules import RANK, Finding, FindingRule
from vocabulary.alarms import AlarmCode, AlarmPriority


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One reason for an alarm, as it is now.

    `key`: which reason, once per bed. `code`, `subject`: which alarm it belongs to; all reasons of
    one alarm are shown together. `family`: of several claims of a family only the gravest is a
    reason, the one with the highest `depth` among equals. `since`: when it began, if that was
    before now. `holds`: not so any more but too near to be over, or not known. `is_sampled`: only
    a number that arrives shows that it is over, time alone does not. `why`: what follows its text,
    and is said once where several reasons have it in common.
    """

    key: str
    code: AlarmCode
    priority: AlarmPriority
    text: str
    why: tuple[str, ...] = ()
    subject: str = ""
    family: str = ""
    depth: float = 0.0
    value: float | None = None
    limit: float | None = None
    delay_s: float = 0.0
    clear_s: float = 0.0
    since: datetime | None = None
    holds: bool = False
    is_sampled: bool = False


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why an alarm is there: what was measured against what, since when (UTC).

    `why`: what follows its text, once for all reasons that have it in common.
    """

    key: str
    priority: AlarmPriority
    text: str
    since: datetime
    value: float | None = None
    limit: float | None = None
    why: tuple[str, ...] = ()


def claim_of(
    finding: Finding, code: AlarmCode, rule: FindingRule, text: str, subject: str = ""
) -> Claim:
    """What a finding says of `subject`."""
    return Claim(
        key=f"{finding.value}:{subject}" if subject else finding.value,
        code=code,
        priority=rule.priority,
        text=text,
        subject=subject,
        delay_s=rule.delay_s,
        clear_s=rule.clear_s,
    )


def unknown(claim: Claim) -> Claim:
    """`claim` of which nothing is known now: it is not raised, and if it was it is not over."""
    return msgspec.structs.replace(claim, holds=True)


def gravity(claim: Claim) -> tuple[int, float]:
    """Which of two claims of one family is the reason; higher is graver."""
    return RANK[claim.priority], claim.depth
