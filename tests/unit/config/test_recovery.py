"""Scores and discharge in `protocol.yaml`: what it says, and how bad ones are told."""

from pathlib import Path

import msgspec
import pytest

from config.clinic import read_clinic
from config.problems import BadConfiguration
from tests.fixtures.recovery import discharge_rules, score_rules

SHIPPED = Path(__file__).resolve().parents[3] / "config"


def test_the_shipped_numbers_are_those_of_the_tests() -> None:
    clinic = read_clinic(SHIPPED)
    assert clinic.scores == score_rules()
    assert msgspec.structs.replace(clinic.discharge, items=()) == msgspec.structs.replace(
        discharge_rules(), items=()
    )
    assert {"steady", "oriented", "advice"} <= {item.item for item in clinic.discharge.items}


@pytest.mark.parametrize(
    ("find", "put", "told"),
    [
        ('    "4": high\n', "", "config/protocol.yaml: scores: cssrs.'4' is missing"),
        ('"1": low', '"1": dire', "config/protocol.yaml: scores.cssrs.1: should be"),
        ("cuff_under_dia: 100", "cuff_under_dia: 160", "cuff_under_dia 160 must be less than"),
        ("blocked_from: high", "blocked_from: none", "would keep everybody here"),
        ("moaas_from: 5", "moaas_from: 6", "discharge.moaas_from"),
        ("item: oriented", "item: steady", "discharge.items[1].item: 'steady' is there twice"),
        ("  window_min: 15\n  # What a yes", "  # What a yes", "scores.window_min: is missing"),
    ],
)
def test_a_bad_value_is_told_with_file_key_and_reason(
    protocol: Path, find: str, put: str, told: str
) -> None:
    text = protocol.read_text()
    assert find in text
    protocol.write_text(text.replace(find, put, 1))
    with pytest.raises(BadConfiguration) as failed:
        read_clinic(protocol.parent)
    assert told in str(failed.value)
