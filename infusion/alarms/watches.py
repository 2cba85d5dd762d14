"""How long something has been so: delay before an alarm, hysteresis after it.

Time beyond a limit adds up until the number was clear for `clear_s`, so that one which flickers
round its limit is one alarm, and one that is over within its delay is none. While nothing is
known nothing counts, neither towards an alarm nor towards its end.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from infusion.alarms.claims import Claim
from vocabulary.alarms import AlarmCode

_NONE = timedelta(0)


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """One claim that is watched. Times UTC.

    `since`: when it first was so. `counted`: for how long until `mark`; it goes on from `mark`,
    or stands still if that is None. `clear_since`: from when it is not so any more.
    """

    claim: Claim
    since: datetime
    counted: timedelta = _NONE
    mark: datetime | None = None
    clear_since: datetime | None = None
    is_raised: bool = False

    @property
    def due_at(self) -> datetime | None:
        """When it will be an alarm, or over, if nothing changes."""
        if self.clear_since is not None:
            return None if self.claim.is_sampled else self.over_at
        if self.is_raised or self.mark is None:
            return None
        return self.mark + max(_NONE, timedelta(seconds=self.claim.delay_s) - self.counted)

    @property
    def over_at(self) -> datetime | None:
        """When it was not so for long enough to be over."""
        if self.clear_since is None:
            return None
        return self.clear_since + timedelta(seconds=self.claim.clear_s)

    def counted_at(self, now: datetime) -> timedelta:
        """For how long it has been so at `now`."""
        return self.counted if self.mark is None else self.counted + max(_NONE, now - self.mark)


Watches = dict[str, dict[str, Watch]]
"""The watches by group, then by the key of their claim; a group is what is judged together."""


class WatchTable:
    """The watches while inputs are taken up. `touched`: alarms whose reasons have changed."""

    def __init__(self, watches: Watches) -> None:
        self._watches = dict(watches)
        self._copied: set[str] = set()
        self.touched: dict[tuple[str, str], None] = {}
        self.is_changed = False

    @property
    def held(self) -> Watches:
        """All watches as they are now."""
        return self._watches

    def group(self, group: str) -> dict[str, Watch]:
        """The watches of one group."""
        return self._watches.get(group, {})

    def raised(self, code: AlarmCode, subject: str) -> Iterator[Watch]:
        """The watches that are reasons of an alarm."""
        for group in self._watches.values():
            for watch in group.values():
                claim = watch.claim
                if watch.is_raised and claim.code is code and claim.subject == subject:
                    yield watch

    def is_raised(self, group: str) -> bool:
        """Whether anything of a group is an alarm."""
        return any(watch.is_raised for watch in self.group(group).values())

    def sync(self, group: str, claims: Iterable[Claim], now: datetime) -> None:
        """Take up all that is so of a group; what is watched and not claimed is clear."""
        held = self._watches.get(group)
        claimed = set()
        for claim in claims:
            claimed.add(claim.key)
            self._observe(group, claim, None if held is None else held.get(claim.key), now)
        if held:
            for key, watch in list(held.items()):
                if key not in claimed:
                    self._clear(group, watch, now)

    def freeze(self, group: str, now: datetime) -> None:
        """Nothing is known of a group: nothing counts until something is."""
        for watch in list(self.group(group).values()):
            if watch.mark is not None or watch.clear_since is not None:
                self._put(
                    group,
                    msgspec.structs.replace(
                        watch, counted=watch.counted_at(now), mark=None, clear_since=None
                    ),
                )

    def suspend(self, group: str, now: datetime) -> None:
        """Nothing is known of a group for a reason of its own: what is no alarm begins anew."""
        for watch in list(self.group(group).values()):
            if not watch.is_raised:
                self._remove(group, watch)
        self.freeze(group, now)

    def drop(self, group: str) -> None:
        """Forget a group: it is not watched any more."""
        for watch in list(self.group(group).values()):
            self._remove(group, watch)

    def remove(self, group: str, key: str) -> None:
        """Forget one watch."""
        self._remove(group, self.group(group)[key])

    def pass_deadline(self, group: str, key: str, now: datetime) -> None:
        """Take up that the time of one watch has come."""
        watch = self.group(group)[key]
        if watch.clear_since is not None:
            self._remove(group, watch)
        else:
            self._raise(group, watch, now)

    def next_due(self) -> tuple[datetime, str, str] | None:
        """The watch whose time comes first: when, its group and its key."""
        found = [
            (due_at, group, key)
            for group, held in self._watches.items()
            for key, watch in held.items()
            if (due_at := watch.due_at) is not None
        ]
        return min(found, default=None)

    def _observe(self, group: str, claim: Claim, watch: Watch | None, now: datetime) -> None:
        if watch is None:
            if claim.holds:
                return
            since = now if claim.since is None else claim.since
            watch = Watch(claim=claim, since=since, mark=since)
            self._raise_or_wait(group, watch, now)
        elif watch.is_raised:
            self._keep_raised(group, claim, watch)
        elif claim.holds:
            if watch.mark is not None or watch.clear_since is not None:
                self._put(
                    group,
                    msgspec.structs.replace(
                        watch, counted=watch.counted_at(now), mark=None, clear_since=None
                    ),
                )
        else:
            counted = watch.counted_at(now)
            watch = msgspec.structs.replace(
                watch,
                claim=claim,
                counted=counted,
                mark=now if watch.mark is None else max(now, watch.mark),
                clear_since=None,
            )
            self._raise_or_wait(group, watch, now)

    def _raise_or_wait(self, group: str, watch: Watch, now: datetime) -> None:
        due_at = watch.due_at
        if due_at is not None and due_at <= now:
            self._raise(group, watch, now)
        else:
            self._put(group, watch)

    def _raise(self, group: str, watch: Watch, now: datetime) -> None:
        raised = msgspec.structs.replace(
            watch, counted=watch.counted_at(now), mark=None, is_raised=True
        )
        self._put(group, raised)
        self._touch(watch.claim)

    def _keep_raised(self, group: str, claim: Claim, watch: Watch) -> None:
        is_other = not claim.holds and (
            claim.priority is not watch.claim.priority or claim.limit != watch.claim.limit
        )
        if is_other:
            self._touch(claim)
        if is_other or watch.clear_since is not None:
            self._put(
                group,
                msgspec.structs.replace(
                    watch, claim=claim if is_other else watch.claim, clear_since=None
                ),
            )

    def _clear(self, group: str, watch: Watch, now: datetime) -> None:
        over_at = watch.over_at
        if watch.claim.clear_s <= 0 or (over_at is not None and over_at <= now):
            self._remove(group, watch)
        elif watch.clear_since is None:
            self._put(
                group,
                msgspec.structs.replace(
                    watch, counted=watch.counted_at(now), mark=None, clear_since=now
                ),
            )

    def _touch(self, claim: Claim) -> None:
        self.touched[claim.code.value, claim.subject] = None
        self.is_changed = True

    def _put(self, group: str, watch: Watch) -> None:
        self._own(group)[watch.claim.key] = watch
        self.is_changed = True

    def _remove(self, group: str, watch: Watch) -> None:
        held = self._own(group)
        del held[watch.claim.key]
        if not held:
            del self._watches[group]
            self._copied.discard(group)
        if watch.is_raised:
            self._touch(watch.claim)
        self.is_changed = True

    def _own(self, group: str) -> dict[str, Watch]:
        if group not in self._copied:
            self._watches[group] = dict(self._watches.get(group, {}))
            self._copied.add(group)
        return self._watches[group]
