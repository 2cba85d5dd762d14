"""The runs of a session's pumps: each stretch of delivery, by what the pump (or a person) told.

A run is a session's only as far as the pump was the session's at that time. One that was
explained as priming or flush is no infusion; one that nobody explained counts as drug.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec

from infusion.association import Association, Associations, Interval
from infusion.events import InfusionEnded, InfusionPaused, InfusionResumed, InfusionStarted
from infusion.session_events import (
    ManualDeliveryCharted,
    ManualStep,
    PumpRunExplained,
    PumpRunKind,
)
from vocabulary.ids import DeviceId

DeviceFact: TypeAlias = InfusionStarted | InfusionPaused | InfusionResumed | InfusionEnded


class PumpRun(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of delivery of one pump. Times UTC.

    `stopped_at`: None while it delivers. `ended_at`: when the pump said that it is done, not
    only paused. `kind`: None while nobody said what an unconfirmed run is for.
    """

    device: DeviceId
    began_at: datetime
    stopped_at: datetime | None = None
    ended_at: datetime | None = None
    is_manual: bool = False
    kind: PumpRunKind | None = None

    @property
    def is_running(self) -> bool:
        """Whether the pump still delivers."""
        return self.stopped_at is None

    @property
    def is_drug(self) -> bool:
        """Whether the patient got drug; what nobody explained counts as such."""
        return self.kind in (None, PumpRunKind.INFUSION)


def runs_of(
    facts: Sequence[DeviceFact],
    charted: Sequence[ManualDeliveryCharted],
    associations: Associations,
) -> tuple[PumpRun, ...]:
    """The runs that are the session's, in order of their beginning; kinds are not told yet."""
    found: list[PumpRun] = []
    for association in associations:
        told = [fact for fact in facts if fact.device == association.device]
        by_hand = [step for step in charted if step.device == association.device]
        stretches = _stretches(told) if told else _manual_stretches(by_hand)
        found.extend(_ours(stretches, association))
    return tuple(sorted(found, key=lambda run: (run.began_at, run.device)))


def tell_kinds(
    runs: Iterable[PumpRun],
    explained: Sequence[PumpRunExplained],
    associations: Associations,
    ready_since: datetime | None,
) -> tuple[PumpRun, ...]:
    """The runs and what each was for.

    By a person's word; else an infusion if the pump infuses already, or if the session was
    confirmed before the run began and the pump was not waiting for a second person.
    """
    told: list[PumpRun] = []
    infusing: set[DeviceId] = set()
    known = {a.device: a for a in associations}
    for run in runs:
        kind = _said(run, explained)
        if kind is None and (
            run.device in infusing or _is_confirmed(run, known[run.device], ready_since)
        ):
            kind = PumpRunKind.INFUSION
        if kind is PumpRunKind.INFUSION:
            infusing.add(run.device)
        told.append(msgspec.structs.replace(run, kind=kind))
    return tuple(told)


def _said(run: PumpRun, explained: Sequence[PumpRunExplained]) -> PumpRunKind | None:
    for word in reversed(explained):
        is_within = run.stopped_at is None or word.began_at <= run.stopped_at
        if word.device == run.device and run.began_at <= word.began_at and is_within:
            return word.kind
    return None


def _is_confirmed(run: PumpRun, association: Association, ready_since: datetime | None) -> bool:
    if ready_since is None or ready_since > run.began_at:
        return False
    since = association.unconfirmed_since
    return association.is_swap or since is None or since > run.began_at


def _stretches(facts: Sequence[DeviceFact]) -> list[PumpRun]:
    runs: list[PumpRun] = []
    for fact in sorted(facts, key=lambda fact: fact.observed_at):
        starts = isinstance(fact, InfusionStarted | InfusionResumed)
        ends = isinstance(fact, InfusionEnded)
        _step(runs, (fact.device, fact.observed_at), starts=starts, ends=ends)
    return runs


def _manual_stretches(charted: Sequence[ManualDeliveryCharted]) -> list[PumpRun]:
    runs: list[PumpRun] = []
    for item in sorted(charted, key=lambda item: item.at):
        if item.step is not ManualStep.RATE_CHANGED:
            starts = item.step in {ManualStep.STARTED, ManualStep.RESUMED}
            ends = item.step is ManualStep.ENDED
            _step(runs, (item.device, item.at), starts=starts, ends=ends)
    return [msgspec.structs.replace(run, is_manual=True) for run in runs]


def _step(
    runs: list[PumpRun], what: tuple[DeviceId, datetime], *, starts: bool, ends: bool
) -> None:
    """Take one step of one pump into its runs; what says nothing new changes nothing."""
    device, at = what
    last = runs[-1] if runs else None
    if starts:
        if last is None or not last.is_running:
            runs.append(PumpRun(device=device, began_at=at))
    elif last is not None and (last.is_running or (ends and last.ended_at is None)):
        runs[-1] = msgspec.structs.replace(
            last,
            stopped_at=at if last.stopped_at is None else last.stopped_at,
            ended_at=at if ends else None,
        )


def _ours(stretches: Iterable[PumpRun], association: Association) -> list[PumpRun]:
    """The parts of the stretches that lie within the association."""
    found = (_part(run, interval) for interval in association.intervals for run in stretches)
    return [run for run in found if run is not None]


def _part(run: PumpRun, interval: Interval) -> PumpRun | None:
    began_at = max(run.began_at, interval.since)
    stopped_at = run.stopped_at
    if interval.until is not None and (stopped_at is None or stopped_at > interval.until):
        stopped_at = interval.until
    if stopped_at is not None and (
        stopped_at < began_at or (stopped_at == began_at and run.began_at != run.stopped_at)
    ):
        return None
    if not interval.contains(began_at):
        return None
    ended_at = run.ended_at
    if ended_at is not None and not interval.contains(ended_at):
        ended_at = None
    return msgspec.structs.replace(run, began_at=began_at, stopped_at=stopped_at, ended_at=ended_at)
