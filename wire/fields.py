"""The types that fields of several messages share, with the bounds of the contract."""

from datetime import datetime
from typing import Annotated, Final

import msgspec

MAX_SEQ: Final = 2**53 - 1
"""The largest integer that every JSON implementation keeps exactly (RFC 8259, section 6)."""

_WITHOUT_NUL: Final = r"^[^\u0000]*$"
"""PostgreSQL stores no NUL in a text, so a message with one could never reach the record."""

Text64 = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=_WITHOUT_NUL)]
Text256 = Annotated[str, msgspec.Meta(max_length=256, pattern=_WITHOUT_NUL)]
Sequence = Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)]
AwareTime = Annotated[datetime, msgspec.Meta(tz=True)]
