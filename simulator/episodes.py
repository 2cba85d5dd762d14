"""The episodes of one patient on a time line: how far a sign is from where it would be."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from simulator.faults import MS_PER_MIN
from simulator.story import BodySign, Episode
from vocabulary.signals import SignalName


class _Occasion(NamedTuple):
    """One time that an episode comes, in true ms since 1970."""

    from_ms: int
    to_ms: int
    episode: Episode

    def share(self, at_ms: int) -> float:
        """How much of the episode is there: 0 not at all, 1 all of it."""
        ramp_ms = self.episode.ramp_s * 1000
        if ramp_ms <= 0:
            return 1.0
        return min(1.0, (at_ms - self.from_ms) / ramp_ms, (self.to_ms - at_ms) / ramp_ms)


class Episodes:
    """What is happening to one patient at any moment. Times are true ms since 1970."""

    def __init__(self, episodes: Iterable[Episode], start_ms: int) -> None:
        self._occasions = [
            _Occasion(from_ms, from_ms + round(episode.length_s * 1000), episode)
            for episode in episodes
            for from_ms in _begins_ms(episode, start_ms)
        ]

    def turned(self, sign: BodySign, value: float, at_ms: int) -> float:
        """`value` of a sign as the episodes of the moment make it, in its unit."""
        for occasion in self._at(at_ms):
            target = occasion.episode.to.get(sign)
            if target is not None:
                value += (target - value) * occasion.share(at_ms)
        return value

    def invalid(self, at_ms: int) -> dict[str, str]:
        """The signals that give no number now, and why, in the words of the contract."""
        found: dict[SignalName, str] = {}
        for occasion in self._at(at_ms):
            for signal, reason in occasion.episode.invalid.items():
                found[signal] = reason.value
        return {signal.value: reason for signal, reason in found.items()}

    def _at(self, at_ms: int) -> Iterator[_Occasion]:
        return (item for item in self._occasions if item.from_ms <= at_ms < item.to_ms)


def _begins_ms(episode: Episode, start_ms: int) -> Iterator[int]:
    first_ms = start_ms + round(episode.at_min * MS_PER_MIN)
    for number in range(episode.times):
        yield first_ms + round(number * (episode.every_s or 0.0) * 1000)
