"""How the fields of a struct are stored: one column a field, made from the field's own type.

Times are integer microseconds since 1970 in UTC, exact in both databases; enums are their words;
small lists and maps are JSON text, null when empty.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import inspect
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    Table,
    Text,
    select,
)
from sqlalchemy.types import TypeEngine

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

BigKey: Final = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit key that SQLite takes as its row id."""

S = TypeVar("S", bound=msgspec.Struct)
Value = Any
"""What a database driver takes and gives: text, number, bytes or None."""


def to_micros(time: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (time - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC time of `micros` since 1970."""
    return EPOCH + micros * _MICROSECOND  # a fifth quicker than to make a timedelta of them


class _FieldCodec:
    """One field: its column type, and how a value goes there and back (None as it is).

    `empty`: what null stands for, as it is written, where it stands for something empty.
    """

    def __init__(self, info: inspect.Type) -> None:
        self.is_optional = isinstance(info, inspect.UnionType)
        if isinstance(info, inspect.UnionType):
            (info,) = (kind for kind in info.types if not isinstance(kind, inspect.NoneType))
        self.type: type[TypeEngine[Any]] | TypeEngine[Any]
        self.encode: Callable[[Any], Value] | None = None
        self.decode: Callable[[Value], Any] | None = None
        self.empty: str | None = None
        match info:
            case inspect.DateTimeType():
                self.type, self.encode, self.decode = BigInteger, to_micros, from_micros
            case inspect.EnumType(cls=words):
                self.type, self.encode, self.decode = Text, attrgetter("value"), _reader_of(words)
            case inspect.StrType():
                self.type = Text
            case inspect.BoolType():
                self.type, self.decode = Boolean, bool
            case inspect.IntType():
                self.type = BigKey
            case inspect.FloatType():
                self.type = Float(53)
            case inspect.BytesType():
                self.type, self.decode = LargeBinary, bytes
            case inspect.DictType() | inspect.VarTupleType():
                self.type, self.is_optional = Text, True
                self.encode, self.decode = _encode_json, _json_decoder(info)
                self.empty = "{}" if isinstance(info, inspect.DictType) else "()"
            case _:
                raise TypeError(f"no column for {info}")


class StructColumns(Generic[S]):
    """The columns of a struct type, and its rows."""

    def __init__(self, struct: type[S]) -> None:
        info = inspect.type_info(struct)
        assert isinstance(info, inspect.StructType)
        self._struct = struct
        self.names = tuple(field.name for field in info.fields)
        self._codecs = [_FieldCodec(field.type) for field in info.fields]
        self._get = attrgetter(*self.names)
        self._encoders = [
            (index, codec.encode)
            for index, codec in enumerate(self._codecs)
            if codec.encode is not None
        ]
        self.item: Callable[[tuple[Value, ...]], S] = _reader(struct, self.names, self._codecs)
        """The struct that a row (in the order of `names`) is."""

    def columns(self, *, key: str | None = None) -> list[Column[Any]]:
        """One column for each field; `key` names the primary key."""
        return [
            Column(
                name,
                codec.type,
                primary_key=name == key,
                autoincrement=False,
                nullable=codec.is_optional,
            )
            for name, codec in zip(self.names, self._codecs, strict=True)
        ]

    def row(self, item: S) -> tuple[Value, ...]:
        """The row that `item` is, in the order of `names`."""
        values = list(self._get(item))
        for index, encode in self._encoders:
            if values[index] is not None:
                values[index] = encode(values[index])
        return tuple(values)


def _reader(
    struct: type[S], names: tuple[str, ...], codecs: list[_FieldCodec]
) -> Callable[[tuple[Value, ...]], S]:
    """What makes a struct of a row, written out for its columns.

    A report of a session reads 17,000 rows of two dozen columns. To look up for each value what is
    to be done to it took three times as long as what is done.
    """
    given: dict[str, Any] = {"struct": struct, "epoch": EPOCH, "microsecond": _MICROSECOND}
    values = [f"value_{place}" for place in range(len(names))]
    parts = []
    for place, (value, codec) in enumerate(zip(values, codecs, strict=True)):
        told, if_null = value, "None"
        if codec.decode is from_micros:
            told = f"epoch + {value} * microsecond"
        elif codec.decode is not None:
            given[f"decode_{place}"] = codec.decode
            told = f"decode_{place}({value})"
        if codec.empty is not None:
            if_null = codec.empty
        if codec.decode is not None and codec.is_optional:
            told = f"{if_null} if {value} is None else {told}"
        parts.append(f"{names[place]}={told}")
    source = f"def read(row):\n  {', '.join(values)}, = row\n  return struct({', '.join(parts)})"
    exec(source, given)  # noqa: S102 - our own words: names of fields, and nothing that came in
    read: Callable[[tuple[Value, ...]], S] = given["read"]
    return read


def _reader_of(words: type[Enum]) -> Callable[[Value], Any]:
    """The member of a word. Raises ValueError for a word that is none."""
    members = {member.value: member for member in words}

    def read(word: Value) -> Enum:
        return members.get(word) or words(word)

    return read


def _encode_json(value: dict[Any, Any] | tuple[Any, ...]) -> str | None:
    if not value:
        return None
    return msgspec.json.encode(value, order="sorted").decode()


def _json_decoder(info: inspect.DictType | inspect.VarTupleType) -> Callable[[Value], Any]:
    if isinstance(info, inspect.DictType):
        key, value = (_python_type(part) for part in (info.key_type, info.value_type))
        decoder = msgspec.json.Decoder(dict[key, value])  # type: ignore[valid-type]  # at run time
    else:
        item = _python_type(info.item_type)
        decoder = msgspec.json.Decoder(tuple[item, ...])  # type: ignore[valid-type]  # at run time
    return decoder.decode


def _python_type(info: inspect.Type) -> type[Any]:
    match info:
        case inspect.EnumType(cls=words):
            return words
        case inspect.StrType():
            return str
        case inspect.IntType():
            return int
        case inspect.VarTupleType() | inspect.TupleType():
            return tuple
        case _:
            raise TypeError(f"no JSON form for {info}")


def selected(table: Table, columns: StructColumns[Any]) -> Any:  # noqa: ANN401  # a Select of many
    """A query of the columns of a struct, in their order."""
    named: list[Column[Any]] = [table.c[name] for name in columns.names]
    return select(*named)
