"""Writes the smallest Parquet files: no rows, and a footer with the columns asked for.

Independent of the reader under test: fields are written one by one in thrift's compact protocol.
"""

from __future__ import annotations

#: DuckDB's name: (physical type, converted type, bytes of the logical type).
TYPES: dict[str, tuple[int, int | None, bytes]] = {
    "BOOLEAN": (0, None, b""),
    "INTEGER": (1, None, b""),
    "BIGINT": (2, None, b""),
    "FLOAT": (4, None, b""),
    "DOUBLE": (5, None, b""),
    "BLOB": (6, None, b""),
    "VARCHAR": (6, 0, b"\x1c\x00\x00"),
    "USMALLINT": (1, 12, b"\xac\x13\x10\x12\x00\x00"),
    "DATE": (1, 6, b""),
    "TIMESTAMP": (2, 10, b"\x8c\x12\x1c\x2c\x00\x00\x00\x00"),
}


def varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def zigzag(value: int) -> bytes:
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def text(value: str) -> bytes:
    data = value.encode()
    return varint(len(data)) + data


def element(name: str, dtype: str) -> bytes:
    """A SchemaElement: type=1, repetition=3, name=4, converted=6, logical=10."""
    physical, converted, logical = TYPES[dtype]
    body = b"\x15" + zigzag(physical) + b"\x25" + zigzag(1) + b"\x18" + text(name)
    last = 4
    if converted is not None:
        body += bytes([(6 - last) << 4 | 5]) + zigzag(converted)
        last = 6
    if logical:
        body += bytes([(10 - last) << 4 | 12]) + logical
    return body + b"\x00"


def footer(columns, rows: int = 0) -> bytes:
    """FileMetaData: version=1, schema=2, rows=3, row groups=4."""
    root = b"\x48" + text("schema") + b"\x15" + zigzag(len(columns)) + b"\x00"
    elements = [root, *(element(name, dtype) for name, dtype in columns)]
    size = len(elements)
    head = bytes([size << 4 | 12]) if size < 15 else b"\xfc" + varint(size)
    schema = head + b"".join(elements)
    return b"\x15" + zigzag(2) + b"\x19" + schema + b"\x16" + zigzag(rows) + b"\x19\x0c" + b"\x00"


def parquet(columns, rows: int = 0) -> bytes:
    """A whole file."""
    data = footer(columns, rows)
    return b"PAR1" + data + len(data).to_bytes(4, "little") + b"PAR1"
