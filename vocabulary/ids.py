"""Identifiers, each its own type, so that a bed is never passed where a device belongs."""

import re
from typing import Final, NewType

WardId = NewType("WardId", str)
BedId = NewType("BedId", str)
DeviceId = NewType("DeviceId", str)
WorkerId = NewType("WorkerId", str)
SessionId = NewType("SessionId", str)
ObservationId = NewType("ObservationId", str)
"""One form of observations that was saved."""
AdverseEventId = NewType("AdverseEventId", str)
BootId = NewType("BootId", str)
"""One run of a device (or of a worker), from power-on to power-off; `seq` restarts with it."""
CounterId = NewType("CounterId", str)
"""One run of a pump's volume counter, from zero to the next time it is cleared."""

NAME_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a ward, bed, device or worker may be called (device contract, Topics)."""

SELF_TEST_DEVICE: Final = DeviceId("selftest")
"""The device whose alarms are tests: a dashboard speaks as it, at the first bed of a ward."""
