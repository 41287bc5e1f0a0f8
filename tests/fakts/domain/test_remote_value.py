"""Typed values, and which of several holds."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakts_server.domain.remote_value import Entry, ValueKind, fits, is_key, merge


@pytest.mark.parametrize("key", ["a", "docker.sync_interval", "a-b.c_d.9"])
def test_keys(key):
    assert is_key(key)


@pytest.mark.parametrize("key", ["", "A", ".a", "a.", "a..b", "1a", "a b", "a\n", "x" * 201])
def test_what_is_no_key(key):
    assert not is_key(key)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (ValueKind.TEXT, ["", "x"], [1, None, "a\0", ["x"]]),
        (ValueKind.INTEGER, [0, -5, 2**70], [True, 1.0, "1", None]),
        (ValueKind.NUMBER, [1, 1.5], [True, float("nan"), float("inf"), "1"]),
        (ValueKind.BOOLEAN, [True, False], [0, 1, "true", None]),
        (ValueKind.JSON, [1, "x", {"a": [1]}, False], [None]),
    ],
)
def test_values_are_of_their_kind(kind, good, bad):
    assert all(fits(kind, value) for value in good)
    assert not any(fits(kind, value) for value in bad)


LEVELS = [(False, False), (True, False), (False, True), (True, True)]


@given(st.sets(st.sampled_from(LEVELS), min_size=1), st.randoms())
def test_the_most_special_value_holds_in_any_order(levels, chance: random.Random):
    entries = [Entry("k", level, has_app=level[0], has_device=level[1]) for level in levels]
    chance.shuffle(entries)
    best = max(levels, key=lambda level: (level[1], level[0]))
    assert merge(entries) == {"k": best}


def test_keys_do_not_touch_each_other():
    entries = [Entry("a", 1), Entry("b", 2, has_app=True), Entry("a", 3, has_device=True)]
    assert merge(entries) == {"a": 3, "b": 2}
