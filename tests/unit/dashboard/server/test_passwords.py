"""Passwords."""

import pytest

from dashboard.passwords import MAX_LENGTH, MIN_LENGTH, WeakPassword, hash_password, is_password


def test_a_password_is_known_by_its_argon2id_hash() -> None:
    hashed = hash_password("correct horse battery")
    assert hashed.startswith("$argon2id$")
    assert is_password("correct horse battery", hashed)
    assert not is_password("correct horse batterz", hashed)


@pytest.mark.parametrize("hashed", [None, "", "not a hash"])
def test_nobody_has_a_password(hashed: str | None) -> None:
    assert not is_password("nobody has this password", hashed)


@pytest.mark.parametrize("length", [0, MIN_LENGTH - 1, MAX_LENGTH + 1])
def test_a_password_too_short_or_too_long_is_not_taken(length: int) -> None:
    with pytest.raises(WeakPassword, match="10 to 256"):
        hash_password("x" * length)


def test_a_password_longer_than_any_matches_none_that_begins_like_it() -> None:
    hashed = hash_password("x" * MAX_LENGTH)
    assert not is_password("x" * (MAX_LENGTH + 1), hashed)
