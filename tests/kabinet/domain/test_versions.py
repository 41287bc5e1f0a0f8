"""Order of versions."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet_server.domain.versions import Version, is_newer

IN_ORDER = [
    "0.9",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1-dev.3f2a9c1",
    "1.0.1",
    "1.9",
    "1.10",
    "2026.1.2",
]


@pytest.mark.parametrize(("old", "new"), list(itertools.pairwise(IN_ORDER)))
def test_versions_are_ordered_as_people_mean_them(old, new):
    assert is_newer(new, old)
    assert not is_newer(old, new)


@pytest.mark.parametrize(("one", "same"), [("1", "1.0.0"), ("v1.2", "1.2"), ("1.2+build", "1.2")])
def test_spellings_of_one_version_are_equal(one, same):
    assert Version(one) == Version(same)
    assert hash(Version(one)) == hash(Version(same))
    assert not is_newer(one, same)


texts = st.text(st.sampled_from("0123456789.abv-+"), max_size=12)


@given(texts, texts, texts)
def test_the_order_is_total_whatever_people_write(one, two, three):
    a, b, c = Version(one), Version(two), Version(three)
    assert (a < b) + (b < a) + (a == b) == 1
    if a <= b <= c:
        assert a <= c


def test_a_version_is_no_text():
    assert Version("1") != "1"
