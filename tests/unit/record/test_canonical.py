"""The bytes of a row: the same for ever, or no record of today could be proven tomorrow."""

import hashlib

import msgspec

from infusion.digests import DeviceDigest
from record import schema
from record.canonical import CanonicalRows
from record.pinned_rows import PinnedRow, digest_of_rows, hash_of_rows, marks_of, proof_alone
from tests.fixtures.arrivals import vitals

ROWS = CanonicalRows(schema.vitals, schema.VITALS.names, "position")


def test_a_row_is_the_messagepack_array_of_its_table_and_its_values() -> None:
    row = schema.VITALS.row(vitals(7, hr=71.5, spo2=97.0, late=True))
    (digest,) = ROWS.hashes([row])
    packed = msgspec.msgpack.encode(["vitals", *row])
    assert digest == hashlib.sha256(packed).digest()
    assert packed.startswith(b"\xdc\x00\x18\xa6vitals\x01\xa5north\xa9monitor-1\xa2b1\x07")


def test_every_kind_of_value_gives_other_bytes() -> None:
    values = (None, 0, 0.0, "", "0", b"", b"0", 1, 1.0, float("nan"), float("inf"))
    hashes = list(ROWS.hashes([(value,) for value in values]))
    assert len(set(hashes)) == len(values)


def test_the_hash_of_rows_is_over_their_hashes_and_their_order() -> None:
    one, two = (PinnedRow(n, "vitals", hashlib.sha256(bytes([n])).digest()) for n in (3, 9))
    assert hash_of_rows([one, two]) == hashlib.sha256(one.hash + two.hash).hexdigest()
    assert hash_of_rows([two, one]) != hash_of_rows([one, two])


def test_a_digest_tells_where_each_row_is_and_how_its_hash_begins() -> None:
    rows = [PinnedRow(n, "vitals", hashlib.sha256(bytes([n])).digest()) for n in (3, 9, 10)]
    digest = digest_of_rows(rows)
    assert digest.places == (3, 6, 1)
    assert marks_of(digest) == {row.place: row.hash[:3] for row in rows}
    assert proof_alone(digest) == DeviceDigest(rows=3, hash=hash_of_rows(rows))
    assert marks_of(proof_alone(digest)) == {}
    assert digest_of_rows([]).rows == 0
