"""Names of browsers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakts_server.domain.browser import browser_name


@pytest.mark.parametrize(
    ("agent", "names"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", ("Firefox", "Linux")),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537.36 Edg/140", ("Edge", "Windows")),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537.36", ("Chrome", "Windows")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14) Version/18 Safari/605", ("Safari", "Mac")),
        ("Mozilla/5.0 (iPhone; like Mac OS X) CriOS/140 Safari/604", ("Chrome", "iPhone")),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile Safari", ("Chrome", "Android")),
        ("curl/8.5", ("curl", "")),
        ("", ("", "")),
    ],
)
def test_browsers_are_called_what_people_call_them(agent, names):
    assert browser_name(agent) == names


@given(st.text())
def test_whatever_comes_is_no_markup(agent):
    assert "<" not in "".join(browser_name(agent))
