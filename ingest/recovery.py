"""Coming back after a stop or a crash: the newest snapshot, then the rest of the stream."""

import logging
from collections.abc import Iterable
from typing import Final

import msgspec

from infusion.chart import relogged
from infusion.inputs import PumpGained, StreamInput
from infusion.stream import WardGroup
from infusion.ward import advance
from infusion.ward_state import Rules, StreamState
from ingest.clocks import DeviceClocks
from ingest.stream import Sequencer
from record.store import Record
from vocabulary.states import DeviceKind

log = logging.getLogger(__name__)

REPLAYED_AT_ONCE: Final = 2000


def recover_state(record: Record, rules: Rules, group: WardGroup) -> StreamState:
    """The state as it was when the last batch was committed.

    A snapshot only saves time: one that cannot be read is left, and the whole stream replayed.
    """
    state = with_logs(_read_snapshot(record, group), record, rules)
    start = state.position
    state = replay(state, record.read_stream(state.position, group), rules)
    log.info("recovered up to position %d, %d replayed", state.position, state.position - start)
    return state


def replay(state: StreamState, inputs: Iterable[StreamInput], rules: Rules) -> StreamState:
    """The state after the recorded `inputs`, in their order, on their own time."""
    pending: list[StreamInput] = []
    for item in inputs:
        pending.append(item)
        if len(pending) >= REPLAYED_AT_ONCE:
            state, _ = advance(state, pending, rules)
            pending = []
    if pending:
        state, _ = advance(state, pending, rules)
    return state


def with_logs(state: StreamState, record: Record, rules: Rules) -> StreamState:
    """`state` of a snapshot with the logs of its pumps, made of what they told until then."""
    charts = {}
    for name, chart in state.charts.items():
        session = state.sessions[name]
        history = [
            fact
            for held in session.associations
            if held.kind is DeviceKind.PUMP
            for interval in held.intervals
            for fact in record.chains.told_before(
                PumpGained(device=held.device, since=interval.since, until=interval.until),
                session.plan.ward,
                state.position + 1,
            )
        ]
        charts[name] = relogged(chart, session, history, rules.flow)
    return msgspec.structs.replace(state, charts=charts)


def recover_sequencer(record: Record, rules: Rules, state: StreamState) -> Sequencer:
    """What is on disk, every known clock, and where places in the order come from."""
    clocks = {(offset.device, offset.boot): offset for offset in record.load_clocks()}
    return Sequencer(
        rules.clinic,
        DeviceClocks(rules.clinic.clocks, clocks),
        record.load_receipts(),
        state,
        record.reserve_positions,
    )


def _read_snapshot(record: Record, group: WardGroup) -> StreamState:
    snapshot = record.load_snapshot(group.name)
    if snapshot is None:
        return StreamState()
    try:
        return msgspec.json.decode(snapshot.body, type=StreamState)
    except msgspec.MsgspecError as error:
        log.warning("the snapshot of %s cannot be read (%s)", snapshot.at, error)
        return StreamState()
