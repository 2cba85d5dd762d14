"""Messages that keep to the contract and to nothing else, beside a session: no fault of ours."""

from typing import Any

import pytest

from infusion.ward import advance
from ingest.announcements import Announcer
from ingest.clocks import DeviceClocks
from ingest.publish import Publisher
from ingest.stream import Sequencer
from tests.fixtures.acted_ward import ActedWard
from tests.fixtures.chaos import MESSAGES, Chaos
from vocabulary.ids import BootId, WorkerId
from wire.published import decode_bed_state


class Readers:
    """Whoever reads what is published: it can be decoded."""

    def publish(self, topic: str, payload: bytes) -> None:
        if "/bed/" in topic and payload:
            decode_bed_state(payload)


class Committed:
    """What an intake has committed, as an announcer asks for it."""

    def __init__(self, ward: ActedWard) -> None:
        self.rules = ward.rules
        self.state = ward.state
        self.on_disk: dict[Any, Any] = {}

    def device(self, name: Any) -> Any:
        return self.state.devices.get(name)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_contract_has_a_word_for_is_concluded_from_and_shown(seed: int) -> None:
    ward = ActedWard().ready()
    if seed % 2:
        ward.run(60)
    clinic = ward.rules.clinic
    clocks = DeviceClocks(clinic.clocks, {})
    sequencer = Sequencer(clinic, clocks, [], ward.state, lambda _: 10_000)
    sequencer.reserve(10 * MESSAGES)
    committed = Committed(ward)
    publisher = Publisher(clinic, WorkerId("w"), BootId("i"))
    announcer = Announcer(Readers(), publisher, committed)  # type: ignore[arg-type]  # as much as it needs
    for number, raw in enumerate(Chaos(seed, ward.now).messages()):
        batch = sequencer.order([raw])
        assert batch.quarantined == []
        committed.state, found = advance(committed.state, batch.inputs, committed.rules)
        announcer.take(batch, found)
        if number % 10 == 0:
            announcer.say_everything(raw.received_at)
        announcer.tick(raw.received_at)
