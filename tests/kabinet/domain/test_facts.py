"""Reading qualifiers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet_server.domain.facts import Facts, arch, facts_of, number, version


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x86_64", "amd64"),
        ("X86-64", "amd64"),
        ("linux/amd64", "amd64"),
        ("aarch64", "arm64"),
        ("linux/arm64/v8", "arm64"),
        (" riscv64 ", "riscv64"),
    ],
)
def test_architectures_have_one_name(text, name):
    assert arch(text) == name


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("12", (12,)),
        ("12.0.0", (12,)),
        ("8.10", (8, 10)),
        (" 6.1 ", (6, 1)),
        ("0", (0,)),
        ("", None),
        ("ampere", None),
        ("12.", None),
        ("-1", None),
        ("١٢", None),
    ],
)
def test_versions_are_read_as_numbers(text, parts):
    assert version(text) == parts


@pytest.mark.parametrize(
    ("text", "value"),
    [("16", 16), ("2.5", 2.5), ("-1", None), ("inf", None), ("nan", None), ("many", None)],
)
def test_numbers_are_finite_and_not_negative(text, value):
    assert number(text) == value


def test_the_last_value_of_a_key_counts():
    facts = facts_of([{"key": "a", "value": "1"}, {"key": "a", "value": "2"}])
    assert facts.text("a") == "2"
    assert facts.text("b") is None
    assert facts_of(None).values == {}


@pytest.mark.parametrize(
    ("qualifiers", "count"),
    [
        ({}, 0),
        ({"gpu": "True"}, 1),
        ({"gpu": "false"}, 0),
        ({"cuda.count": "0", "gpu": "true"}, 0),
        ({"cuda.count": "4"}, 4),
        ({"cuda.count": "some"}, 0),
    ],
)
def test_cards_are_counted(qualifiers, count):
    assert Facts(qualifiers).devices("cuda") == count


def test_the_old_word_for_a_card_means_nvidia_alone():
    assert Facts({"gpu": "true"}).devices("rocm") == 0


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=5))
def test_trailing_zeros_say_nothing(parts):
    text = ".".join(map(str, parts))
    assert version(text) == version(f"{text}.0.0")
