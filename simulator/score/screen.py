"""A ward screen without a picture: reads the frames of `/live` as a browser does, and keeps what
they say of each bed's alarms.

A tile names the most urgent alarm of its bed and says how many more there are. One that was behind
another before it came first was told from when it was counted.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from simulator.score.raised import URGENCY, Onset, Sign, UnreadableAlarm
from vocabulary.alarms import KIND_OF, KINDS, AlarmCode, AlarmKind, AlarmPriority, SignalState
from vocabulary.states import LinkState, ReadingState

SAMPLE_WITHIN: Final = timedelta(seconds=2)
"""An alarm that comes longer after the last sample of its bed was raised by a timer."""
_MEASURED: Final = frozenset(KINDS[AlarmKind.PHYSIOLOGICAL]) - {
    AlarmCode.SEDATION_DEEP,
    AlarmCode.AGITATION,
    AlarmCode.DISSOCIATION_STRONG,
    AlarmCode.DISTRESS,
    AlarmCode.NAUSEA,
    AlarmCode.NEWS2_HIGH,
}
"""Those that a sample on the tile raises; the others a message, a person or a timer."""


class _Line(msgspec.Struct, frozen=True):
    """The alarm line of a tile, by the names that a staff screen gets."""

    id: str
    code: AlarmCode
    priority: AlarmPriority
    text: str
    signal_state: SignalState
    raised_ms: int
    more: int = 0


class _Number(msgspec.Struct, frozen=True):
    state: ReadingState
    measured_ms: int | None = None


class _Tile(msgspec.Struct, frozen=True):
    numbers: dict[str, _Number] = {}
    alarm: _Line | None = None
    sound: AlarmPriority | None = None


class _Entry(msgspec.Struct, frozen=True):
    tile: _Tile | None = None


class _Link(msgspec.Struct, frozen=True):
    state: LinkState


class _Own(msgspec.Struct, frozen=True):
    text: str


class _Frame(msgspec.Struct, frozen=True):
    beds: dict[str, _Entry]
    links: dict[str, _Link]
    own: tuple[_Own, ...] = ()


_decoder: Final = msgspec.json.Decoder(_Frame)


class BadFrame(UnreadableAlarm):
    """A frame that a browser could not read either: why."""


class ShownOnset(Onset, kw_only=True):
    """An alarm showing itself on a screen, `at` when its frame was there.

    `raised_at`: when the receiver first signalled it. `caused_at`: when the sample that raised it
    was measured; if none on the tile did, when it was signalled.
    """

    raised_at: datetime
    caused_at: datetime

    @property
    def to_screen_s(self) -> float:
        """From the sample (or the timer) that raised it until a screen had it, seconds."""
        return (self.at - self.caused_at).total_seconds()


@dataclass(slots=True)
class _Bed:
    """What a screen was told of one bed so far; `behind`: when more than the first were counted."""

    first: _Line | None = None
    sound: AlarmPriority | None = None
    live: frozenset[str] = frozenset()
    known: dict[str, _Line] = field(default_factory=dict)
    onsets: dict[str, list[ShownOnset]] = field(default_factory=dict)
    behind: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    @property
    def behind_since(self) -> datetime | None:
        return self.behind[-1][0] if self.behind and self.behind[-1][1] is None else None


class Screen:
    """The screen of one ward. `onsets`: each alarm that it was told of, in the order it came.

    `troubles`: what it said of the house itself, and since when.
    """

    def __init__(self, ward: str) -> None:
        self.ward = ward
        self.onsets: list[ShownOnset] = []
        self.troubles: list[tuple[datetime, str]] = []
        self._beds: dict[str, _Bed] = {}
        self._down: set[str] = set()

    def take(self, frame: str | bytes, at: datetime) -> None:
        """Take in a frame that was there at a moment (UTC). Raises BadFrame."""
        try:
            told = _decoder.decode(frame)
        except msgspec.MsgspecError as error:
            raise BadFrame(f"ward {self.ward}: {error}: {str(frame)[:200]}") from error
        for name, entry in told.beds.items():
            self._show(name, entry.tile or _Tile(), at)
        # the link of a device is what stories are about; the others are the house's own
        down = {name for name, link in told.links.items() if link.state is LinkState.DOWN}
        down = {f"{name} down" for name in down - {"device"}} | {own.text for own in told.own}
        self.troubles += [(at, text) for text in sorted(down - self._down)]
        self._down = down

    def is_live(self, bed: str, number: str) -> bool:
        """Whether a number of a bed is shown as live."""
        return bed in self._beds and number in self._beds[bed].live

    def was_told(self, onset: Onset) -> bool:
        """Whether an alarm of the record was named, as urgent at least, or counted behind one."""
        bed = self._beds.get(onset.bed or "", _Bed())
        shown = bed.onsets.get(onset.alarm_id)
        if shown is not None:
            return any(one.urgency >= onset.urgency for one in shown)
        return any(
            (onset.over_at is None or since <= onset.over_at)
            and (until is None or until >= onset.at)
            for since, until in bed.behind
        )

    def _show(self, name: str, tile: _Tile, at: datetime) -> None:
        bed, line = self._beds.setdefault(name, _Bed()), tile.alarm
        sign = None if line is None else _sign_of(line, bed, tile.sound)
        if line is not None and sign is not None:
            onset = self._onset(name, bed, line, sign, tile, at)
            self.onsets.append(onset)
            bed.onsets.setdefault(line.id, []).append(onset)
        _count(bed, 0 if line is None else line.more, at)
        _end_what_is_over(bed, line, at)
        if line is not None:
            bed.known[line.id] = line
        bed.first, bed.sound = line, tile.sound
        bed.live = frozenset(n for n, v in tile.numbers.items() if v.state is ReadingState.LIVE)

    def _onset(
        self, name: str, bed: _Bed, line: _Line, sign: Sign, tile: _Tile, at: datetime
    ) -> ShownOnset:
        signalled_at = _time(line.raised_ms) if sign is Sign.RAISED else at
        told_at = at
        if sign is Sign.RAISED and bed.first is not None and bed.behind_since is not None:
            told_at = min(at, max(bed.behind_since, signalled_at))
        is_new = sign in (Sign.RAISED, Sign.RISEN)
        return ShownOnset(
            sign=sign,
            ward=self.ward,
            bed=name,
            alarm=line.code,
            kind=KIND_OF[line.code],
            priority=line.priority,
            alarm_id=line.id,
            at=told_at,
            text=line.text,
            subject=line.text,
            sounds_again=tile.sound is not None and (is_new or _begins(bed.sound, tile.sound)),
            raised_at=_time(line.raised_ms),
            caused_at=_sampled_at(tile, signalled_at) if line.code in _MEASURED else signalled_at,
        )


def _sign_of(line: _Line, bed: _Bed, sound: AlarmPriority | None) -> Sign | None:
    """How the first alarm of a bed is news; None if it is not."""
    before = bed.known.get(line.id)
    if before is None:
        return Sign.RAISED
    if URGENCY[line.priority] > URGENCY[before.priority]:
        return Sign.RISEN
    is_over = all(onset.over_at is not None for onset in bed.onsets[line.id])
    if is_over and line.signal_state is SignalState.ACTIVE:
        return Sign.RETURNED
    return Sign.RENEWED if _begins(bed.sound, sound) else None


def _begins(before: AlarmPriority | None, now: AlarmPriority | None) -> bool:
    """Whether a speaker begins that was silent, or played something less urgent."""
    return now is not None and (before is None or URGENCY[now] > URGENCY[before])


def _count(bed: _Bed, more: int, at: datetime) -> None:
    since = bed.behind_since
    if more and since is None:
        bed.behind.append((at, None))
    elif not more and since is not None:
        bed.behind[-1] = (since, at)


def _end_what_is_over(bed: _Bed, line: _Line | None, at: datetime) -> None:
    """Those that are neither first nor counted are over; a latched first one is, too."""
    for name, onsets in bed.onsets.items():
        is_first = line is not None and line.id == name
        is_latched = is_first and line is not None and line.signal_state is SignalState.LATCHED
        is_gone = not is_first and (line is None or not line.more)
        for onset in onsets:
            if onset.over_at is None and (is_latched or is_gone):
                onset.over_at, onset.is_latched = at, is_latched


def _sampled_at(tile: _Tile, signalled_at: datetime) -> datetime:
    times = [_time(n.measured_ms) for n in tile.numbers.values() if n.measured_ms is not None]
    newest = max((at for at in times if at <= signalled_at), default=signalled_at)
    return newest if signalled_at - newest <= SAMPLE_WITHIN else signalled_at


def _time(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
