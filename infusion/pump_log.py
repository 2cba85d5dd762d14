"""The log of one pump: its facts in the order of measurement, and the stretches between them.

A log holds all facts of one pump, in chunks; each chunk knows the stretches between its own
facts. The next fact in order costs the same however long the log is, a late one costs its chunk,
and the result depends on the facts alone, not on when they came. Nothing here changes in place.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Final

import msgspec

from infusion.pump_facts import Fact, FlowRules, PumpFact, fact_of
from infusion.stretches import Stretch, between, join, known_after, raise_volume
from vocabulary.ids import DeviceId

_CHUNK = 64


class Chunk(msgspec.Struct, frozen=True, array_like=True):
    """Facts in a row, the stretches between them, and what was known after the last."""

    facts: tuple[Fact, ...]
    stretches: tuple[Stretch, ...]
    last: Fact


class PumpLog(msgspec.Struct, frozen=True, kw_only=True):
    """All that one pump told while it was at a bed: from `since` on, before `until`.

    With `until` the pump was taken away; whatever it did last, it does not run here any more.
    """

    device: DeviceId
    rules: FlowRules
    since: datetime | None = None
    until: datetime | None = None
    chunks: tuple[Chunk, ...] = ()

    @property
    def last(self) -> Fact | None:
        """What is known after the newest fact; None before the first."""
        return self.chunks[-1].last if self.chunks else None

    def facts(self) -> Iterator[Fact]:
        """Every fact, in order."""
        return (fact for chunk in self.chunks for fact in chunk.facts)

    def first_measured(self) -> Fact | None:
        """The first fact with a volume: what its counter shows flowed before, and elsewhere."""
        return next((fact for fact in self.facts() if fact.is_measured), None)

    def stretches(self) -> list[Stretch]:
        """The whole course, in order of time, neighbours that are alike joined."""
        course: list[Stretch] = []
        before: Chunk | None = None
        for chunk in self.chunks:
            if before is not None:
                join(course, between(before.last, chunk.facts[0], self.rules))
            for stretch in chunk.stretches:
                join(course, msgspec.structs.replace(stretch))
            before = chunk
        return course


def fold_log(device: DeviceId, items: Iterable[PumpFact], rules: FlowRules) -> PumpLog:
    """The log of everything `device` told, in whatever order it is given."""
    facts = (fact for item in items if (fact := fact_of(item, rules)) is not None)
    return log_of(PumpLog(device=device, rules=rules), facts)


def log_of(bare: PumpLog, facts: Iterable[Fact]) -> PumpLog:
    """The log of `facts`, in whatever order, for the device, the rules and the time of `bare`."""
    ours = sorted((fact for fact in facts if _is_within(bare, fact)), key=_place)
    return _with_chunks(bare, _chunks(_once(ours), bare.rules))


def part_of(log: PumpLog, since: datetime | None, until: datetime | None) -> PumpLog:
    """What the log holds from `since` on, before `until`: the time of one association."""
    bare = PumpLog(device=log.device, rules=log.rules, since=since, until=until)
    ends = (log.chunks[0].facts[0], log.chunks[-1].facts[-1]) if log.chunks else ()
    if all(_is_within(bare, fact) for fact in ends):
        return _with_chunks(bare, log.chunks)
    return log_of(bare, log.facts())


def take(log: PumpLog, item: PumpFact) -> PumpLog:
    """`log` with one more message at its place in time.

    One that it holds already, that is outside its time, or says nothing of flow changes nothing.
    """
    fact = fact_of(item, log.rules)
    if fact is None or not _is_within(log, fact):
        return log
    chunks = log.chunks
    if not chunks:
        return _with_chunks(log, _chunks([fact], log.rules))
    tail = chunks[-1]
    if _place(fact) > _place(tail.facts[-1]):
        if len(tail.facts) >= _CHUNK and _is_whole(fact):
            return _with_chunks(log, (*chunks, Chunk(facts=(fact,), stretches=(), last=fact)))
        return _with_chunks(log, (*chunks[:-1], _extended(tail, fact, log.rules)))
    index = max(0, bisect_right(chunks, _place(fact), key=_first_place) - 1)
    facts = list(chunks[index].facts)
    insort(facts, fact, key=_place)
    facts = _once(facts)
    fits = len(facts) < 2 * _CHUNK
    rebuilt = (_chunk(facts, log.rules),) if fits else _chunks(facts, log.rules)
    return _with_chunks(log, (*chunks[:index], *rebuilt, *chunks[index + 1 :]))


def _with_chunks(log: PumpLog, chunks: tuple[Chunk, ...]) -> PumpLog:
    return PumpLog(
        device=log.device, rules=log.rules, since=log.since, until=log.until, chunks=chunks
    )


def _is_within(log: PumpLog, fact: Fact) -> bool:
    return (log.since is None or fact.at >= log.since) and (
        log.until is None or fact.at < log.until
    )


_place: Final[Callable[[Fact], tuple[datetime, str, int]]] = attrgetter("at", "boot", "seq")
"""Where a fact belongs: by time of measurement, then as the device numbered it."""


def _first_place(chunk: Chunk) -> tuple[datetime, str, int]:
    return _place(chunk.facts[0])


def _once(facts: list[Fact]) -> list[Fact]:
    places = [_place(fact) for fact in facts]
    return [
        fact for index, fact in enumerate(facts) if index == 0 or places[index] != places[index - 1]
    ]


def _is_whole(fact: Fact) -> bool:
    """Whether nothing has to be known from before to understand it; so a chunk may begin there."""
    return fact.flow is not None and fact.is_measured


def _chunks(facts: list[Fact], rules: FlowRules) -> tuple[Chunk, ...]:
    """Facts in order, cut after every `_CHUNK` where a whole one follows."""
    cut = []
    begin = 0
    for index, fact in enumerate(facts):
        if index - begin >= _CHUNK and _is_whole(fact):
            cut.append(_chunk(facts[begin:index], rules))
            begin = index
    if facts:
        cut.append(_chunk(facts[begin:], rules))
    return tuple(cut)


def _chunk(facts: list[Fact], rules: FlowRules) -> Chunk:
    first = facts[0] if _is_whole(facts[0]) else known_after(None, facts[0])
    stretches: list[Stretch] = []
    last = _scan(stretches, first, facts[1:], rules)
    return Chunk(facts=tuple(facts), stretches=tuple(stretches), last=last)


def _extended(chunk: Chunk, fact: Fact, rules: FlowRules) -> Chunk:
    stretches = list(chunk.stretches)
    if stretches:
        stretches[-1] = msgspec.structs.replace(stretches[-1])
    last = _scan(stretches, chunk.last, (fact,), rules)
    return Chunk(facts=(*chunk.facts, fact), stretches=tuple(stretches), last=last)


def _scan(stretches: list[Stretch], before: Fact, facts: Iterable[Fact], rules: FlowRules) -> Fact:
    """Add what happened from `before` on; the last of `stretches` may grow."""
    believed_for = rules.believed_for
    for fact in facts:
        after = fact if _is_whole(fact) else known_after(before, fact)
        open_stretch = stretches[-1] if stretches else None
        if (
            open_stretch is not None
            and not open_stretch.is_silent
            and not before.is_start
            and open_stretch.flow is before.flow
            and open_stretch.rate_ml_h == before.rate_ml_h is not None
            and open_stretch.counter == after.counter
            and before.boot == after.boot
            and after.at - before.at <= believed_for
        ):  # the usual second: all as before; the same as join(between()) but quicker
            open_stretch.ends = after.at
            if after.is_measured:
                raise_volume(open_stretch, after.volume_ml)
        else:
            join(stretches, between(before, after, rules))
        before = after
    return before
