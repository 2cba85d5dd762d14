"""Nurses who repeat a cuff that reads high, where a scenario has them."""

from random import Random

import msgspec
import pytest

from simulator.cuff import CuffCycle
from simulator.pharmacology import published_pharmacology, with_repeated_cuffs, without_chance


def readings(sys_mmhg: list[float], *, is_repeated: bool) -> list[int]:
    """In which second each inflation begins, of a cuff that reads these in turn; 10 min apart."""
    pharmacology = without_chance(published_pharmacology())
    if is_repeated:
        pharmacology = with_repeated_cuffs(pharmacology)
    cycle = CuffCycle(pharmacology.cuff, Random(1), 0, ())
    begun: list[int] = []
    for second in range(3600):
        if cycle.ends(second * 1000):
            cycle.measure(sys_mmhg[len(begun) - 1], 80.0)
        if len(begun) < len(sys_mmhg) and cycle.begins(second * 1000):
            begun.append(second)
    return begun


@pytest.mark.parametrize(
    ("is_repeated", "sys_mmhg", "begun"),
    [
        (False, [160.0, 120.0, 120.0], [20, 620, 1220]),
        (True, [160.0, 120.0, 120.0], [20, 95, 695]),
        (True, [160.0, 160.0, 120.0], [20, 95, 695]),
        (True, [120.0, 160.0, 120.0], [20, 620, 695]),
    ],
)
def test_a_high_reading_is_repeated_once_where_somebody_does_so(
    is_repeated: bool, sys_mmhg: list[float], begun: list[int]
) -> None:
    assert readings(sys_mmhg, is_repeated=is_repeated) == begun


def test_whether_cuffs_are_repeated_is_all_that_differs() -> None:
    plain = published_pharmacology()
    cuff = msgspec.structs.replace(plain.cuff, is_repeated=True)
    assert with_repeated_cuffs(plain) == msgspec.structs.replace(plain, cuff=cuff)
