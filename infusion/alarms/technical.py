"""Devices and links: what cannot be heard, measured or believed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec

from infusion.alarms.claims import Claim, claim_of
from infusion.alarms.limits import LABELS, lasting, shown
from infusion.alarms.physiological import NO_DATA
from infusion.alarms.rules import AlarmRules, Finding, lost_finding
from infusion.alarms.situation import DeviceFacts, Situation
from infusion.configuration import ClinicConfiguration
from infusion.conflicts import Conflict, ConflictKind
from vocabulary.alarms import AlarmCode, LimitedMeasure
from vocabulary.states import DeviceKind, DeviceLink, SessionState

_LINK_WORDS: Final = {
    DeviceLink.SILENT: "silent",
    DeviceLink.OFFLINE: "offline",
    DeviceLink.SHUTDOWN: "switched off",
    DeviceLink.UNKNOWN: "not heard yet",
}


def lost_claims(
    device: DeviceFacts, phase: SessionState | None, clinic: ClinicConfiguration
) -> list[Claim]:
    """That a device of somebody in the chair cannot be heard.

    One of which nothing is known since ingest started gets the time that a silent one has.
    """
    words = _LINK_WORDS.get(device.link)
    if words is None or phase is None:
        return []
    finding = lost_finding(device.kind, is_infusing=phase is SessionState.INFUSING)
    rule = clinic.alarms.findings[finding]
    claim = claim_of(finding, AlarmCode.DEVICE_LOST, rule, f"{device.device} {words}")
    unheard_s = clinic.devices.silent_after_s if device.link is DeviceLink.UNKNOWN else 0.0
    return [
        msgspec.structs.replace(
            claim,
            key=f"lost:{device.device}",
            subject=device.device,
            since=device.link_since,
            delay_s=rule.delay_s + unheard_s,
        )
    ]


def device_claims(device: DeviceFacts, clinic: ClinicConfiguration) -> list[Claim]:
    """What a device that is heard tells of its battery, its clock, its messages and its name."""
    return [
        *_battery_claims(device, clinic.alarms),
        *_clock_claims(device, clinic),
        *_message_claims(device, clinic.alarms),
        *_rival_claims(device, clinic.alarms),
    ]


def _battery_claims(device: DeviceFacts, rules: AlarmRules) -> Iterator[Claim]:
    percent, numbers = device.battery_percent, rules.technical
    if percent is None or device.on_mains:
        return
    for finding, limit in (
        (Finding.BATTERY_EMPTY, numbers.battery_empty_percent),
        (Finding.BATTERY_LOW, numbers.battery_low_percent),
    ):
        if percent < numbers.battery_clear_percent:
            claim = claim_of(
                finding,
                AlarmCode.BATTERY,
                rules.findings[finding],
                f"{device.device} battery {shown(percent)} %",
                device.device,
            )
            yield msgspec.structs.replace(
                claim, value=percent, limit=limit, family="battery", holds=percent >= limit
            )


def _clock_claims(device: DeviceFacts, clinic: ClinicConfiguration) -> Iterator[Claim]:
    offset_s, limit_s = device.clock_offset_s, clinic.clocks.limit_s
    if offset_s is None or abs(offset_s) <= limit_s:
        return
    side = "behind" if offset_s > 0 else "ahead"
    claim = claim_of(
        Finding.CLOCK_WRONG,
        AlarmCode.CLOCK_WRONG,
        clinic.alarms.findings[Finding.CLOCK_WRONG],
        f"clock of {device.device} {lasting(abs(offset_s))} {side}",
        device.device,
    )
    yield msgspec.structs.replace(claim, value=offset_s, limit=limit_s)


def _message_claims(device: DeviceFacts, rules: AlarmRules) -> Iterator[Claim]:
    if device.missing > 0:
        yield claim_of(
            Finding.GAP_OPEN,
            AlarmCode.GAP_OPEN,
            rules.findings[Finding.GAP_OPEN],
            f"{device.missing} messages of {device.device} never came",
            device.device,
        )
    most = rules.technical.quarantined_per_min
    if device.quarantined_per_min >= most:
        claim = claim_of(
            Finding.QUARANTINE_FLOOD,
            AlarmCode.QUARANTINE_FLOOD,
            rules.findings[Finding.QUARANTINE_FLOOD],
            f"{device.quarantined_per_min} messages a minute of {device.device} refused",
            device.device,
        )
        yield msgspec.structs.replace(claim, value=device.quarantined_per_min, limit=most)


def _rival_claims(device: DeviceFacts, rules: AlarmRules) -> Iterator[Claim]:
    if device.has_rival:
        claim = claim_of(
            Finding.DEVICE_CONFLICT,
            AlarmCode.DEVICE_CONFLICT,
            rules.findings[Finding.DEVICE_CONFLICT],
            f"two devices call themselves {device.device}",
            device.device,
        )
        yield msgspec.structs.replace(claim, key=f"rival:{device.device}")


def conflict_claims(conflicts: Iterable[Conflict], rules: AlarmRules) -> list[Claim]:
    """Devices and beds that contradict each other."""
    found = []
    for conflict in conflicts:
        names = " and ".join(conflict.devices)
        if conflict.kind is ConflictKind.TWO_PUMPS_RUNNING:
            finding, code = Finding.TWO_PUMPS_RUNNING, AlarmCode.TWO_PUMPS_RUNNING
            text = f"two pumps run here: {names}"
        else:
            finding, code = Finding.DEVICE_CONFLICT, AlarmCode.DEVICE_CONFLICT
            text = f"{names} belongs to two beds: {' and '.join(conflict.beds)}"
        found.append(
            claim_of(finding, code, rules.findings[finding], text, "+".join(conflict.devices))
        )
    return found


def missing_claim(measure: LimitedMeasure, why: str, since: datetime, rules: AlarmRules) -> Claim:
    """That a signal has no value. All missing signals of a bed are one alarm."""
    rule = rules.missing[measure]
    label = "BP" if measure is LimitedMeasure.NIBP_SYS else LABELS[measure]
    text = f"no {label} for {lasting(rule.after_s)}" if why == NO_DATA else f"{label}: {why}"
    return Claim(
        key=f"missing:{measure.value}",
        code=AlarmCode.SIGNAL_MISSING,
        priority=rule.priority,
        text=text,
        delay_s=rule.after_s,
        since=since,
    )


def missing_since(
    measure: LimitedMeasure,
    heard: Mapping[LimitedMeasure, datetime],
    situation: Situation,
    watched_since: datetime | None,
    rules: AlarmRules,
) -> datetime | None:
    """Since when a signal is expected and not there; None if it is not expected now.

    A monitor that comes back, or a patient who does, gets its time anew (`watched_since`).
    """
    rule = rules.missing.get(measure)
    if rule is None or situation.phase not in rule.phases:
        return None
    last = heard.get(measure, situation.phase_since if rule.is_required else None)
    if last is None:
        return None
    back = [
        device.link_since
        for device in situation.devices
        if device.kind is not DeviceKind.PUMP and device.link is DeviceLink.ONLINE
    ]
    return max([last, *back, *([] if watched_since is None else [watched_since])])


def is_monitor_gone(situation: Situation) -> bool:
    """Whether no monitor of the bed can be heard: then its signals are not lost by themselves."""
    monitors = [device for device in situation.devices if device.kind is not DeviceKind.PUMP]
    return not situation.is_feed_up or (
        bool(monitors) and all(device.link is not DeviceLink.ONLINE for device in monitors)
    )
