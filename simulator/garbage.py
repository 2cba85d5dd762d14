"""Messages that are not of the contract, as broken devices and gateways send them."""

from collections.abc import Iterator
from random import Random

from simulator.faults import Garbage, Window
from wire.decoding import MAX_PAYLOAD_BYTES

_SEQUENCED = b'{"boot": "x", "seq": 1, "time": '

NOT_OF_THE_CONTRACT = (
    b"",
    b"{",
    b"\xff\xfe\x00 not text",
    b"null",
    b'"a string"',
    b'{"hr": 78, "spo2": 97}',
    b'{"boot": "x", "seq": "one", "time": "2026-01-01T00:00:00.000+00:00"}',
    b'{"boot": "x", "seq": -1, "time": "2026-01-01T00:00:00.000+00:00"}',
    _SEQUENCED + b'"yesterday"}',
    _SEQUENCED + b'"2026-01-01T00:00:00.000"}',
    _SEQUENCED + b'"0001-01-01T00:00:00.000+00:00"}',
    _SEQUENCED + b'"2026-01-01T00:00:00.000+00:00", "hr": NaN}',
    _SEQUENCED + b'"2026-01-01T00:00:00.000+00:00", "hr": "--", "state": "flying"}',
    b"[" * (MAX_PAYLOAD_BYTES + 1),
)
"""Each is refused on every topic of a device, each for another reason."""


class GarbageSource:
    """Gives out garbage on the time line of its fault."""

    def __init__(self, fault: Garbage, start_ms: int, random: Random) -> None:
        self._window: Window = fault.window(start_ms)
        self._period_ms = round(fault.period_s * 1000)
        self._next_ms = self._window.from_ms
        self._random = random
        self._number = 0

    def due(self, at_ms: int) -> Iterator[bytes]:
        """What is to be sent until `at_ms`: each kind in turn, now and then pure noise."""
        while self._next_ms <= at_ms:
            if self._window.contains(self._next_ms):
                yield self._one()
            self._next_ms += self._period_ms

    def _one(self) -> bytes:
        self._number += 1
        if self._number % 5 == 0:
            return b"\x00" + self._random.randbytes(40)
        return NOT_OF_THE_CONTRACT[self._number % len(NOT_OF_THE_CONTRACT)]
