"""What the parts of a scenario are made of: named, checked, and nothing that is not known."""

from typing import Annotated

import msgspec

from vocabulary.ids import NAME_PATTERN

Name = Annotated[str, msgspec.Meta(pattern=f"^{NAME_PATTERN.pattern}$")]
Weight = Annotated[float, msgspec.Meta(gt=0.2, le=650)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=1e6)]
NotNegative = Annotated[float, msgspec.Meta(ge=0, le=1e6)]
ClockOffset = Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part of a scenario; a key that is misspelt is refused."""
