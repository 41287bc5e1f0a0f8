"""Requests for a login that are wrong, and who is told so."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import jwt
import pytest
from webside import answer_of


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://x.example/r"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
    ],
)
def test_a_wrong_request_is_told_to_the_web_app(web, changes, error):
    answer = answer_of(web.ask(**changes))
    assert (answer["error"], answer["state"]) == (error, "st")
    assert answer["error_description"]
    assert "code" not in answer


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "nobody"},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/login/done"},
        {"redirect_uri": "http://127.0.0.1:8000/login/done/"},
        {"redirect_uri": "http://127.0.0.1:8000/login/done?x=1"},
        {"redirect_uri": "http://127.0.0.1:8000.evil.example/login/done"},
        {"redirect_uri": "http://127.0.0.1:8000@evil.example/login/done"},
        {"redirect_uri": "//evil.example/login/done"},
        {"redirect_uri": "/login/done"},
        {"state": "x" * 3000},
    ],
)
def test_a_stranger_is_never_sent_to(web, changes):
    answer = web.ask(**changes)
    assert answer.status_code == 400
    assert "Location" not in answer


def test_a_parameter_given_twice_is_refused(web):
    path = f"/fakts/o/authorize/?{urlencode(web.query())}&scope=write"
    assert web.browser.get(path).status_code == 400


def test_a_host_name_of_a_stranger_moves_no_address(web):
    answer = web.browser.get(
        f"/fakts/o/authorize/?{urlencode(web.query(redirect_uri='http://evil.example/login/done'))}",
        headers={"host": "evil.example"},
    )
    assert answer.status_code == 400


def test_a_form_of_another_site_works_like_a_link(web):
    answer = web.browser.post("/fakts/o/authorize/", web.query())
    assert answer.status_code == 303
    assert "code" in answer_of(web.browser.get(answer["Location"]))
