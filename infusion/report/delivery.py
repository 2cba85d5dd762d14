"""What the pumps of one session delivered: those of its associations, and those charted by hand."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from infusion.association import Association
from infusion.configuration import ClinicConfiguration
from infusion.delivered import Delivered, Fill, Pause, RunMark, SegmentKind
from infusion.fold import SessionInput
from infusion.pump_facts import FlowRules, PumpFact
from infusion.pump_log import PumpLog, fold_log, part_of
from infusion.segments import delivered_by
from infusion.session import Session
from infusion.session_events import (
    ManualDeliveryCharted,
    ManualStep,
    PumpRunExplained,
    SyringeLoaded,
)
from infusion.stream import PumpReadingArrived
from vocabulary.ids import BootId, CounterId, DeviceId
from vocabulary.states import DeviceKind, PumpState, SessionState

_BY_HAND: Final = timedelta(days=1)
"""A pump that is charted by hand does what was charted last, until the next step."""
_STATES: Final = {
    ManualStep.STARTED: PumpState.INFUSING,
    ManualStep.RATE_CHANGED: PumpState.INFUSING,
    ManualStep.RESUMED: PumpState.INFUSING,
    ManualStep.PAUSED: PumpState.PAUSED,
    ManualStep.ENDED: PumpState.STOPPED,
}


def flow_rules(configuration: ClinicConfiguration) -> FlowRules:
    """How a pump's flow is judged: silent once its reading is stale; rates in the clinic's step."""
    return FlowRules(
        believed_for=timedelta(seconds=configuration.pump.stale_after_s),
        rate_step_ml_h=float(configuration.dosing.pump_step_ml_h),
    )


def delivered_in(session: Session, facts: Sequence[PumpFact], rules: FlowRules) -> Delivered:
    """What was delivered while each pump was the session's, by its own word or by a person's."""
    logs: dict[DeviceId, list[PumpLog]] = {}
    for held in session.associations:
        if held.kind is not DeviceKind.PUMP:
            continue
        told = [fact for fact in facts if fact.device == held.device]
        logs[held.device] = _parts_of(fold_log(held.device, told, rules), held)
    return delivered_with(session, logs, rules)


def delivered_with(
    session: Session, logs: Mapping[DeviceId, Sequence[PumpLog]], rules: FlowRules
) -> Delivered:
    """The same from logs of its pumps; one that told nothing is charted by hand."""
    marks = [_mark(word) for word in session.explained]
    found: list[PumpLog] = []
    for held in session.associations:
        if held.kind is DeviceKind.PUMP:
            told = logs.get(held.device, ())
            by_itself = any(log.chunks for log in told)
            found += told if by_itself else _charted_logs(session, held, rules)
    return delivered_by(found, marks)


def _mark(word: PumpRunExplained) -> RunMark:
    return RunMark(device=word.device, begins=word.began_at, kind=SegmentKind(word.kind.value))


def words_without_run(session: Session, delivered: Delivered) -> tuple[PumpRunExplained, ...]:
    """What people said of runs that the session's pumps did not make, in the order it was said.

    So it is when a pump was corrected to be another session's, or was never heard.
    """
    return tuple(word for word in session.explained if _mark(word) in delivered.lost_marks)


def _charted_logs(session: Session, held: Association, rules: FlowRules) -> list[PumpLog]:
    charted = [step for step in session.charted if step.device == held.device]
    by_hand = FlowRules(believed_for=_BY_HAND, rate_step_ml_h=rules.rate_step_ml_h)
    return _parts_of(fold_log(held.device, _charted(session, charted), by_hand), held)


def _parts_of(log: PumpLog, held: Association) -> list[PumpLog]:
    return [part_of(log, interval.since, interval.until) for interval in held.intervals]


def _charted(session: Session, steps: Iterable[ManualDeliveryCharted]) -> list[PumpFact]:
    """Steps that a person charted, as the pump itself would have told them."""
    found: list[PumpFact] = []
    counter = 0
    for number, step in enumerate(sorted(steps, key=lambda step: step.at)):
        counter += step.step is ManualStep.STARTED
        found.append(
            PumpReadingArrived(
                position=0,
                ward=session.plan.ward,
                device=step.device,
                boot=BootId("by-hand"),
                seq=number,
                device_time=step.at,
                observed_at=step.at,
                received_at=step.at,
                state=_STATES[step.step],
                rate_ml_h=float(step.rate_ml_h),
                volume_ml=float(step.volume_ml),
                counter=CounterId(f"by-hand-{counter}"),
                remaining_ml=0.0 if step.step is ManualStep.ENDED else None,
            )
        )
    return found


def fills_of(session: Session, events: Iterable[SessionInput]) -> tuple[Fill, ...]:
    """What each pump held, from when on: what was loaded, and before that what was ordered."""
    loads = [event for event in events if isinstance(event, SyringeLoaded)]
    found = [
        Fill(device=load.device, at=load.at, concentration=load.concentration) for load in loads
    ]
    loaded = {load.device for load in loads}
    for held in session.associations:
        if held.kind is DeviceKind.PUMP and held.intervals:
            found.extend(_ordered(session, held, only_first=held.device in loaded))
    return tuple(sorted(found, key=lambda fill: (fill.at, fill.device)))


def _ordered(session: Session, held: Association, *, only_first: bool) -> Iterable[Fill]:
    """What a pump holds by the orders; after a syringe was charted an order changes nothing."""
    since = min(interval.since for interval in held.intervals)
    for number, given in enumerate(session.orders[:1] if only_first else session.orders):
        yield Fill(
            device=held.device,
            at=max(since, given.at) if number else min(since, given.at),
            concentration=given.order.concentration,
        )


def rate_mg_kg_h(rate_ml_h: Decimal | None, mg_ml: Decimal | None, kg: Decimal) -> Decimal | None:
    """Dose rate, mg/kg/h, to a millionth; None if rate or concentration is not known."""
    if rate_ml_h is None or mg_ml is None:
        return None
    return (rate_ml_h * mg_ml / kg).quantize(Decimal("0.000001"))


def real_pauses(session: Session, pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """The pauses that ended, and the one that lasts: a pump that is done for good has none."""
    is_paused = session.state is SessionState.PAUSED
    return tuple(pause for pause in pauses if pause.ends is not None or is_paused)
