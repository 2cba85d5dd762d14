"""One open screen: what it was sent, and what it is sent next (`live` says what is in a frame)."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from dashboard.beds import frame_entry
from dashboard.calls import calls_text
from dashboard.context import Login, Services
from dashboard.stations import ScreenSaid, Stations
from vocabulary.ids import BedId, WardId

FRAME_EVERY_S: Final = 0.1
"""At most ten frames a second: what comes in between goes into the next one."""
HEARTBEAT_S: Final = 1.0


@dataclass(slots=True)
class Screen:
    """One open screen: what it has been sent. It gets the newest of each bed, never a queue."""

    ward: WardId
    login: Login
    parts: Services
    stations: Stations
    frames: int = 0
    sent_s: float = 0.0
    seen: dict[BedId, int] = field(default_factory=dict)
    seen_versions: tuple[int, ...] = ()
    seen_sparks: dict[BedId, int] = field(default_factory=dict)

    def next_frame(self, now_s: float, now: datetime) -> str | None:
        """The frame that is due at `now_s` (monotonic), `now` (UTC); None if nothing is."""
        beds, shown = self.parts.beds, self.parts.links.links(self.ward)
        changed = [
            (bed, held)
            for bed, held in beds.of(self.ward).items()
            if self.seen.get(bed) != held.version
        ]
        stations = self.stations.count(self.ward)
        calls = self.parts.calls
        versions = (shown.version, stations, self.parts.own_alarms.version, calls.version)
        has_news = bool(changed) or versions != self.seen_versions
        if not has_news and now_s - self.sent_s < HEARTBEAT_S:
            return None
        entries = []
        for bed, held in changed:
            self.seen[bed] = held.version
            tile = beds.tile(held, self.login.audience, now_s)
            entries.append(frame_entry(bed, tile, now_s))
        self.frames += 1
        self.sent_s = now_s
        self.seen_versions = versions
        full = '"full":true,' if self.frames == 1 else ""
        lag = "null" if shown.links.lag_s is None else f"{shown.links.lag_s:.2f}"
        return (
            f'{{"n":{self.frames},"sent_ms":{now.timestamp() * 1000:.0f},{full}'
            f'"ward":"{self.ward}","links":{shown.text},"lag_s":{lag},'
            f'"stations":{stations},{self._own()}{self._new_sparks()}'
            f'"calls":{calls_text(calls.open(self.ward))},'
            f'{self._to_sign()}"beds":{{{",".join(entries)}}}}}'
        )

    def _own(self) -> str:
        own = self.parts.own_alarms
        seen = own.seen_text(self.ward, self.login.audience)
        return f'"own":{own.text},' + (f'"seen":{seen},' if seen else "")

    def _new_sparks(self) -> str:
        """The spark lines that this screen has not had; they go along with a frame that is due."""
        new = []
        for bed, shown in self.parts.sparks.of(self.ward).items():
            if self.seen_sparks.get(bed, 0) != shown.version:
                self.seen_sparks[bed] = shown.version
                new.append(f"{json.dumps(bed)}:{shown.text}")
        return f'"sparks":{{{",".join(new)}}},' if new else ""

    def _to_sign(self) -> str:
        """How many sessions wait to be signed, for whoever may sign; not for a screen."""
        people = self.parts.configuration.sessions.people
        if self.login.role not in (*people.may_sign, *people.may_co_sign):
            return ""
        return f'"to_sign":{self.parts.unsigned.text(self.ward)},'

    def hear(self, said: ScreenSaid) -> None:
        """Take in what the screen says of itself."""
        if said.sound is not None:
            self._note_sound(is_heard=said.sound == "on")
        if said.painted or said.sounded:
            self.parts.self_tests.screen_said(
                self.ward, id(self), painted=said.painted, sounded=said.sounded
            )

    def leave(self) -> None:
        """It is gone: nobody hears it any more."""
        self._note_sound(is_heard=False)

    def _note_sound(self, *, is_heard: bool) -> None:
        if self.stations.note(self.ward, id(self), is_heard=is_heard):
            self.parts.beds.announce(self.ward)

    def rest_s(self, now_s: float) -> float:
        """How long the next frame has to wait, in seconds, whatever changes."""
        return max(0.0, self.sent_s + FRAME_EVERY_S - now_s)
