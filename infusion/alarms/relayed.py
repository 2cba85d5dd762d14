"""The devices' own alarms, shown here as long as they stand there."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from infusion.alarms.claims import Claim
from infusion.alarms.rules import RANK, AlarmRules
from infusion.stream import DeviceAlarmArrived
from vocabulary.alarms import (
    KIND_OF,
    AlarmCode,
    AlarmKind,
    AlarmPhase,
    AlarmPriority,
    DeviceAlarmCode,
)
from vocabulary.ids import BootId, DeviceId

_OF_THE_BED: Final = frozenset(
    {AlarmCode.SIGNAL_MISSING, AlarmCode.INFUSION_ENDING, AlarmCode.APNOEA}
)
"""Alarms that several devices, and our own rules, give reasons for."""


class Relayed(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that stands at a device.

    `is_end`: an empty syringe that is the normal end. `is_late`: it began while its link was down;
    what comes behind it may be its end.
    """

    device: DeviceId
    boot: BootId
    alarm: DeviceAlarmCode
    priority: AlarmPriority
    text: str
    since: datetime
    is_end: bool = False
    is_late: bool = False


def key_of(arrived: DeviceAlarmArrived) -> str:
    """What names one alarm of one device."""
    return f"{arrived.device}:{arrived.alarm_id}"


def take(
    standing: Mapping[str, Relayed],
    arrived: DeviceAlarmArrived,
    *,
    is_end: bool,
    is_current: bool = False,
) -> dict[str, Relayed]:
    """What stands at the devices of a bed after one more message.

    What came late begins nothing, unless it is of the current boot (`is_current`) and no end of it
    follows.
    """
    key = key_of(arrived)
    others = {name: held for name, held in standing.items() if name != key}
    held = standing.get(key)
    is_over = arrived.phase is AlarmPhase.END
    is_old = arrived.retained or (arrived.late and not is_current)
    if is_over or (is_old and held is None):
        return others
    others[key] = Relayed(
        device=arrived.device,
        boot=arrived.boot,
        alarm=arrived.alarm,
        priority=arrived.priority,
        text=arrived.text or arrived.alarm.value.replace("_", " ").upper(),
        since=arrived.received_at if held is None else held.since,
        is_end=is_end if held is None else held.is_end,
        is_late=arrived.late and (held is None or held.is_late),
    )
    return others


def relayed_claims(
    standing: Iterable[Relayed], rules: AlarmRules, *, is_watched: bool
) -> list[Claim]:
    """What the devices' alarms are here; of an empty chair nothing that is the patient's."""
    return [
        claim
        for held in standing
        if (claim := _claim(held, rules)) is not None
        and (is_watched or not _is_of_the_patient(claim.code))
    ]


def _claim(held: Relayed, rules: AlarmRules) -> Claim:
    rule = rules.relays[held.alarm]
    code, priority = rule.code, rule.priority or _at_least(held.priority, rule.at_least)
    if held.is_end and held.alarm is DeviceAlarmCode.EMPTY:
        ending = rules.relays[DeviceAlarmCode.COMPLETE]
        code, priority = ending.code, ending.priority or held.priority
    is_device = KIND_OF[code] is not AlarmKind.PHYSIOLOGICAL and code not in _OF_THE_BED
    return Claim(
        key=f"relay:{held.device}:{held.alarm.value}:{held.since.isoformat()}",
        code=code,
        priority=priority,
        text=f"{held.device}: {held.text}",
        subject=held.device if is_device else "",
        since=held.since,
        delay_s=rules.technical.late_alarm_s if held.is_late else 0.0,
    )


def _at_least(sent: AlarmPriority, least: AlarmPriority | None) -> AlarmPriority:
    return sent if least is None else max(sent, least, key=RANK.__getitem__)


def _is_of_the_patient(code: AlarmCode) -> bool:
    return KIND_OF[code] is AlarmKind.PHYSIOLOGICAL or code is AlarmCode.SIGNAL_MISSING
