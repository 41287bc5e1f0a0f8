"""What is kept of a container's output."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet_server.domain.logs import MASK, kept_logs

KEY = "bmk_" + "a1-_" * 8
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "line",
    [
        f"using {KEY} now",
        f"FAKTS_MANDATE_KEY={KEY}",
        f"arkitekt run prod --mandate-key {'x' * 20}",
        f"Authorization: Bearer {'t' * 30}==",
        f"got {JWT}",
        f"password={'p' * 9} user=ada",
        f"TOKEN={'k' * 9}",
    ],
)
def test_keys_never_stand_in_a_kept_log(line):
    kept = kept_logs(line, 1000)
    assert MASK in kept
    for secret in (KEY, "x" * 20, "t" * 30, JWT, "p" * 9, "k" * 9):
        assert secret not in kept


def test_the_rest_of_the_line_stays():
    assert kept_logs(f"before {KEY} after", 1000) == f"before {MASK} after"
    assert kept_logs("an ordinary line\n", 1000) == "an ordinary line\n"


def test_the_end_of_a_long_log_is_kept_and_is_text():
    text = "ä" * 100 + "end"
    kept = kept_logs(text, 10)
    assert kept.endswith("end")
    assert len(kept.encode()) <= 10
    assert "\ufffd" not in kept


def test_control_bytes_that_no_database_takes_are_dropped():
    assert kept_logs("a\x00b", 10) == "ab"
    assert kept_logs("\ud800", 10) == "?"


@given(st.text(max_size=200), st.integers(0, 50))
def test_a_kept_log_fits(text, most):
    assert len(kept_logs(text, most).encode()) <= most
