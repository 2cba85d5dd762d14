"""What keeps a session from being signed, each with what to do about it, by its report."""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum

import msgspec

from infusion.dose_rules import BalanceRules
from infusion.observations.events import MissedCheck
from infusion.report.content import GapLine, SessionReport
from infusion.sign_off_events import AlarmVerdict, Gap, WasteOf
from vocabulary.states import SessionState

_OVER = frozenset({SessionState.SIGNED})


class OpenKind(str, Enum):
    """What kind of thing is open; also where on the page it is put right."""

    CHECK = "observations"
    ALARMS = "alarms"
    GAPS = "gaps"
    BALANCE = "balance"
    WITNESS = "witness"
    DISCHARGE = "discharge"


class OpenItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is open.

    `refers_to`: the ids it is about; `gaps`, `checks`: those that one reason would cover.
    `suggestion`: what is known already, to be accepted as it is. `allows_exception`: it
    may be signed all the same, with exception and reason.
    """

    kind: OpenKind
    text: str
    refers_to: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    checks: tuple[MissedCheck, ...] = ()
    suggestion: str = ""
    allows_exception: bool = False


def what_is_open(report: SessionReport, rules: BalanceRules) -> tuple[OpenItem, ...]:
    """Everything that is open before the signature, most important first; empty: may be signed."""
    if report.state in _OVER:
        return ()
    return (
        *_discharge(report),
        *_balance(report, rules),
        *_witness(report),
        *_alarms(report),
        *_gaps(report),
        *_checks(report),
    )


def may_be_signed(items: tuple[OpenItem, ...]) -> bool:
    """Whether nothing is open at all."""
    return not items


def may_be_signed_with_exception(items: tuple[OpenItem, ...]) -> bool:
    """Whether all that is open lets the session be signed with exception and a reason."""
    return bool(items) and all(item.allows_exception for item in items)


def _discharge(report: SessionReport) -> Iterator[OpenItem]:
    if report.closed is None:
        yield OpenItem(kind=OpenKind.DISCHARGE, text=f"not discharged yet: {report.state.value}")


def _balance(report: SessionReport, rules: BalanceRules) -> Iterator[OpenItem]:
    account = report.account
    if account.charted is None:
        if account.drawn or report.course.started_at is not None:
            yield OpenItem(kind=OpenKind.BALANCE, text="the drug is not accounted for")
        return
    if not account.drawn:
        yield OpenItem(kind=OpenKind.BALANCE, text="no vial is charted")
    if account.balance is None and not account.charted.reason:
        yield OpenItem(
            kind=OpenKind.BALANCE,
            text="what was infused is not known in mg: chart what the pump held, or a reason",
        )
    for balance in account.unexplained(rules):
        yield OpenItem(
            kind=OpenKind.BALANCE,
            text=f"of {balance.drawn_mg:.3f} mg, {balance.difference_mg:.3f} mg "
            "are not accounted for, without a reason",
        )


def _witness(report: SessionReport) -> Iterator[OpenItem]:
    words = {WasteOf.SYRINGE: "of the syringe", WasteOf.VIALS: "of the vials"}
    for of in report.account.unwitnessed():
        yield OpenItem(
            kind=OpenKind.WITNESS,
            text=f"nobody witnessed the waste {words[of]}",
            refers_to=(of.value,),
            allows_exception=True,
        )


def _alarms(report: SessionReport) -> Iterator[OpenItem]:
    lines = {alarm.alarm: alarm for alarm in report.alarms}
    for group in report.alarm_groups:
        if not group.unreviewed:
            continue
        answered = all(lines[alarm].answered_at is not None for alarm in group.unreviewed)
        count = len(group.unreviewed)
        yield OpenItem(
            kind=OpenKind.ALARMS,
            text=f"{count} {group.priority.value} alarm{'s' * (count > 1)} not reviewed: "
            f"{lines[group.unreviewed[0]].text}",
            refers_to=group.unreviewed,
            suggestion=AlarmVerdict.ACTED_ON.value if answered else "",
        )


def _gaps(report: SessionReport) -> Iterator[OpenItem]:
    """Gaps of which the device said the same are one item, so that one reason covers them."""
    alike: dict[str, list[GapLine]] = {}
    for line in report.completeness.gaps:
        if line.open:
            alike.setdefault(line.told, []).append(line)
    for told, lines in alike.items():
        pieces = tuple(piece for line in lines for piece in line.open)
        longest = max(pieces, key=lambda piece: piece.ends - piece.begins)
        yield OpenItem(
            kind=OpenKind.GAPS,
            text=f"SpO2 missing {len(pieces)} time{'s' * (len(pieces) > 1)}, longest "
            f"{_span(longest.begins, longest.ends)}{': ' * bool(told)}{told}",
            gaps=pieces,
            suggestion=told,
        )


def _span(begins: datetime, ends: datetime) -> str:
    seconds = round((ends - begins).total_seconds())
    return f"{seconds // 60} min {seconds % 60} s"


def _checks(report: SessionReport) -> Iterator[OpenItem]:
    missed = [line for line in report.observations if line.is_open]
    if not missed:
        return
    checks = tuple(check for line in missed for check in line.missing)
    names = ", ".join(dict.fromkeys(line.label for line in missed))
    yield OpenItem(
        kind=OpenKind.CHECK,
        text=f"{len(checks)} required check{'s' * (len(checks) > 1)} missing without a reason: "
        f"{names}",
        refers_to=tuple(line.check for line in missed),
        checks=checks,
    )
