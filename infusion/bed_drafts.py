"""The alarms of each bed while a batch is taken up: copied once, when something of it changes."""

from collections.abc import Iterator
from datetime import datetime
from typing import TypeAlias

from infusion.alarms.engine import AlarmDraft
from infusion.alarms.situation import Situation
from infusion.alarms.state import AlarmBook, BedAlarms, Brought
from infusion.alarms_sight import BedKey
from vocabulary.ids import BedId, SessionId, WardId

Alarms: TypeAlias = dict[WardId, dict[BedId, BedAlarms]]


class BedDrafts:
    """The alarms of all beds; `held` stays as it is."""

    def __init__(self, held: Alarms, book: AlarmBook) -> None:
        self._held = held
        self._book = book
        self._drafts: dict[BedKey, AlarmDraft] = {}

    def draft(self, key: BedKey) -> AlarmDraft:
        """What a bed is changed by."""
        draft = self._drafts.get(key)
        if draft is None:
            held = self._held.get(key[0], {}).get(key[1])
            state = BedAlarms(ward=key[0], bed=key[1]) if held is None else held
            draft = self._drafts[key] = AlarmDraft(state, self._book)
        return draft

    def situation_at(self, key: BedKey) -> Situation:
        """The situation of a bed as it was taken up last."""
        draft = self._drafts.get(key)
        if draft is not None:
            return draft.situation
        held = self._held.get(key[0], {}).get(key[1])
        return Situation() if held is None else held.situation

    def brought_to(self, key: BedKey, session: SessionId | None) -> Brought | None:
        """What the patient of `session`, who is new at a bed, brings from another one."""
        if session is None or self.situation_at(key).session == session:
            return None
        for other in sorted(self._keys() - {key}):
            if self.situation_at(other).session == session:
                return self.draft(other).leave()
        return None

    def deadlines(self) -> Iterator[tuple[BedKey, datetime]]:
        """Before when nothing changes by itself at each bed, UTC."""
        for ward, beds in self._held.items():
            for bed, state in beds.items():
                if state.deadline is not None and (ward, bed) not in self._drafts:
                    yield (ward, bed), state.deadline
        for key, draft in self._drafts.items():
            if draft.deadline is not None:
                yield key, draft.deadline

    def finished(self) -> Alarms:
        """The alarms of all beds now."""
        if not self._drafts:
            return self._held
        held = {ward: dict(beds) for ward, beds in self._held.items()}
        for (ward, bed), draft in self._drafts.items():
            held.setdefault(ward, {})[bed] = draft.finished()[0]
        return held

    def _keys(self) -> set[BedKey]:
        return {(ward, bed) for ward, beds in self._held.items() for bed in beds} | {*self._drafts}
