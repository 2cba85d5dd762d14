"""What a person does at a screen, on its way into the record: read, decide, append.

Everything here blocks and may raise RecordUnavailable: call it in `asyncio.to_thread`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

import msgspec

from infusion.commands import Command, Refused
from infusion.configuration import ClinicConfiguration
from infusion.decisions import decide
from infusion.fold import fold, take
from infusion.happenings import PeoplesAct, author_of, ward_chain
from infusion.patient import Person
from infusion.rivalry import rivals_of
from infusion.session import Session
from record.act import Act, Overtaken, Part
from record.chains import Log
from record.store import Record
from vocabulary.ids import WardId

TRIES: Final = 5
"""Ingest writes to a session once in minutes, a person once in seconds; five are plenty."""

Follows: TypeAlias = Sequence[PeoplesAct] | Refused
"""What follows from a form: events to append, or why not."""
Deciding: TypeAlias = Callable[[Log, datetime], Follows]
"""Decides upon a chain as it was read, now (UTC). Called anew when somebody was quicker."""

OVERTAKEN: Final = Refused(
    reason="others write to the same record at this moment",
    what_to_do="look at what they did, then send it again",
)


class Done(msgspec.Struct, frozen=True):
    """It stands in the record, now or since it was sent before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One form that was sent. `by` is who is logged in: the author in the record.

    `token`: of the form, so that sending it twice does it once; empty: no such care is needed.
    """

    chain: str
    by: Person
    token: str
    decide: Deciding


@dataclass(frozen=True, slots=True, kw_only=True)
class JointDeed:
    """One form that changes several chains: all of them, or none. Else as a Deed.

    `chain`: whose form it is. `decide` gets the `chains` as they were read and says what follows
    in each; in this order it is appended.
    """

    chain: str
    chains: tuple[str, ...]
    by: Person
    token: str
    decide: Callable[[tuple[Log, ...], datetime], Sequence[Follows]]


def do(
    record: Record, deed: Deed, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Done | Refused:
    """Take a deed into the record, or say why not. Decides anew if the chain grew meanwhile."""
    joint = JointDeed(
        chain=deed.chain,
        chains=(deed.chain,),
        by=deed.by,
        token=deed.token,
        decide=lambda logs, now: (deed.decide(logs[0], now),),
    )
    return do_jointly(record, joint, clock)


def do_jointly(
    record: Record, deed: JointDeed, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Done | Refused:
    """Take a deed into several chains of the record at once, or say why not.

    Decides anew if one of them grew meanwhile, or if somebody took what only one can have.
    """
    token = sent_token(deed.by, deed.chain, deed.token) if deed.token else None
    for _ in range(TRIES):
        if token is not None and record.chains.sent(token) is not None:
            return Done()
        upto = record.chains.newest()
        logs = tuple(record.chains.read(chain) for chain in deed.chains)
        now = clock()
        parts = []
        for chain, log, follows in zip(deed.chains, logs, deed.decide(logs, now), strict=True):
            if isinstance(follows, Refused):
                return follows
            if follows:
                parts.append(Part(chain=chain, events=tuple(follows), seen=log.position))
        if not parts:
            return Done()
        act = Act(
            author=author_of(deed.by.account),
            now=now,
            seen=parts[0].seen,
            token=token,
            rivals=rivals_of(event for part in parts for event in part.events),
            looked_upto=upto,
        )
        try:
            record.act_on_several(parts, act)
        except Overtaken:
            continue
        return Done()
    return OVERTAKEN


def do_in_ward(
    record: Record,
    ward: WardId,
    by: Person,
    token: str,
    decide: Callable[[datetime], Sequence[PeoplesAct] | Refused],
) -> Done | Refused:
    """As `do`, in a ward's own chain, of which `decide` (given now, UTC) reads what it needs."""
    chain = ward_chain(ward)
    sent = sent_token(by, chain, token) if token else None
    for _ in range(TRIES):
        if sent is not None and record.chains.sent(sent) is not None:
            return Done()
        seen, now = record.chains.head(chain), datetime.now(UTC)
        follows = decide(now)
        if isinstance(follows, Refused):
            return follows
        act = Act(author=author_of(by.account), now=now, seen=seen, token=sent)
        try:
            record.act(chain, follows, act)
        except Overtaken:
            continue
        return Done()
    return OVERTAKEN


def sent_token(by: Person, chain: str, token: str) -> str:
    """The token of a form as the record knows it, once it was sent."""
    return f"{author_of(by.account)} {chain} {token}"


def session_of(log: Log) -> Session | None:
    """The session of a chain; None before it is planned."""
    return fold(log.events) if log.recorded else None


def commanding(
    commands: Callable[[Session | None, Log], Sequence[Command] | Refused],
    configuration: ClinicConfiguration,
) -> Deciding:
    """Decides upon commands, each on what the ones before it made of the session; all or none.

    `commands` are made from the session as it was read, or it is said why there are none.
    """

    def deciding(log: Log, now: datetime) -> Follows:
        session = session_of(log)
        asked = commands(session, log)
        if isinstance(asked, Refused):
            return asked
        events: list[PeoplesAct] = []
        for command in asked:
            decision = decide(session, command, now, configuration)
            if isinstance(decision, Refused):
                return decision
            for event in decision.events:
                session = take(session, event)
            events += decision.events
        return events

    return deciding
