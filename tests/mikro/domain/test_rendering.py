"""Contrast, colour and size of pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from PIL import Image

from chassis.errors import InvalidInput
from mikro_server.domain.kinds import ColorMap
from mikro_server.domain.rendering import (
    Contrast,
    blended,
    coloured,
    encoded,
    flattened,
    raw,
    shrunk,
)

EVERYTHING = Contrast(low_percentile=0, high_percentile=100)


def test_percentiles_leave_out_what_sticks_out():
    values = np.concatenate([np.arange(1000.0), [10**9]]).reshape(1, -1)
    low, high = Contrast().limits(values)
    assert 5 < low < 15
    assert 990 < high < 1000
    assert EVERYTHING.limits(values) == (0, 10**9)


def test_limits_that_are_given_win():
    values = np.arange(100.0).reshape(10, 10)
    assert Contrast(low=3, high=4).limits(values) == (3, 4)
    assert Contrast(low=3, low_percentile=0, high_percentile=100).limits(values) == (3, 99)


def test_what_is_no_number_is_not_looked_at_and_black():
    values = np.array([[np.nan, np.inf], [0.0, 10.0]])
    assert EVERYTHING.limits(values) == (0, 10)
    picture = coloured(values, EVERYTHING, ColorMap.GREY)
    assert picture[0, 0].tolist() == [0, 0, 0]
    assert picture[0, 1].tolist() == [255, 255, 255]
    nothing = np.full((2, 2), np.nan)
    assert Contrast().limits(nothing) == (0, 0)
    assert not coloured(nothing, Contrast(), ColorMap.GREY).any()


@pytest.mark.parametrize("value", [0, 7])
def test_one_value_everywhere_is_dark(value):
    assert not coloured(np.full((3, 3), value), Contrast(), ColorMap.GREY).any()


@given(nps.arrays(np.int16, (5, 7)))
def test_brighter_values_are_never_drawn_darker(values):
    grey = coloured(values, Contrast(), ColorMap.GREY)[..., 0].ravel()
    order = np.argsort(values.ravel(), kind="stable")
    assert (np.diff(grey[order].astype(int)) >= 0).all()


@given(
    nps.arrays(
        st.sampled_from([np.uint8, np.int64, np.float32, np.bool_]),
        nps.array_shapes(min_dims=2, max_dims=2, max_side=6),
    ),
    st.sampled_from(sorted(ColorMap, key=str)),
)
def test_whatever_the_numbers_there_is_a_picture(values, colormap):
    picture = coloured(values, Contrast(), colormap)
    assert (picture.shape, picture.dtype) == ((*values.shape, 3), np.uint8)
    image = Image.open(io.BytesIO(encoded(picture, "png")))
    assert np.array_equal(np.asarray(image), picture)


def test_depth_is_seen_by_its_brightest():
    values = np.zeros((2, 3, 4, 5))
    values[1, 2, 3, 4] = 9
    flat = flattened(values)
    assert flat.shape == (4, 5)
    assert flat[3, 4] == 9
    assert flat.sum() == 9


def test_large_planes_are_thinned_but_not_below_what_is_wanted():
    assert shrunk(np.zeros((1000, 4000)), 256).shape == (143, 572)
    assert shrunk(np.zeros((300, 300)), 256).shape == (300, 300)
    assert shrunk(np.zeros((0, 3)), 256).shape == (0, 3)


def test_light_adds_up_and_does_not_overflow():
    red = np.full((1, 1, 3), [200, 0, 0], np.uint8)
    white = np.full((1, 1, 3), 100, np.uint8)
    assert blended([red, white])[0, 0].tolist() == [255, 100, 100]
    assert blended([red])[0, 0].tolist() == [200, 0, 0]


def test_pictures_are_sent_as_asked_and_no_larger():
    picture = np.full((40, 80, 3), 120, np.uint8)
    for kind, name in (("png", "PNG"), ("webp", "WEBP")):
        image = Image.open(io.BytesIO(encoded(picture, kind, 20)))
        assert (image.format, image.size) == (name, (20, 10))
    assert Image.open(io.BytesIO(encoded(picture, "png", 500))).size == (80, 40)
    with pytest.raises(InvalidInput):
        encoded(picture[:0], "png")


@pytest.mark.parametrize("dtype", ["<u2", ">u2", "<f8", ">f4", "u1"])
def test_raw_numbers_are_little_endian_and_in_order(dtype):
    values = np.arange(12).astype(dtype).reshape(3, 4)
    expected = values.T.astype(np.dtype(dtype).newbyteorder("<")).tobytes()
    assert raw(values.T) == expected
