"""What of a boot is on disk: the same answers as a plain set, however messages come."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infusion.receipts import MOST_RANGES, Receipts, first_receipt
from vocabulary.ids import BootId, DeviceId, WardId

WARD, DEVICE, BOOT = WardId("north"), DeviceId("monitor-1"), BootId("b7")


def received(*seqs: int) -> Receipts:
    """The receipts once `seqs` have come, in this order."""
    first, *others = seqs
    receipts = first_receipt(WARD, DEVICE, BOOT, first)
    for seq in others:
        receipts = receipts.with_seq(seq)
    return receipts


def test_the_first_message_ever_seen_is_where_a_boot_begins() -> None:
    receipts = received(40)
    assert (receipts.first, receipts.upto, receipts.missing) == (40, 40, ())
    assert receipts.has(40)
    assert not receipts.has(39)
    assert not receipts.has(41)
    assert receipts.missing_count() == 0
    assert (receipts.ward, receipts.device, receipts.boot) == (WARD, DEVICE, BOOT)


def test_messages_in_order_leave_nothing_missing() -> None:
    assert received(0, 1, 2, 3) == Receipts(ward=WARD, device=DEVICE, boot=BOOT, first=0, upto=3)


def test_a_gap_is_missing_until_it_is_filled_from_wherever() -> None:
    receipts = received(0, 6)
    assert receipts.missing == ((1, 5),)
    assert receipts.missing_count() == 5
    assert (receipts := receipts.with_seq(3)).missing == ((1, 2), (4, 5))
    assert (receipts := receipts.with_seq(1)).missing == ((2, 2), (4, 5))
    assert (receipts := receipts.with_seq(5)).missing == ((2, 2), (4, 4))
    assert (receipts := receipts.with_seq(2)).missing == ((4, 4),)
    assert receipts.with_seq(4).missing == ()


def test_a_repeat_changes_nothing() -> None:
    receipts = received(3, 4, 9, 6)
    for seq in (3, 4, 6, 9):
        assert receipts.with_seq(seq) is receipts


def test_a_message_from_before_the_beginning_moves_the_beginning() -> None:
    assert received(5, 4) == Receipts(ward=WARD, device=DEVICE, boot=BOOT, first=4, upto=5)
    earlier = received(5, 9, 1)
    assert (earlier.first, earlier.upto) == (1, 9)
    assert earlier.missing == ((2, 4), (6, 8))
    assert not earlier.has(0)


def test_receipts_do_not_change_under_who_holds_them() -> None:
    before = received(0, 5)
    before.with_seq(2)
    before.with_seq(9)
    assert before == received(0, 5)


SEQS = st.one_of(
    st.lists(st.integers(0, 25), min_size=1, max_size=60),
    st.lists(st.integers(0, 2**53 - 1), min_size=1, max_size=12),
    st.permutations(range(12)),
)


@given(seqs=SEQS)
def test_in_any_order_with_any_repeats_they_answer_as_a_set_does(seqs: list[int]) -> None:
    receipts = first_receipt(WARD, DEVICE, BOOT, seqs[0])
    seen = {seqs[0]}
    for seq in seqs[1:]:
        grown = receipts.with_seq(seq)
        assert (grown is receipts) == (seq in seen)
        receipts = grown
        seen.add(seq)
        check(receipts, seen)


def check(receipts: Receipts, seen: set[int]) -> None:
    """The receipts of the messages `seen`: sorted ranges apart from each other, none empty."""
    assert (receipts.first, receipts.upto) == (min(seen), max(seen))
    assert receipts.missing_count() == receipts.upto - receipts.first + 1 - len(seen)
    for low, high in receipts.missing:
        assert receipts.first < low <= high < receipts.upto
    for (_, high), (low, _) in zip(receipts.missing, receipts.missing[1:], strict=False):
        assert high + 1 < low
    for seq in {near for at in seen for near in (at - 1, at, at + 1)}:
        assert receipts.has(seq) == (seq in seen)
    for low, high in receipts.missing:
        assert not seen & {low, high}
        assert {low - 1, high + 1} <= seen


@given(seqs=st.permutations(range(10)))
def test_once_all_have_come_the_order_leaves_no_trace(seqs: list[int]) -> None:
    assert received(*seqs) == received(*range(10))


@pytest.mark.parametrize("gaps", [1_000])
def test_with_a_thousand_gaps_they_answer_as_quickly_as_with_one(gaps: int) -> None:
    torn, whole = received(*range(0, 2 * gaps + 1, 2)), received(0, 2, 2 * gaps)
    assert torn.missing_count() == gaps

    def seconds(receipts: Receipts) -> float:
        """The best of five, so that a busy machine does not decide."""
        best = float("inf")
        for _ in range(5):
            began = time.perf_counter()
            for seq in range(0, 2 * gaps, 2):
                receipts.has(seq)
                receipts.with_seq(seq)
            best = min(best, time.perf_counter() - began)
        return best

    assert seconds(torn) < 10 * seconds(whole)


def test_as_many_gaps_as_are_kept_come_and_go_within_seconds() -> None:
    began = time.perf_counter()
    gaps = 2 * MOST_RANGES
    receipts = received(*range(0, gaps + 1, 2), *range(1, gaps, 2))
    assert (receipts.missing, receipts.given_up) == ((), 0)
    assert time.perf_counter() - began < 20


def test_a_device_that_leaves_out_every_second_number_makes_no_receipt_that_grows() -> None:
    last = 20 * MOST_RANGES
    receipts = received(*range(0, last + 1, 2))
    assert len(receipts.missing) == MOST_RANGES
    assert receipts.missing_count() == last // 2
    assert receipts.upto == last
    oldest, *others = receipts.missing
    assert oldest == (1, last - 2 * MOST_RANGES + 1)
    assert others == [(seq, seq) for seq in range(oldest[1] + 2, last, 2)]
    # nothing that did not come is claimed, and of what came in the given-up part nothing either
    assert not any(receipts.has(seq) for seq in range(1, last, 2))
    assert receipts.has(0)
    assert all(receipts.has(seq) for seq in range(oldest[1] + 1, last + 1, 2))


def test_what_is_given_up_is_not_taken_up_any_more_and_what_is_not_is() -> None:
    last = 4 * MOST_RANGES
    receipts = received(*range(0, last + 1, 2))
    for seq in (1, 2, 3, receipts.missing[0][1]):
        assert receipts.is_given_up(seq)
        assert receipts.with_seq(seq) is receipts
    assert not receipts.is_given_up(0)
    newest = last - 1
    assert not receipts.is_given_up(newest)
    filled = receipts.with_seq(newest)
    assert filled.has(newest)
    assert filled.missing_count() == receipts.missing_count() - 1
    for seq in range(receipts.missing[0][1] + 2, last, 2):
        filled = filled.with_seq(seq)
    assert filled.missing == receipts.missing[:1]
    assert filled.is_given_up(1), "it stays given up when there is room again"
    assert filled.missing_count() == receipts.given_up


@pytest.mark.parametrize(("seq", "more"), [(9, 0), (5, 4)])
def test_a_message_from_before_the_beginning_of_what_is_given_up_claims_nothing(
    seq: int, more: int
) -> None:
    receipts = received(*range(10, 10 + 4 * MOST_RANGES + 1, 2))
    earlier = receipts.with_seq(seq)
    assert (earlier.first, earlier.has(seq)) == (seq, True)
    assert earlier.missing_count() == receipts.missing_count() + more
    assert not any(earlier.has(missed) for missed in range(seq + 1, 10))
    assert len(earlier.missing) == MOST_RANGES


@given(
    seqs=st.lists(st.integers(0, 60), min_size=1, max_size=80),
    most=st.integers(1, 4),
)
def test_with_few_ranges_kept_no_claim_is_ever_wrong_and_no_count(
    seqs: list[int], most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infusion.receipts.MOST_RANGES", most)
        receipts, seen = first_receipt(WARD, DEVICE, BOOT, seqs[0]), {seqs[0]}
        for seq in seqs[1:]:
            is_closed = receipts.is_given_up(seq)
            receipts = receipts.with_seq(seq)
            if not is_closed:
                seen.add(seq)
            assert len(receipts.missing) <= most
            assert (receipts.first, receipts.upto) == (min(seen), max(seen))
            assert receipts.missing_count() == receipts.upto - receipts.first + 1 - len(seen)
            for other in range(62):
                known = receipts.has(other)
                assert known == (other in seen and not receipts.is_given_up(other))
