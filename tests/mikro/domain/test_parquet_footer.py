"""The footer of a Parquet file: read right, and never trusted."""

from __future__ import annotations

import parquet_maker
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.errors import InvalidInput
from mikro_server.domain import parquet_footer
from mikro_server.domain.parquet_footer import ParquetColumn

NAMES = st.text(min_size=1, max_size=30)
COLUMNS = st.lists(st.tuples(NAMES, st.sampled_from(sorted(parquet_maker.TYPES))), max_size=40)


@given(COLUMNS, st.integers(0, 2**62))
def test_columns_and_rows_are_read(columns, rows):
    found = parquet_footer.parse_footer(parquet_maker.footer(columns, rows))
    assert found.rows == rows
    assert found.columns == tuple(ParquetColumn(*one) for one in columns)


@given(COLUMNS)
def test_the_length_stands_before_the_magic(columns):
    data = parquet_maker.parquet(columns)
    length = parquet_footer.footer_length(data[-8:], len(data))
    assert data[-8 - length : -8] == parquet_maker.footer(columns)


@given(st.binary(max_size=200))
def test_noise_is_refused_or_read_but_never_crashes(data):
    try:
        parquet_footer.parse_footer(data)
    except InvalidInput as error:
        assert error.field == "data"


@settings(max_examples=500)
@given(COLUMNS, st.integers(0, 300), st.integers(0, 255))
def test_a_changed_byte_never_crashes(columns, at, byte):
    data = bytearray(parquet_maker.footer(columns))
    data[at % len(data)] = byte
    try:
        parquet_footer.parse_footer(bytes(data))
    except InvalidInput as error:
        assert "footer" in error.message


@pytest.mark.parametrize("tail", [b"", b"PAR1", b"\x00\x00\x00\x00PAR2", b"\xff\xff\xff\xffPAR1"])
def test_what_does_not_end_as_parquet_is_refused(tail):
    with pytest.raises(InvalidInput):
        parquet_footer.footer_length(tail, 100)


#: Footers of one column: 4 = its name, 10 = its logical type, 1 = its plain type.
ROOT = b"\x48\x01r\x15\x02\x00"
MISFITS = {
    "a logical type that is a number": b"\x15\x02\x38\x01a\x65\x02\x00",
    "a unit of time that is empty": b"\x15\x02\x38\x01a\x6c\x8c\x2c\x00\x00\x00\x00",
    "columns that are numbers": None,
}


@pytest.mark.parametrize("what", MISFITS)
def test_a_misfit_inside_is_refused(what):
    column = MISFITS[what]
    columns = b"\x29\x25\x02\x02" if column is None else b"\x29\x2c" + ROOT + column
    with pytest.raises(InvalidInput):
        parquet_footer.parse_footer(columns + b"\x16\x02\x00")


def test_lists_in_lists_without_an_end_are_refused():
    with pytest.raises(InvalidInput):
        parquet_footer.parse_footer(b"\x29" + b"\x19" * 50_000)


def test_a_number_without_an_end_is_refused():
    for data in (b"\x15" + b"\xff" * 20, b"\x1c" * 100_000, b"\x19\xfc\xff\xff\xff\xff\x0f"):
        with pytest.raises(InvalidInput):
            parquet_footer.parse_footer(data)
