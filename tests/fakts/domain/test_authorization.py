"""Requests of web apps: PKCE, return addresses, what has to happen first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakts_server.domain.authorization import (
    Next,
    Prompt,
    Visit,
    challenge_of,
    is_challenge,
    left_half,
    next_step,
    origins_of,
    uri_allowed,
    uri_problem,
    verifier_fits,
    with_answer,
)

NOW = datetime(2026, 5, 4, tzinfo=UTC)
ORIGIN = "https://lab.example"
VERIFIER = st.text("abcXYZ019-._~", min_size=43, max_size=128)


def test_the_challenge_is_the_one_of_the_rfc():
    """The example of RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@given(VERIFIER, VERIFIER)
def test_only_the_verifier_itself_fits(one, other):
    challenge = challenge_of(one)
    assert is_challenge(challenge)
    assert verifier_fits(one, challenge)
    assert verifier_fits(other, challenge) == (one == other)


@pytest.mark.parametrize("verifier", ["", "x" * 42, "x" * 129, "ä" * 43, "x" * 42 + "/"])
def test_a_verifier_of_a_wrong_form_never_fits(verifier):
    assert not verifier_fits(verifier, challenge_of(verifier))


def test_the_hash_of_a_token_is_the_one_of_the_specification():
    """An example of OpenID Connect Core, A.3."""
    token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    assert left_half(token) == "77QmUPtjPfzWtF2AnpK9RQ"


@pytest.mark.parametrize(
    ("uri", "rules", "allowed"),
    [
        ("https://a.example/done", ["https://a.example/done"], True),
        ("https://a.example/done", ["https://a.example/"], False),
        ("https://a.example/done?x=1", ["https://a.example/done"], False),
        ("https://a.example:444/done", ["https://a.example/done"], False),
        ("HTTPS://a.example/done", ["https://a.example/done"], False),
        ("https://lab.example/done", ["/done"], True),
        ("https://lab.example.evil.org/done", ["/done"], False),
        ("/done", ["/done"], False),
        ("", [""], True),
        ("http://127.0.0.1:5001/cb", ["http://127.0.0.1/cb"], True),
        ("http://127.0.0.1:5001/cb", ["http://127.0.0.1:80/cb"], True),
        ("http://[::1]:9/cb", ["http://[::1]/cb"], True),
        ("http://localhost:9/cb", ["http://127.0.0.1/cb"], False),
        ("http://127.0.0.1:9/other", ["http://127.0.0.1/cb"], False),
        ("http://127.0.0.1.evil.org/cb", ["http://127.0.0.1/cb"], False),
        ("http://127.0.0.1:9@evil.org/cb", ["http://127.0.0.1/cb"], False),
        ("https://127.0.0.1:9/cb", ["http://127.0.0.1/cb"], False),
        ("org.example.app:/cb", ["org.example.app:/cb"], True),
        ("https://a.example/done", [], False),
    ],
)
def test_return_addresses_are_compared_letter_by_letter(uri, rules, allowed):
    assert uri_allowed(uri, rules, ORIGIN) is allowed


@pytest.mark.parametrize(
    "uri",
    [
        "/login/done",
        "https://a.example/x",
        "http://localhost:3000/x",
        "http://[::1]/x",
        "org.example.app:/cb",
    ],
)
def test_these_can_be_registered(uri):
    assert uri_problem(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "//evil.example",
        "/\\evil.example",
        "/done#x",
        "https://a.example/#x",
        "http://a.example/",
        "https:///x",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.example/",
    ],
)
def test_these_cannot(uri):
    assert uri_problem(uri)


def test_origins_are_those_of_web_pages():
    rules = ["/done", "/silent", "https://a.example:444/x", "org.example.app:/cb"]
    assert origins_of(rules, ORIGIN) == [ORIGIN, "https://a.example:444"]


@pytest.mark.parametrize(
    ("uri", "whole"),
    [
        ("https://a.example/d", "https://a.example/d?code=a%26b&state=s"),
        ("https://a.example/d?x=1", "https://a.example/d?x=1&code=a%26b&state=s"),
        ("org.example.app:/cb", "org.example.app:/cb?code=a%26b&state=s"),
    ],
)
def test_an_answer_is_added_to_what_is_there(uri, whole):
    assert with_answer(uri, {"code": "a&b", "state": "s", "none": None}) == whole


ADA = Visit(is_logged_in=True, logged_in_at=NOW - timedelta(minutes=10), has_consented=True)
TEN = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("prompts", "max_age", "visit", "step"),
    [
        ([], None, ADA, Next.GRANT),
        ([Prompt.NONE], None, ADA, Next.GRANT),
        ([], TEN, ADA, Next.GRANT),
        ([], TEN - timedelta(seconds=1), ADA, Next.LOG_IN_AGAIN),
        ([], TEN, Visit(is_logged_in=True, has_consented=True), Next.LOG_IN_AGAIN),
        ([], None, Visit(is_logged_in=False), Next.LOG_IN),
        ([Prompt.LOGIN], None, ADA, Next.LOG_IN_AGAIN),
        ([Prompt.LOGIN, Prompt.CONSENT], None, ADA, Next.LOG_IN_AGAIN),
        ([Prompt.CONSENT], None, ADA, Next.ASK),
        ([Prompt.SELECT_ACCOUNT], None, ADA, Next.ASK),
        ([], None, Visit(is_logged_in=True), Next.ASK),
        (
            [],
            None,
            Visit(is_logged_in=True, has_consented=True, has_one_organization=False),
            Next.ASK,
        ),
        (
            [],
            None,
            Visit(is_logged_in=True, has_consented=True, is_expected_person=False),
            Next.LOG_IN_AGAIN,
        ),
    ],
)
def test_what_has_to_happen_first(prompts, max_age, visit, step):
    assert next_step(prompts, max_age, visit, NOW) is step
