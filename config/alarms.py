"""The rules of alarms, from `alarms.yaml`."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from enum import Enum
from itertools import pairwise
from typing import Final

from config.alarm_files import (
    COMPARISONS,
    AlarmsFile,
    CuffEntry,
    DeliveryEntry,
    LimitEntry,
    RelayEntry,
    SignalsEntry,
    TechnicalEntry,
    TrendEntry,
)
from config.files import ProtocolFile
from config.problems import Problem
from infusion.alarms.rules import (
    RANK,
    AlarmRules,
    AspirationRule,
    Bounds,
    ClearRule,
    CuffRules,
    DeliveryNumbers,
    Finding,
    FindingRule,
    LimbRule,
    LimitRule,
    MissingRule,
    RelayRule,
    Side,
    TechnicalNumbers,
    TrendRule,
)
from infusion.alarms.signal_rules import (
    EscalationRule,
    EscalationStep,
    OffMonitorRules,
    SignalRules,
)
from vocabulary.alarms import (
    AlarmKind,
    AlarmPriority,
    DeviceAlarmCode,
    Inactivation,
    LimitedMeasure,
)
from vocabulary.roles import Role


def problems_of_alarms(source: str, file: AlarmsFile) -> Iterator[Problem]:
    """What does not fit together: names, missing parts, and limits out of order."""
    names = set()
    for number, entry in enumerate(file.limits):
        if entry.limit in names:
            yield Problem(source, f"limits[{number}].limit", f"{entry.limit!r} is there twice")
        names.add(entry.limit)
    yield from _problems_of_order(source, file.limits)
    wanted: tuple[tuple[str, Iterable[Enum], Container[Enum]], ...] = (
        ("clear", LimitedMeasure, file.clear),
        ("findings", Finding, file.findings),
        ("device_alarms", DeviceAlarmCode, file.device_alarms),
    )
    for key, words, written in wanted:
        for word in words:
            if word not in written:
                yield Problem(source, f"{key}.{word.value}", "is missing")
    if Role.DISPLAY in file.may_change_limits:
        yield Problem(source, "may_change_limits", "'display' is a screen, not a person")
    for finding, reason in _NEVER_HIGH.items():
        if finding in file.findings and file.findings[finding].priority is AlarmPriority.HIGH:
            yield Problem(source, f"findings.{finding.value}.priority", reason)


def problems_with_protocol(
    source: str, file: AlarmsFile, protocol: ProtocolFile
) -> Iterator[Problem]:
    """Whether the protocol has what alarms read: the limb of the cuff, the wish to stop."""
    if file.stop_symptom not in protocol.interventions.symptoms:
        yield Problem(source, "stop_symptom", f"{file.stop_symptom!r} is not in symptoms")
    limb = file.cuff.limb
    items = (item for block in protocol.preparation for item in block.items)
    found = next((item for item in items if item.item == limb.item), None)
    if found is None:
        yield Problem(source, "cuff.limb.item", f"{limb.item!r} is no item of the preparation")
        return
    for key, option in (("same", limb.same), ("other", limb.other)):
        if option not in found.options:
            yield Problem(source, f"cuff.limb.{key}", f"{option!r} is no option of {limb.item}")


_NEVER_HIGH: Final = {
    Finding.PUMP_LOST: "a lost pump link is at most medium",
    Finding.PUMP_LOST_INFUSING: "a lost pump link is at most medium",
    Finding.CHECK_OVERDUE: "an overdue check is never high",
}


def _problems_of_order(source: str, entries: list[LimitEntry]) -> Iterator[Problem]:
    """A more urgent limit of the same kind must not be reached before a less urgent one."""
    groups = defaultdict(list)
    for entry in entries:
        side, _, basis = COMPARISONS[entry.comparison[0]]
        groups[entry.of, side, basis].append(entry)
    for (_, side, _), group in groups.items():
        sign = 1 if side is Side.ABOVE else -1
        ordered = sorted(group, key=lambda e: (RANK[e.priority], sign * e.comparison[1]))
        for mild, urgent in pairwise(ordered):
            if sign * mild.comparison[1] > sign * urgent.comparison[1]:
                yield Problem(
                    source,
                    f"limits.{urgent.limit}",
                    f"{urgent.comparison[1]:g} is reached before {mild.limit} "
                    f"{mild.comparison[1]:g}, which is less urgent",
                )


def alarm_rules(file: AlarmsFile) -> AlarmRules:
    """All that alarms are judged by, as the rules use it."""
    return AlarmRules(
        limits=tuple(_limit(entry) for entry in file.limits),
        aspiration=AspirationRule(
            nausea_from=file.aspiration.nausea_from, moaas_to=file.aspiration.moaas_to
        ),
        stop_symptom=file.stop_symptom,
        judged=dict(file.judged),
        clears={m: ClearRule(by=file.clear[m].by, for_s=file.clear[m].for_s) for m in file.clear},
        trends=tuple(_trend(entry) for entry in file.trends),
        cuff=_cuff(file.cuff),
        missing={
            measure: MissingRule(
                after_s=entry.after_s,
                priority=entry.priority,
                phases=tuple(entry.phases),
                is_required=entry.required,
            )
            for measure, entry in file.missing.items()
        },
        findings={
            finding: FindingRule(
                priority=entry.priority, delay_s=entry.delay_s, clear_s=entry.clear_s
            )
            for finding, entry in file.findings.items()
        },
        relays={code: _relay(entry) for code, entry in file.device_alarms.items()},
        delivery=_delivery(file.delivery),
        technical=_technical(file.technical),
        signals=_signals(file.signals),
        off_monitor=OffMonitorRules(
            limit_s=file.off_monitor.limit_min * 60, back_s=file.off_monitor.back_s
        ),
        overdue_after_s=file.overdue_after_min * 60,
        may_change_limits=tuple(file.may_change_limits),
    )


def _relay(entry: RelayEntry) -> RelayRule:
    return RelayRule(
        code=entry.code,
        priority=entry.priority if isinstance(entry.priority, AlarmPriority) else None,
        at_least=entry.at_least,
    )


def _trend(entry: TrendEntry) -> TrendRule:
    return TrendRule(
        of=entry.of,
        by=entry.by,
        away=entry.away,
        within_s=entry.within_s,
        delay_s=entry.delay_s,
        priority=entry.priority,
        phases=tuple(entry.phases),
    )


def _cuff(entry: CuffEntry) -> CuffRules:
    return CuffRules(
        repeat_within_s=entry.repeat_within_s,
        symptoms_for_s=entry.symptoms_for_min * 60,
        at_once_sys=entry.at_once_sys,
        at_once_dia=entry.at_once_dia,
        hold_s=entry.hold_s,
        settle_s=entry.settle_s,
        never_held_below=entry.never_held_below,
        holds_unknown_limb=entry.holds_unknown_limb,
        limb=LimbRule(item=entry.limb.item, same=entry.limb.same, other=entry.limb.other),
    )


def _delivery(entry: DeliveryEntry) -> DeliveryNumbers:
    return DeliveryNumbers(
        dose_percent=entry.dose_percent,
        long_percent=entry.long_percent,
        ending_before_s=entry.ending_before_min * 60,
        ends_normally_from_percent=entry.ends_normally_from_percent,
        setup_percent=entry.setup_percent,
    )


def _technical(entry: TechnicalEntry) -> TechnicalNumbers:
    return TechnicalNumbers(
        battery_low_percent=entry.battery_low_percent,
        battery_empty_percent=entry.battery_empty_percent,
        battery_clear_percent=entry.battery_clear_percent,
        quarantined_per_min=entry.quarantined_per_min,
        late_alarm_s=entry.late_alarm_s,
        feed_beds=entry.feed_beds,
        feed_silent_s=entry.feed_silent_s,
        feed_settle_s=entry.feed_settle_s,
    )


def _limit(entry: LimitEntry) -> LimitRule:
    name, amount = entry.comparison
    side, is_inclusive, basis = COMPARISONS[name]
    return LimitRule(
        limit=entry.limit,
        of=entry.of,
        side=side,
        is_inclusive=is_inclusive,
        basis=basis,
        amount=amount,
        priority=entry.priority,
        delay_s=entry.delay_s,
        phases=tuple(entry.phases),
        bounds=None if entry.may_be is None else Bounds(*entry.may_be),
    )


def _signals(entry: SignalsEntry) -> SignalRules:
    return SignalRules(
        longest_s={
            Inactivation.AUDIO_PAUSED: entry.audio_paused_s,
            Inactivation.ALARM_PAUSED: entry.alarm_paused_s,
            Inactivation.AUDIO_OFF: entry.audio_off_min * 60,
        },
        latching=tuple(entry.latching),
        returns_within_s=entry.returns_within_s,
        notice_returns_within_s=entry.notice_returns_within_min * 60,
        sounds_again_after_s=entry.sounds_again_after_s,
        stays_seen=tuple(AlarmKind(kind) for kind in entry.stays_seen),
        recent_s=entry.recent_min * 60,
        escalation={
            priority: EscalationRule(
                steps=tuple(EscalationStep(after_s=s.after_s, to=s.to) for s in rule.steps),
                repeat_s=rule.repeat_s,
            )
            for priority, rule in entry.escalation.items()
        },
    )
