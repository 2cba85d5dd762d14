"""What a tile says: a bed's state turned into words and numbers for one audience.

A tile is made from a `BedState` and nothing else. Every age in it, in seconds, is the age at the
moment the tile was made; the browser counts on from there, so no two clocks are compared.

A public tile names the bed and nothing that tells who lies in it or what is given: no initials,
no place in a series, no nurse, no drug, no dose, no words of a person; and nothing per kilogram,
because rate, concentration and mg/kg/h together give the patient's weight.
"""

from datetime import datetime
from typing import Final

import msgspec

from dashboard.alarm_lines import alarm_line, held_line, test_alarm
from dashboard.tile import (
    CallLine,
    DoseExtras,
    DueLine,
    NumberView,
    TileView,
)
from dashboard.tile_session import Moment, notes, session_line
from dashboard.words import PUMP_WORDS, REASON_WORDS
from vocabulary.roles import Audience
from vocabulary.signals import SIGNALS, SignalName
from vocabulary.states import InvalidReason, ReadingState
from wire.bed_state import (
    BedState,
    DueView,
    NibpValue,
    PumpView,
    ReadingTimes,
    SignalView,
)

ALWAYS_SHOWN: Final = (SignalName.SPO2, SignalName.NIBP, SignalName.HR, SignalName.RR)
"""Shown even where no device has sent them yet; the others only where one has."""

SHOWN_SIGNALS: Final = (*ALWAYS_SHOWN, SignalName.ETCO2, SignalName.TEMP)

_WORSE: Final = (ReadingState.LIVE, ReadingState.LATE, ReadingState.STALE)
_encoder: Final = msgspec.json.Encoder()


def tile_of(
    state: BedState, audience: Audience, *, retained: bool = False, elapsed_s: float = 0.0
) -> TileView:
    """The tile of a bed for `audience`, `elapsed_s` after its state was published.

    `retained`: it came from the broker's memory, so its numbers are stale whatever their age.
    """
    moment = Moment(state.published_at, max(0.0, elapsed_s), retained)
    numbers = {name.value: _signal_number(state.signals.get(name), name, moment)
               for name in SHOWN_SIGNALS
               if name in ALWAYS_SHOWN or _was_seen(state.signals.get(name))}  # fmt: skip
    mean = _mean_pressure(state.signals.get(SignalName.NIBP), moment)
    if mean is not None:
        numbers["map"] = mean
    if state.pump is not None:
        numbers |= _pump_numbers(state.pump, state, audience, moment)
    elif audience is Audience.STAFF and (given := _given(state)) is not None:
        numbers["dose"] = NumberView(state=ReadingState.LIVE, text=given)
    return TileView(
        bed=state.bed,
        numbers=numbers,
        session=session_line(state, audience, moment),
        alarm=alarm_line(state, audience),
        sound=None if retained else state.sound,
        held=held_line(state, moment.elapsed_s),
        test=test_alarm(state),
        off_monitor_s=None
        if state.off_monitor_until is None
        else moment.in_s(state.off_monitor_until),
        due=None if state.next_due is None else _due_line(state.next_due, moment),
        call=_call_line(state, moment),
        dose=_dose_extras(state, audience),
        notes=tuple(notes(state, audience, moment)),
        is_empty=not (state.devices or state.signals or state.pump or state.session),
        is_retained=retained,
        is_simulated=any(device.simulated for device in state.devices),
    )


def encode_tile(view: TileView) -> bytes:
    """The JSON of a tile as the browser reads it; what has its default is left out."""
    return _encoder.encode(view)


def tile_frame(
    state: BedState,
    audience: Audience,
    elapsed_s: float,
    retained: bool = False,  # noqa: FBT001, FBT002 - the shape the live hub calls tiles with
) -> bytes:
    """The JSON of the tile of a bed, `elapsed_s` seconds after its state was published."""
    return encode_tile(tile_of(state, audience, retained=retained, elapsed_s=elapsed_s))


def age_state(
    state: ReadingState, age_s: float | None, late_s: float, stale_s: float
) -> ReadingState:
    """The worse of what a number said of itself and what its age in seconds says."""
    if state not in _WORSE or age_s is None:
        return state
    by_age = ReadingState.LIVE
    if age_s >= stale_s:
        by_age = ReadingState.STALE
    elif age_s >= late_s:
        by_age = ReadingState.LATE
    return max(state, by_age, key=_WORSE.index)


def value_text(name: SignalName, value: float | NibpValue) -> str:
    """A value as its tile shows it: "97", "36.8", "138/86"."""
    if isinstance(value, NibpValue):
        return f"{value.sys:.0f}/{value.dia:.0f}"
    return f"{value:.{SIGNALS[name].decimals}f}"


