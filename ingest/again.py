"""The rules run again over the recorded stream: do they conclude what was recorded? (O5)

The stream is read from its beginning, for what is concluded of a session may follow from anything
that its wards' devices did before. The clinic's configuration must be that of then.
"""

from collections.abc import Sequence

import msgspec

from infusion.configuration import ClinicConfiguration
from infusion.happenings import INGEST, Concluded, chain_of, session_chain, ward_chain
from infusion.inputs import StreamInput
from infusion.stream import WardGroup
from infusion.ward import advance
from infusion.ward_state import Rules, StreamState
from ingest.recovery import REPLAYED_AT_ONCE
from record.chains import Recorded
from record.store import Record
from vocabulary.ids import SessionId, WardId


class NoSuchSession(LookupError):
    """No session of that name was planned, or no worker has served its ward yet."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One chain: how much was recorded, how much was concluded again, and the first difference."""

    chain: str
    recorded: int
    again: int
    difference: str = ""

    @property
    def text(self) -> str:
        """In words, one line or three."""
        told = f"{self.chain}: {self.recorded} recorded, {self.again} concluded again"
        return f"{told}: {self.difference or 'equal'}"


def compare(record: Record, clinic: ClinicConfiguration, session: SessionId) -> list[Compared]:
    """A session's chain and its ward's, against what the rules conclude from the stream.

    Raises NoSuchSession, RecordUnavailable.
    """
    ward = record.chains.ward_of(session_chain(session))
    if ward is None:
        raise NoSuchSession(f"no session {session} was planned")
    group = _group_of(record, ward)
    if group is None:
        raise NoSuchSession(f"no worker has served ward {ward} yet")
    return _compare(record, clinic, group, (session_chain(session), ward_chain(ward)))


def compare_all(record: Record, clinic: ClinicConfiguration) -> list[Compared]:
    """The chains of all wards and of all their sessions; each stream is read once.

    Raises RecordUnavailable.
    """
    groups = {_group_of(record, plan.ward): None for plan in clinic.wards}
    found = []
    for group in groups:
        if group is None:
            continue
        plans = [plan for ward in group.wards for plan in record.chains.sessions(ward)]
        chains = [ward_chain(ward) for ward in group.wards]
        chains += [session_chain(plan.session) for plan in plans]
        found += _compare(record, clinic, group, chains)
    return found


def _compare(
    record: Record, clinic: ClinicConfiguration, group: WardGroup, chains: Sequence[str]
) -> list[Compared]:
    plans = tuple(plan for plan in clinic.wards if plan.ward in group.wards)
    rules = Rules(msgspec.structs.replace(clinic, wards=plans))
    state, concluded = _conclude_again(record, rules, group, chains)
    return [_compared(chain, record, state, concluded[chain]) for chain in chains]


def _group_of(record: Record, ward: WardId) -> WardGroup | None:
    """The wards that were served together with `ward`, the last time they were."""
    names = [name for name in record.served_groups() if ward in name.split("+")]
    return WardGroup(tuple(WardId(part) for part in names[-1].split("+"))) if names else None


def _conclude_again(
    record: Record, rules: Rules, group: WardGroup, chains: Sequence[str]
) -> tuple[StreamState, dict[str, list[Concluded]]]:
    state = StreamState()
    concluded: dict[str, list[Concluded]] = {chain: [] for chain in chains}
    pending: list[StreamInput] = []

    def take_up() -> None:
        nonlocal state
        state, found = advance(state, pending, rules)
        for event in found:
            if (chain := chain_of(event)) in concluded:
                concluded[chain].append(event)
        pending.clear()

    for item in record.read_stream(0, group):
        pending.append(item)
        if len(pending) >= REPLAYED_AT_ONCE:
            take_up()
    take_up()
    return state, concluded


def _compared(
    chain: str, record: Record, state: StreamState, again: Sequence[Concluded]
) -> Compared:
    recorded = [
        item.event
        for item in record.chains.read(chain).recorded
        if item.author.startswith(INGEST)
        and isinstance(item.event, Concluded)
        and not _is_later(item, state)
    ]
    difference = ""
    for number, (was, now) in enumerate(zip(recorded, again, strict=False), start=1):
        if was != now:
            difference = f"differs at {number}\n  recorded:  {was}\n  concluded: {now}"
            break
    else:
        if len(recorded) != len(again):
            more = (recorded if len(recorded) > len(again) else again)[
                min(len(recorded), len(again))
            ]
            which = "recorded" if len(recorded) > len(again) else "concluded"
            difference = f"differs in length\n  only {which}: {more}"
    return Compared(chain=chain, recorded=len(recorded), again=len(again), difference=difference)


def _is_later(item: Recorded, state: StreamState) -> bool:
    """Whether it was concluded after the stream was read, by a worker that goes on meanwhile."""
    cause = getattr(item.event, "cause", None)
    if cause is not None:
        return bool(cause > state.position)
    return state.now is None or item.event.at > state.now
