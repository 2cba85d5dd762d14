"""What ingest says to others: bed states, what is on disk, its own heartbeat."""

from datetime import datetime

from infusion.bed import BedView, RunningPump, ShownDose, ShownPump, ShownReading, ShownSession
from infusion.checks_sight import ShownCheck
from infusion.configuration import ClinicConfiguration, Freshness
from infusion.device import Device
from infusion.readings import CuffPressure, Reading
from infusion.receipts import Receipts
from ingest.alarm_views import with_alarms
from vocabulary.ids import BootId, WardId, WorkerId
from vocabulary.signals import SIGNALS
from vocabulary.states import ReadingState
from wire.bed_state import (
    BedState,
    CheckView,
    ConflictView,
    DeviceView,
    DoseView,
    DueView,
    HelpView,
    NibpValue,
    PumpView,
    ReadingTimes,
    RunningPumpView,
    SessionView,
    SignalView,
    WaitingView,
)
from wire.ingest_status import Ack

ACK_RANGES = 500
"""How many missing ranges one ack names at most, so that it stays a small message."""


class Publisher:
    """Turns what the rules know into messages of the contract. Rates mL/h, volumes mL."""

    def __init__(self, clinic: ClinicConfiguration, worker: WorkerId, boot: BootId) -> None:
        self._clinic = clinic
        self._worker = worker
        self._boot = boot

    def bed_state(
        self, ward: WardId, view: BedView, devices: tuple[Device, ...], now: datetime
    ) -> BedState:
        """The state of a bed at `now` (UTC), with the devices that stand there."""
        never = SignalView(state=ReadingState.NEVER)
        state = BedState(
            ward=ward,
            bed=view.bed,
            published_at=now,
            worker=self._worker,
            ingest_boot=self._boot,
            signals={
                signal: never
                if (shown := view.signals.get(signal)) is None
                else _signal_view(shown, self._clinic.signals[signal])
                for signal in SIGNALS
            },
            session=None if view.session is None else _session_view(view.session),
            pump=None if view.pump is None else _pump_view(view.pump, self._clinic.pump),
            dose=None if view.dose is None else _dose_view(view.dose),
            unconfirmed=tuple(_running_view(pump) for pump in view.unconfirmed),
            conflicts=tuple(
                ConflictView(what=c.kind.value, beds=c.beds, devices=c.devices)
                for c in view.conflicts
            ),
            next_due=_due_view(view.checks.next),
            checks=tuple(_check_view(check) for check in view.checks.checks),
            work_s=view.checks.work_s,
            help=None
            if view.checks.help is None
            else HelpView(since=view.checks.help.since, by=view.checks.help.by),
            emergency_since=view.checks.emergency_since,
            devices=tuple(self._device_view(device) for device in devices),
        )
        return with_alarms(state, view.alarms)

    def _device_view(self, device: Device) -> DeviceView:
        limit_s = self._clinic.clocks.limit_s
        offset_s = device.clock_offset_s
        return DeviceView(
            device=device.device,
            kind=device.kind,
            link=device.link,
            link_since=device.link_since,
            boot=device.boot,
            model=device.model,
            simulated=device.simulated,
            last_received_at=device.last_received_at,
            clock_offset_s=offset_s,
            clock_over_limit=offset_s is not None and abs(offset_s) > limit_s,
            battery_percent=device.battery_percent,
            on_mains=device.on_mains,
            missing=device.missing,
        )


def ack_of(receipts: Receipts) -> Ack:
    """What of a boot is on disk; no further than where the ranges it can name end."""
    named, rest = receipts.missing[:ACK_RANGES], receipts.missing[ACK_RANGES:]
    return Ack(boot=receipts.boot, seq=rest[0][0] - 1 if rest else receipts.upto, missing=named)


def _due_view(check: ShownCheck | None) -> DueView | None:
    return None if check is None else DueView(what=check.what, due_at=check.due_at)


def _check_view(check: ShownCheck) -> CheckView:
    return CheckView(
        what=check.what,
        items=check.items,
        due_at=check.due_at,
        set=check.set,
        is_overdue=check.is_overdue,
        is_cuff=check.is_cuff,
    )


def _signal_view(shown: ShownReading, freshness: Freshness) -> SignalView:
    reading = shown.reading
    if reading is None:
        return SignalView(state=ReadingState.NEVER)
    return SignalView(
        state=shown.state,
        value=_value_of(reading),
        reason=reading.reason,
        times=ReadingTimes(
            device_time=reading.device_time,
            observed_at=reading.observed_at,
            received_at=reading.received_at,
            fresh_since=reading.fresh_since,
            late_after_s=freshness.late_after_s,
            stale_after_s=freshness.stale_after_s,
        ),
        baseline_delta=shown.baseline_delta,
        device=reading.device,
    )


def _value_of(reading: Reading) -> float | NibpValue | None:
    value = reading.value
    if isinstance(value, CuffPressure):
        return NibpValue(sys=value.sys, dia=value.dia, map=value.map)
    return value


def _pump_view(shown: ShownPump, freshness: Freshness) -> PumpView:
    last = shown.last
    bad = last.implausible
    return PumpView(
        device=last.device,
        reading=shown.reading,
        state=last.state,
        times=ReadingTimes(
            device_time=last.device_time,
            observed_at=last.observed_at,
            received_at=last.received_at,
            fresh_since=shown.fresh_since,
            late_after_s=freshness.late_after_s,
            stale_after_s=freshness.stale_after_s,
        ),
        rate_ml_h=None if "rate" in bad else last.rate_ml_h,
        rate_set_ml_h=None if "rate_set" in bad else last.rate_set_ml_h,
        dose_rate_mg_kg_h=None if "dose_rate" in bad else last.dose_rate_mg_kg_h,
        volume_ml=shown.volume_ml,
        remaining_ml=None if "remaining" in bad else last.remaining_ml,
        drug=last.drug,
        concentration_mg_ml=None if "concentration" in bad else last.concentration_mg_ml,
        weight_kg=None if "weight" in bad else last.weight_kg,
        implausible=bad,
    )


def _dose_view(shown: ShownDose) -> DoseView:
    return DoseView(
        given_mg=shown.given_mg,
        given_mg_per_kg=shown.given_mg_per_kg,
        given_ml=shown.given_ml,
        ordered_mg=shown.ordered_mg,
        predicted_end=shown.predicted_end,
        dose_rate_mg_kg_h=shown.dose_rate_mg_kg_h,
        back_check=shown.back_check,
        is_manual=shown.is_manual,
    )


def _session_view(shown: ShownSession) -> SessionView:
    place = shown.place
    return SessionView(
        state=shown.state,
        id=shown.id,
        state_since=shown.since,
        started_at=shown.started_at,
        running_s=shown.running_s,
        is_running=shown.is_running,
        planned_s=shown.planned_s,
        number=None if place is None else place.number,
        of=None if place is None else place.of,
        nurse=shown.nurse or None,
        initials=shown.initials,
        initials_shared=shown.are_initials_shared,
        stopped_at=shown.stopped_at,
        pause_reason=shown.pause_reason,
        open_steps=shown.open_steps,
        still_running=tuple(_running_view(pump) for pump in shown.still_running),
        waiting=tuple(
            WaitingView(
                device=wait.device,
                changes=tuple(change.value for change in wait.changes),
                since=wait.since,
                due_at=wait.due_at,
            )
            for wait in shown.waiting
        ),
    )


def _running_view(pump: RunningPump) -> RunningPumpView:
    return RunningPumpView(device=pump.device, since=pump.since, rate_ml_h=pump.rate_ml_h)