def _timed(
    state: ReadingState,
    text: str,
    times: ReadingTimes | None,
    moment: Moment,
    *,
    why: str = "",
    delta: str = "",
) -> NumberView:
    """A number with its ages. Without a text there is nothing to believe."""
    if times is None:
        if moment.is_retained and state in _WORSE:
            state = ReadingState.STALE
        return NumberView(state=state, text=text, why=why, delta=delta)
    age_s = moment.age_s(times.fresh_since)
    state = age_state(state, age_s, times.late_after_s, times.stale_after_s)
    if moment.is_retained and state in _WORSE:
        state = ReadingState.STALE
    return NumberView(
        state=state,
        text=text,
        age_s=age_s,
        late_s=times.late_after_s,
        stale_s=times.stale_after_s,
        measured_ms=_unix_ms(times.observed_at),
        received_ms=_unix_ms(times.received_at),
        why=why,
        delta=delta,
    )


def _was_seen(signal: SignalView | None) -> bool:
    return signal is not None and signal.state is not ReadingState.NEVER


def _signal_number(signal: SignalView | None, name: SignalName, moment: Moment) -> NumberView:
    if signal is None:
        return NumberView(state=ReadingState.NEVER)
    if signal.state in _WORSE and signal.value is not None:
        text = value_text(name, signal.value)
        return _timed(
            signal.state, text, signal.times, moment, delta=_delta_text(signal.baseline_delta)
        )
    if signal.state is ReadingState.NEVER:
        return NumberView(state=ReadingState.NEVER)
    reason = InvalidReason.FAULT if signal.reason is None else signal.reason
    return _timed(ReadingState.INVALID, "", signal.times, moment, why=REASON_WORDS[reason])


def _mean_pressure(signal: SignalView | None, moment: Moment) -> NumberView | None:
    if signal is None or not isinstance(signal.value, NibpValue) or signal.value.map is None:
        return None
    return _timed(signal.state, f"{signal.value.map:.0f}", signal.times, moment)


def _pump_numbers(
    pump: PumpView, state: BedState, audience: Audience, moment: Moment
) -> dict[str, NumberView]:
    """What the pump says. All of it came in one message, so all of it has one age."""

    def number(text: str | None, name: str) -> NumberView | None:
        if name in pump.implausible:
            why = REASON_WORDS[InvalidReason.IMPLAUSIBLE]
            return _timed(ReadingState.INVALID, "", pump.times, moment, why=why)
        return None if text is None else _timed(pump.reading, text, pump.times, moment)

    words = None if pump.state is None else PUMP_WORDS[pump.state]
    shown = {
        "pump_state": number(words, "state"),
        "rate": number(_fixed(pump.rate_ml_h, 1), "rate") or NumberView(state=ReadingState.NEVER),
        "volume": number(_fixed(pump.volume_ml, 1), "volume"),
        "remaining": number(_fixed(pump.remaining_ml, 1), "remaining"),
    }
    if audience is Audience.STAFF:
        shown["dose"] = number(_given(state), "volume")
        shown["dose_rate"] = number(_fixed(_dose_rate(pump, state), 2), "dose_rate")
    return {name: value for name, value in shown.items() if value is not None}


def _given(state: BedState) -> str | None:
    if state.dose is None or state.dose.given_mg is None:
        return None
    by_hand = " by hand" if state.dose.is_manual else ""
    return f"{state.dose.given_mg:.1f} mg{by_hand}"


def _dose_rate(pump: PumpView, state: BedState) -> float | None:
    """The dose rate by the dosing weight, else by what the pump was told, mg/kg/h."""
    by_weight = None if state.dose is None else state.dose.dose_rate_mg_kg_h
    return pump.dose_rate_mg_kg_h if by_weight is None else by_weight


def _dose_extras(state: BedState, audience: Audience) -> DoseExtras | None:
    if state.dose is None:
        return None
    end = state.dose.predicted_end
    extras = DoseExtras(end_ms=None if end is None else _unix_ms(end))
    if audience is not Audience.STAFF:
        return extras
    return msgspec.structs.replace(
        extras,
        ordered="" if state.dose.ordered_mg is None else f"{state.dose.ordered_mg:.1f}",
        drug="" if state.pump is None else state.pump.drug or "",
    )


def _due_line(due: DueView, moment: Moment) -> DueLine:
    return DueLine(what=due.what, in_s=moment.in_s(due.due_at), due_at=due.due_at.isoformat())


def _call_line(state: BedState, moment: Moment) -> CallLine | None:
    """An emergency stands before a call for help: whoever sees it comes."""
    if state.emergency_since is not None:
        return CallLine(what="emergency", for_s=-moment.in_s(state.emergency_since))
    if state.help is not None:
        return CallLine(what="help", for_s=-moment.in_s(state.help.since))
    return None


def _delta_text(delta: float | None) -> str:
    if delta is None or round(delta) == 0:
        return ""
    return f"{'↑' if delta > 0 else '↓'}{abs(delta):.0f}"


def _fixed(value: float | None, decimals: int) -> str | None:
    return None if value is None else f"{value:.{decimals}f}"


def _unix_ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
