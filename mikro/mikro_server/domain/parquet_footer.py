"""The footer of a Parquet file: just enough of it to know the columns and the number of rows.

A Parquet file ends with a thrift struct (compact protocol), its length and four magic bytes. Only
that is read; the whole of a reader library would weigh more than all of this service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chassis.errors import InvalidInput

MAGIC = b"PAR1"
#: Bytes after the footer: its length and the magic.
TAIL_BYTES = 8
#: Schemas of ten thousand columns with statistics stay below this.
MOST_BYTES = 32 * 1024 * 1024
_MOST_NESTING = 64

_PLAIN = {0: "BOOLEAN", 1: "INTEGER", 2: "BIGINT", 3: "TIMESTAMP", 4: "FLOAT", 5: "DOUBLE"}
_INTEGERS = {
    (8, True): "TINYINT",
    (16, True): "SMALLINT",
    (32, True): "INTEGER",
    (64, True): "BIGINT",
    (8, False): "UTINYINT",
    (16, False): "USMALLINT",
    (32, False): "UINTEGER",
    (64, False): "UBIGINT",
}
#: ConvertedType, the older way of saying it.
_CONVERTED = {
    0: "VARCHAR",
    4: "VARCHAR",
    6: "DATE",
    7: "TIME",
    8: "TIME",
    9: "TIMESTAMP",
    10: "TIMESTAMP",
    11: "UTINYINT",
    12: "USMALLINT",
    13: "UINTEGER",
    14: "UBIGINT",
    15: "TINYINT",
    16: "SMALLINT",
    17: "INTEGER",
    18: "BIGINT",
    19: "VARCHAR",
}
#: What comes of taking a stranger's bytes for a footer.
_UNREADABLE = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    StopIteration,
    OverflowError,
    RecursionError,
)
_NESTED = "NESTED"
_REPEATED = 2


@dataclass(frozen=True, slots=True)
class ParquetColumn:
    """One top-level column; `dtype` as DuckDB calls it, `NESTED` for lists, maps and structs."""

    name: str
    dtype: str


@dataclass(frozen=True, slots=True)
class ParquetFooter:
    """What a file says of itself."""

    rows: int
    columns: tuple[ParquetColumn, ...]


def footer_length(tail: bytes, size: int) -> int:
    """Return the length of the footer, read from the last eight bytes of a file."""
    if len(tail) != TAIL_BYTES or tail[4:] != MAGIC:
        raise _bad("it is not a Parquet file")
    length = int.from_bytes(tail[:4], "little")
    if length > MOST_BYTES or length + TAIL_BYTES + len(MAGIC) > size:
        raise _bad("its footer has no possible length")
    return length


def parse_footer(data: bytes) -> ParquetFooter:
    """Read the footer without its length and magic."""
    try:
        fields = _Compact(data).struct()
        elements = fields[2]
        rows = int(fields[3])
        columns = tuple(_columns(elements))
    except _UNREADABLE:
        raise _bad("its footer cannot be read") from None
    if rows < 0:
        raise _bad("its footer counts no possible number of rows")
    return ParquetFooter(rows, columns)


def _bad(problem: str) -> InvalidInput:
    return InvalidInput(f"The table cannot be used: {problem}.", field="data")


def _columns(elements: list[dict[int, Any]]) -> list[ParquetColumn]:
    """Return the children of the root; the elements are the tree in depth-first order."""
    found = []
    position = 1
    for _ in range(int(elements[0].get(5, 0))):
        element = elements[position]
        name = bytes(element[4]).decode()
        found.append(ParquetColumn(name, _dtype(element)))
        position = _after(elements, position)
    if position != len(elements):
        raise ValueError("the tree of columns is not whole")
    return found


def _after(elements: list[dict[int, Any]], position: int) -> int:
    left = 1
    while left:
        left += int(elements[position].get(5, 0)) - 1
        position += 1
    return position


def _dtype(element: dict[int, Any]) -> str:
    if element.get(5) or element.get(3) == _REPEATED:
        return _NESTED
    logical = element.get(10)
    if logical:
        named = _logical(*next(iter(logical.items())))
        if named is not None:
            return named
    converted = element.get(6)
    if converted == 5:
        return f"DECIMAL({element.get(8, 0)},{element.get(7, 0)})"
    if converted in _CONVERTED:
        return _CONVERTED[converted]
    return _PLAIN.get(int(element[1]), "BLOB")


def _logical(kind: int, body: dict[int, Any]) -> str | None:
    if kind == 10:
        return _INTEGERS.get((int(body[1]), bool(body[2])))
    if kind == 5:
        return f"DECIMAL({body.get(2, 0)},{body.get(1, 0)})"
    if kind == 8:
        unit = next(iter(body.get(2, {2: None})))
        return (
            "TIMESTAMP WITH TIME ZONE"
            if body.get(1)
            else ("TIMESTAMP_NS" if unit == 3 else "TIMESTAMP")
        )
    return {1: "VARCHAR", 4: "VARCHAR", 6: "DATE", 7: "TIME", 12: "JSON", 14: "UUID"}.get(kind)


class _Compact:
    """A reader of thrift's compact protocol into plain dictionaries keyed by field number."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._depth = 0

    def struct(self) -> dict[int, Any]:
        """Read the fields up to the stop byte."""
        self._depth += 1
        if self._depth > _MOST_NESTING:
            raise ValueError("nested too deeply")
        fields: dict[int, Any] = {}
        number = 0
        while (head := self._byte()) != 0:
            delta, kind = head >> 4, head & 0x0F
            number = number + delta if delta else self._signed()
            fields[number] = kind == 1 if kind in (1, 2) else self._value(kind)
        self._depth -= 1
        return fields

    def _value(self, kind: int) -> Any:
        if kind in (1, 2):
            return self._byte() == 1
        if kind == 3:
            return int.from_bytes(bytes([self._byte()]), "little", signed=True)
        if kind in (4, 5, 6):
            return self._signed()
        if kind == 7:
            return self._take(8)
        if kind == 8:
            return self._take(self._unsigned())
        if kind in (9, 10):
            return self._list()
        if kind == 12:
            return self.struct()
        raise ValueError(f"unknown type {kind}")

    def _list(self) -> list[Any]:
        head = self._byte()
        size = head >> 4
        if size == 15:
            size = self._unsigned()
        if size > len(self._data):
            raise ValueError("a list longer than the footer")
        return [self._value(head & 0x0F) for _ in range(size)]

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise ValueError("the footer ends early")
        self._at += count
        return self._data[self._at - count : self._at]

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number too long")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
