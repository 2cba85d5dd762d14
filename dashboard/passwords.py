"""Passwords, hashed with argon2id (RFC 9106). Hashing takes tens of milliseconds and blocks."""

from functools import lru_cache
from itertools import pairwise
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH: Final = 10
"""NIST SP 800-63B asks for at least 8; a shared ward PC without a second factor for more."""
MAX_LENGTH: Final = 256
PIN_LENGTHS: Final = (6, 12)
"""Digits. NIST SP 800-63B takes six for a memorised secret that is guessed at only slowly."""

_hasher: Final = PasswordHasher()


class WeakPassword(ValueError):
    """A password or PIN that is not taken; the text says why."""


def hash_password(password: str) -> str:
    """The argon2id hash of `password`. Raises WeakPassword if it is too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise WeakPassword(f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters.")
    return _hasher.hash(password)


def hash_pin(pin: str) -> str:
    """The argon2id hash of a PIN. Raises WeakPassword if it is no PIN or easily guessed."""
    shortest, longest = PIN_LENGTHS
    if not (pin.isascii() and pin.isdecimal() and shortest <= len(pin) <= longest):
        raise WeakPassword(f"A PIN has {shortest} to {longest} digits.")
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if len(steps) == 1:
        raise WeakPassword("A PIN is no row of one digit, and does not count up or down.")
    return _hasher.hash(pin)


def is_password(password: str, hashed: str | None) -> bool:
    """Whether `hashed` is the hash of `password`.

    Takes as long where there is no such account (None), so that the time tells nobody which
    logins exist.
    """
    try:
        tried = password if len(password) <= MAX_LENGTH else ""
        matches = _hasher.verify(_nobodys_hash() if hashed is None else hashed, tried)
    except (VerificationError, InvalidHashError):
        return False
    return matches and hashed is not None


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
