"""Colour maps: one for each name on the wire, and how channels get theirs."""

from __future__ import annotations

import pytest

from mikro_server.domain.colour import MOST_CHANNELS, STOPS, channel_maps
from mikro_server.domain.kinds import ColorMap


def test_every_name_has_colours():
    assert set(STOPS) == set(ColorMap)
    for name, stops in STOPS.items():
        assert len(stops) >= 2, name
        assert all(0 <= part <= 255 for stop in stops for part in stop), name


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        (ColorMap.GREY, (0, 0, 0), (255, 255, 255)),
        (ColorMap.BLACK, (255, 255, 255), (0, 0, 0)),
        (ColorMap.VIRIDIS, (0x44, 0x01, 0x54), (0xFD, 0xE7, 0x25)),
        (ColorMap.GREEN, (0, 0, 0), (0, 255, 0)),
    ],
)
def test_colours_run_from_the_lowest_to_the_highest(name, first, last):
    assert (STOPS[name][0], STOPS[name][-1]) == (first, last)


@pytest.mark.parametrize("name", [ColorMap.VIRIDIS, ColorMap.INFERNO, ColorMap.MAGMA])
def test_maps_for_measuring_grow_lighter_all_the_way(name):
    light = [0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in STOPS[name]]
    assert light == sorted(light)


def test_channels_are_told_apart():
    assert channel_maps(0) == channel_maps(1) == (ColorMap.GREY,)
    assert channel_maps(3) == (ColorMap.RED, ColorMap.GREEN, ColorMap.BLUE)
    for count in range(1, MOST_CHANNELS + 1):
        assert len(set(channel_maps(count))) == count
