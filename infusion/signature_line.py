"""A signature as it is printed, wherever that is."""

from datetime import datetime

import msgspec


class SignatureLine(msgspec.Struct, frozen=True, kw_only=True):
    """A signature as every printed form shows it (21 CFR 11.50): name, role, time, meaning.

    `content_hash`: of the content it stands under. `exception`: why it was signed with one.
    """

    printed_name: str
    role: str
    at: datetime
    zone: str
    meaning: str
    content_hash: str
    signature_hash: str = ""
    exception: str = ""
