"""Random numbers that depend on nothing but the seed and what they are for."""

from hashlib import blake2b
from random import Random


def seeded_stream(seed: int, *purpose: object) -> Random:
    """A stream of its own for each purpose, the same on every machine and in every order."""
    name = "|".join(str(part) for part in (seed, *purpose))
    return Random(name)  # noqa: S311 - a simulated patient is no secret


def seeded_name(seed: int, *purpose: object) -> str:
    """A name of ten characters that is the same for the same seed and purpose."""
    text = "|".join(str(part) for part in (seed, *purpose))
    return blake2b(text.encode(), digest_size=5).hexdigest()
