"""A zarr.json is read as the client writes it, and refused with a reason where it is not one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab import zarr_json

from chassis.errors import InvalidInput
from mikro_server.domain import zarr_meta

SHAPES = st.lists(st.integers(0, 10_000), min_size=1, max_size=6)


@given(SHAPES)
def test_a_plain_array_is_read(shape):
    chunks = [max(size, 1) for size in shape]
    found = zarr_meta.parse_array(zarr_json(shape, chunks=chunks))
    assert (found.shape, found.chunks, found.shards) == (shape, chunks, None)
    assert found.as_dict()["dtype"] == "uint16"


def test_the_inner_chunk_of_a_sharded_array_counts():
    data = zarr_json((200, 300), chunks=(64, 64), shards=[256, 320], names=["y", "x"])
    found = zarr_meta.parse_array(data)
    assert (found.chunks, found.shards) == ([64, 64], [256, 320])
    assert found.dimension_names == ["y", "x"]


def test_a_structured_type_keeps_its_name():
    data = zarr_json((4,), data_type={"name": "numpy.datetime64", "configuration": {}})
    assert zarr_meta.parse_array(data).dtype == "numpy.datetime64"


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": [1.5]},
        {"shape": [True]},
        {"shape": [2**63]},
        {"shape": [1] * 65},
        {"chunk_grid": {"name": "irregular"}},
        {"chunk_grid": None},
        {"codecs": []},
        {"codecs": None},
        {"data_type": 3},
        {"dimension_names": [3, 4]},
    ],
)
def test_what_is_wrong_is_said(changes):
    document = {**json.loads(zarr_json((4, 4))), **changes}
    with pytest.raises(InvalidInput) as refused:
        zarr_meta.parse_array(json.dumps(document).encode())
    assert refused.value.field == "storeId"


@given(st.binary(max_size=100))
def test_noise_is_refused(data):
    with pytest.raises(InvalidInput):
        zarr_meta.parse_array(data)
