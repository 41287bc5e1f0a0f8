"""Origins: what may be echoed, and how it reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakts_server.domain.origin import Origin, host_allowed, origin_from_host, origin_from_url


@pytest.mark.parametrize(
    ("scheme", "header", "url"),
    [
        ("http", "localhost:8000", "http://localhost:8000"),
        ("http", "127.0.0.1", "http://127.0.0.1"),
        ("http", "[::1]:8000", "http://[::1]:8000"),
        ("https", "lab.example.org:443", "https://lab.example.org"),
        ("https", "LAB.example.org", "https://lab.example.org"),
        ("http", "lab.example.org:443", "http://lab.example.org:443"),
    ],
)
def test_hosts_become_origins(scheme, header, url):
    origin = origin_from_host(scheme, header)
    assert origin is not None
    assert origin.url == url


@pytest.mark.parametrize(
    "header",
    ["", "a b", "a/b", "a@b", "a:b", "a:0", "a:99999", "a\r\nX: y", "[::1", "a#b", "a?b", "ä.de"],
)
def test_what_is_no_host_is_refused(header):
    assert origin_from_host("http", header) is None


def test_only_web_schemes_are_origins():
    assert origin_from_host("ftp", "localhost") is None


@pytest.mark.parametrize(
    ("host", "reach"),
    [
        ("localhost", "loopback"),
        ("app.localhost", "loopback"),
        ("127.0.0.1", "loopback"),
        ("[::1]", "loopback"),
        ("192.168.1.4", "lan"),
        ("10.0.0.1", "lan"),
        ("8.8.8.8", "public"),
        ("lab.example.org", None),
    ],
)
def test_reach_follows_from_the_host(host, reach):
    assert Origin("http", host).reach == reach


@pytest.mark.parametrize(
    ("host", "rules", "allowed"),
    [
        ("localhost", ["localhost"], True),
        ("LOCALHOST", ["localhost"], True),
        ("localhost.", ["localhost"], True),
        ("evil.example", ["localhost"], False),
        ("a.lab.org", [".lab.org"], True),
        ("lab.org", [".lab.org"], True),
        ("evillab.org", [".lab.org"], False),
        ("anything", ["*"], True),
        ("localhost", [], False),
    ],
)
def test_hosts_are_held_against_the_rules(host, rules, allowed):
    assert host_allowed(host, rules) is allowed


@given(
    st.sampled_from(["http", "https"]),
    st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True),
    st.none() | st.integers(1, 65535),
)
def test_an_origin_survives_its_own_url(scheme, host, port):
    origin = Origin(scheme, host, port)
    assert origin_from_url(origin.url).url == origin.url
