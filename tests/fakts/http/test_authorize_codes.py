"""The codes web apps are sent back with, and what they are exchanged for."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from webside import BACK, WebApp, answer_of, consent

from fakts_server.models.credential import AuthorizationCode
from fakts_server.operations.relying_party import relying_party_create


def test_a_code_works_once_and_its_tokens_end_with_a_second_use(web, api):
    code = answer_of(web.ask(scope="openid offline_access"))["code"]
    tokens = web.exchange(code).json()
    second = web.exchange(code)
    assert second.json()["error"] == "invalid_grant"
    assert api.refresh({**tokens, "client_id": "dashboard"}).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:8000/login/silent"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"client_id": "notebook"}, "invalid_grant"),
        ({"client_id": None}, "invalid_request"),
        ({"code": "bac_" + "x" * 43}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
    ],
)
def test_a_code_is_bound_to_all_it_was_asked_with(web, changes, error):
    code = answer_of(web.ask())["code"]
    answer = web.exchange(**{"code": code, **changes})
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert web.exchange(code).status_code == 200


def test_a_code_ends_after_a_minute(web, now):
    code = answer_of(web.ask())["code"]
    now.forward(61)
    assert web.exchange(code).json()["error"] == "invalid_grant"


def test_a_code_is_kept_as_its_hash(web):
    code = answer_of(web.ask())["code"]
    kept = AuthorizationCode.objects.get()
    assert code not in str(kept.__dict__)


def test_a_web_app_with_a_secret_has_to_know_it(web, lab):
    _, key = relying_party_create(
        client_id="server", name="Server", redirect_uris=[BACK], is_confidential=True
    )
    app = WebApp("server", BACK)
    app.browser = web.browser
    code = answer_of(consent(app, scope="openid offline_access"))["code"]
    for wrong in (None, "guess"):
        answer = app.exchange(code, client_secret=wrong)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer["WWW-Authenticate"].startswith("Basic")
    tokens = app.exchange(code, client_secret=key).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    post = web.browser.post
    kind = {"content_type": "application/x-www-form-urlencoded"}
    bare = post("/fakts/o/token/", urlencode({**refresh, "client_id": "server"}), **kind)
    assert bare.json()["error"] == "invalid_client"
    import base64

    basic = base64.b64encode(f"server:{key}".encode()).decode()
    full = post(
        "/fakts/o/token/", urlencode(refresh), headers={"authorization": f"Basic {basic}"}, **kind
    )
    assert full.status_code == 200, full.content
