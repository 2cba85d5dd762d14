"""The closed lists: every word once, written as it goes over the wire, and frozen."""

import dataclasses
import re
from enum import Enum

import pytest

from vocabulary import alarms, roles, signals, states
from vocabulary.ids import NAME_PATTERN

LISTS = [
    held
    for module in (alarms, roles, signals, states)
    for held in vars(module).values()
    if isinstance(held, type) and issubclass(held, Enum) and held is not Enum
]


@pytest.mark.parametrize("words", LISTS)
def test_a_closed_list_has_each_word_once(words: type[Enum]) -> None:
    assert list(words.__members__.values()) == list(words), "two names stand for one word"


@pytest.mark.parametrize("words", LISTS)
def test_a_word_is_text_and_its_name_is_the_word(words: type[Enum]) -> None:
    for name, word in words.__members__.items():
        assert isinstance(word, str)
        assert re.sub(r"[ -]", "_", str(word.value)).upper() == name


def test_a_word_with_a_space_is_only_one_that_people_read() -> None:
    spaced = {
        word for words in LISTS for word in words if not re.fullmatch("[a-z0-9_]+", word.value)
    }
    assert spaced == {states.SessionState.READY_FOR_SIGN_OFF}


def test_nothing_in_the_vocabulary_changes() -> None:
    signal = signals.SIGNALS[signals.SignalName.HR]
    with pytest.raises(dataclasses.FrozenInstanceError):
        signal.label = "Pulse"  # type: ignore[misc]  # frozen, as this test says
    with pytest.raises(dataclasses.FrozenInstanceError):
        signal.possible.low = 0  # type: ignore[misc]  # frozen, as this test says


@pytest.mark.parametrize("name", ["1", "bed-3", "North_2", "x" * 64])
def test_a_name_is_letters_digits_hyphen_and_underscore(name: str) -> None:
    assert NAME_PATTERN.fullmatch(name)


@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "a/b", "+", "#", "é", "\u0661", "a\n"])
def test_anything_else_is_no_name(name: str) -> None:
    assert not NAME_PATTERN.fullmatch(name)
