"""Any stream of a session, cut anywhere or taken up from a snapshot, concludes the same."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion import commands as c
from infusion.chart import relogged
from infusion.commands import Accepted
from infusion.deadlines import next_deadline
from infusion.decisions import decide
from infusion.flow_changes import changes_of
from infusion.fold import fold
from infusion.happenings import Concluded, chain_of, session_chain
from infusion.inputs import PeopleActed
from infusion.pump import DeliveryPhase
from infusion.report.delivery import delivered_with
from infusion.session_events import PumpRunKind
from infusion.stream import DeviceEventArrived, PumpReadingArrived
from infusion.ward import advance
from infusion.ward_state import StreamState, without_logs
from tests.fixtures.acted_ward import BERT, OTHER, ActedWard
from tests.fixtures.arrivals import pump_reading
from tests.fixtures.pumps import event
from tests.fixtures.session import NORA, PUMP, SESSION
from vocabulary.alarms import DeviceEventCode
from vocabulary.ids import BootId, CounterId, DeviceId, SessionId
from vocabulary.states import DeviceKind, PumpState

Step = Callable[[ActedWard], object]
PUMPS = (PUMP, DeviceId("pump-2"))


def reading(
    device: DeviceId, state: PumpState, rate: float, volume: float, counter: str, late_s: int
) -> Step:
    def say(ward: ActedWard) -> None:
        ward.move(1)
        is_late = late_s > 0
        ward.say(
            pump_reading(
                ward.second - late_s, device=device, state=state, rate_ml_h=rate,
                volume_ml=volume, counter=CounterId(counter), boot=BootId("p1"),
                seq=len(ward.inputs), late=is_late, buffered=is_late, received_at=ward.now,
            )
        )  # fmt: skip

    return say


def told(code: DeviceEventCode) -> Step:
    return lambda ward: ward.move(1).say(event(ward.second, code, seq=len(ward.inputs)))


def tried(name: SessionId, command: Callable[[ActedWard], c.Command]) -> Step:
    """What a person tries; refused where it is not allowed just now."""

    def act(ward: ActedWard) -> None:
        ward.move(1)
        held = ward.state.sessions.get(name)
        if held is not None:
            decision = decide(held, command(ward), ward.now, ward.rules.clinic)
            if isinstance(decision, Accepted):
                ward.act(*decision.events)

    return act


def corrected(*, is_ours: bool, back_s: int) -> Callable[[ActedWard], c.Command]:
    return lambda ward: c.CorrectAssociation(
        by=NORA, device=PUMP, kind=DeviceKind.PUMP, is_ours=is_ours, reason="swapped",
        since=ward.now - timedelta(seconds=back_s),
    )  # fmt: skip


def explained(ward: ActedWard) -> c.Command:
    runs = ward.session().runs
    began_at = runs[0].began_at if runs else ward.now
    return c.ExplainPumpRun(by=NORA, device=PUMP, began_at=began_at, kind=PumpRunKind.PRIMING)


sessions = st.sampled_from([SESSION, OTHER])
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        reading,
        device=st.sampled_from(PUMPS),
        state=st.sampled_from(PumpState),
        rate=st.sampled_from([0.0, 35.0, 42.0]),
        volume=st.integers(0, 20).map(lambda n: n / 8),
        counter=st.sampled_from(["c1", "c1", "c2"]),
        late_s=st.sampled_from([0, 0, 0, 3, 40]),
    ),
    st.builds(told, st.sampled_from(DeviceEventCode)),
    st.sampled_from([lambda ward: ward.wait(15), lambda ward: ward.move(30)]),
    st.builds(
        tried,
        sessions,
        st.one_of(
            st.builds(corrected, is_ours=st.booleans(), back_s=st.sampled_from([0, 5, 60])),
            st.sampled_from(
                [
                    explained,
                    lambda _: c.ConfirmPause(by=NORA, reason="nausea"),
                    lambda _: c.EndInfusionEarly(by=NORA, reason="tired"),
                    lambda _: c.ReleaseDevice(by=NORA, device=PUMP),
                    lambda _: c.AssociateDevice(by=NORA, device=PUMP, kind=DeviceKind.PUMP),
                ]
            ),
        ),
    ),
)


def played(plan: list[Step]) -> ActedWard:
    ward = ActedWard().ready().chair(OTHER, BERT, "2").move(1)
    for step in plan:
        step(ward)
    return ward


@settings(deadline=None, max_examples=60)
@given(plan=st.lists(steps, min_size=5, max_size=40), data=st.data())
def test_any_stream_concludes_the_same_however_it_is_cut(
    plan: list[Step], data: st.DataObject
) -> None:
    ward = played(plan)
    cuts = data.draw(st.sets(st.integers(1, len(ward.inputs) - 1), max_size=8))
    state, found = StreamState(), list[Concluded]()
    for low, high in pairwise([0, *sorted(cuts), len(ward.inputs)]):
        state, events = advance(state, ward.inputs[low:high], ward.rules)
        found += events
    assert found == ward.concluded
    assert state == ward.state


@settings(deadline=None, max_examples=60)
@given(plan=st.lists(steps, min_size=5, max_size=40))
def test_no_deadline_is_left_behind(plan: list[Step]) -> None:
    """Else the worker would put timers into the stream for ever."""
    ward = ActedWard().ready().chair(OTHER, BERT, "2").move(1)
    for step in plan:
        step(ward)
        deadline = next_deadline(ward.state, ward.rules)
        assert ward.state.now is not None
        assert deadline is None or deadline > ward.state.now


@settings(deadline=None, max_examples=60)
@given(before=st.lists(steps, max_size=25), after=st.lists(steps, max_size=15))
def test_a_snapshot_and_the_record_give_the_state_that_goes_on_alike(
    before: list[Step], after: list[Step]
) -> None:
    ward = played(before)
    held = without_logs(ward.state)
    assert msgspec.json.decode(msgspec.json.encode(held), type=StreamState) == held
    told_so_far = [i for i in ward.inputs if isinstance(i, PumpReadingArrived | DeviceEventArrived)]
    charts = {
        name: relogged(chart, held.sessions[name], told_so_far, ward.rules.flow)
        for name, chart in held.charts.items()
    }
    state = msgspec.structs.replace(held, charts=charts)
    count, concluded = len(ward.inputs), len(ward.concluded)
    for step in after:
        step(ward)
    state, found = advance(state, ward.inputs[count:], ward.rules)
    assert list(found) == ward.concluded[concluded:]
    assert state.sessions == ward.state.sessions
    for name, session in state.sessions.items():
        one, other = (
            delivered_with(session, each.charts[name].logs, ward.rules.flow)
            for each in (state, ward.state)
        )
        assert one == other


@settings(deadline=None, max_examples=150)
@given(plan=st.lists(steps, max_size=40))
def test_a_session_runs_exactly_while_the_log_of_its_pump_says_so(plan: list[Step]) -> None:
    ward = played(plan)
    for name, session in ward.state.sessions.items():
        for device, logs in ward.state.charts[name].logs.items():
            for log in logs:
                if log.until is not None or log.last is None or log.since is None:
                    continue
                changes = changes_of(log)
                runs = [run for run in session.runs if run.device == device and run.is_running]
                says = bool(changes) and changes[-1].phase is DeliveryPhase.RUNNING
                assert says == any(run.began_at >= log.since for run in runs)


@settings(deadline=None, max_examples=60)
@given(plan=st.lists(steps, max_size=40))
def test_a_chain_folds_to_the_session_that_ingest_knows(plan: list[Step]) -> None:
    """In the order of the record: each act, then what was concluded after it."""
    ward = ActedWard()
    chains: dict[str, list[object]] = {}
    taken, noted = 0, 0

    def note() -> None:
        nonlocal taken, noted
        for item in ward.inputs[taken:]:
            if isinstance(item, PeopleActed):
                chains.setdefault(item.chain, []).append(item.event)
        for conclusion in ward.concluded[noted:]:
            chains.setdefault(chain_of(conclusion), []).append(conclusion)
        taken, noted = len(ward.inputs), len(ward.concluded)

    ward.ready()
    note()
    ward.chair(OTHER, BERT, "2").move(1)
    note()
    for step in plan:
        step(ward)
        note()
    for name, session in ward.state.sessions.items():
        assert fold(chains[session_chain(name)]) == session  # type: ignore[arg-type]
