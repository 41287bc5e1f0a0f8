"""Metadata, userinfo and log-out of OpenID Connect."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from appside import PASSWORD
from django.test import Client as Browser
from webside import WebApp

from fakts_server.operations.organization import organization_create
from fakts_server.operations.relying_party import relying_party_create
from fakts_server.operations.user import member_remove, member_set

HOME = "http://127.0.0.1:8000/"


@pytest.fixture
def web(lab, own_tokens):
    """The dashboard in a browser in which ada is logged in."""
    web = WebApp()
    web.browser.post("/fakts/login/", {"username": "ada", "password": PASSWORD})
    return web


def asked_about(token, method="get"):
    call = getattr(Browser(), method)
    return call("/fakts/o/userinfo/", headers={"authorization": f"Bearer {token}"})


def leave(web, **fields):
    return web.browser.get(f"/fakts/o/logout/?{urlencode(fields)}")


def is_logged_in(web):
    return "code=" in web.ask(prompt="none")["Location"]


# --- metadata -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/.well-known/openid-configuration", "/fakts/.well-known/openid-configuration"]
)
def test_the_metadata_is_what_the_issuer_says_of_itself(installed, path):
    answer = Browser().get(path, headers={"host": "localhost:8123"})
    document = answer.json()
    assert document["issuer"] == "http://localhost:8123/fakts"
    assert answer["Access-Control-Allow-Origin"] == "*"
    for name in ("authorization", "token", "userinfo", "end_session", "revocation"):
        assert document[f"{name}_endpoint"].startswith("http://localhost:8123/fakts/o/")
    assert document["response_types_supported"] == ["code"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["id_token_signing_alg_values_supported"] == ["RS256"]
    assert document["subject_types_supported"] == ["public"]
    assert "openid" in document["scopes_supported"]
    assert document["request_parameter_supported"] is False


def test_every_address_of_the_metadata_is_served(installed):
    document = Browser().get("/fakts/.well-known/openid-configuration").json()
    addresses = [value for key, value in document.items() if key.endswith(("_endpoint", "_uri"))]
    assert len(addresses) == 6
    for address in addresses:
        assert Browser().get(urlsplit(address).path).status_code != 404


def test_the_metadata_never_names_a_host_of_a_stranger(installed):
    answer = Browser().get("/.well-known/openid-configuration", headers={"host": "evil.example"})
    assert "evil" not in answer.content.decode()


# --- userinfo -----------------------------------------------------------------------------------


def test_userinfo_tells_what_the_scopes_allow(web, lab):
    lab.user.email, lab.user.first_name = "ada@lab.example", "Ada"
    lab.user.save()
    assert asked_about(web.log_in(scope="openid")["access_token"]).json() == {
        "sub": str(lab.user.pk),
        "organizations": [{"id": str(lab.organization.pk), "slug": "lab", "name": "lab"}],
    }
    full = asked_about(web.log_in(scope="openid profile email")["access_token"], "post").json()
    assert (full["name"], full["given_name"]) == ("Ada", "Ada")
    assert (full["email"], full["email_verified"]) == ("ada@lab.example", False)
    assert (full["org_slug"], full["roles"]) == ("lab", ["admin"])
    assert "family_name" not in full


def test_only_the_dashboard_learns_of_other_organizations(web, lab):
    museum = organization_create(slug="museum", name="Museum")
    member_set(user=lab.user, organization=museum, roles=["user"])
    own = asked_about(web.log_in(organization="lab")["access_token"]).json()
    assert {item["slug"] for item in own["organizations"]} == {"lab", "museum"}
    back = "https://notebook.example/done"
    relying_party_create(client_id="notebook", name="Notebook", redirect_uris=[back])
    app = WebApp("notebook", back)
    app.browser = web.browser
    form = {"asked": urlencode(app.query()), "decision": "allow", "organization": "lab"}
    answer = app.browser.post("/fakts/o/authorize/decide/", form)
    code = parse_qs(urlsplit(answer["Location"]).query)["code"][0]
    theirs = asked_about(app.exchange(code).json()["access_token"]).json()
    assert "organizations" not in theirs
    assert theirs["org_slug"] == "lab"


@pytest.mark.parametrize("header", [None, "Bearer", "Basic eDp5", "Bearer  "])
def test_userinfo_wants_a_token(installed, header):
    headers = {"authorization": header} if header else {}
    answer = Browser().get("/fakts/o/userinfo/", headers=headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


def test_userinfo_refuses_what_is_no_token_of_ours(web):
    answer = asked_about("x.y.z")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]
    # An ID token tells who somebody is; it opens nothing.
    assert asked_about(web.log_in()["id_token"]).status_code == 401


def test_userinfo_needs_the_scope(web):
    answer = asked_about(web.log_in(scope="read")["access_token"])
    assert answer.status_code == 403
    assert "insufficient_scope" in answer["WWW-Authenticate"]


def test_userinfo_of_a_removed_or_blocked_member_is_refused_at_once(web, lab):
    token = web.log_in()["access_token"]
    lab.is_blocked = True
    lab.save()
    assert asked_about(token).status_code == 401
    member_remove(membership=lab)
    assert asked_about(token).status_code == 401


def test_userinfo_may_be_read_from_pages_of_others(installed):
    answer = Browser().options("/fakts/o/userinfo/", headers={"origin": "https://x.example"})
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Allow-Headers"] == "authorization"
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://notebook.example", True),
        ("https://evil.example", False),
        ("https://notebook.exam", False),
        ("null", False),
    ],
)
def test_tokens_may_be_fetched_by_pages_of_registered_web_apps(installed, origin, allowed):
    relying_party_create(
        client_id="notebook", name="Notebook", redirect_uris=["https://notebook.example/done"]
    )
    for method in ("options", "post"):
        answer = getattr(Browser(), method)("/fakts/o/token/", headers={"origin": origin})
        assert answer.get("Access-Control-Allow-Origin") == (origin if allowed else None)
        assert "Access-Control-Allow-Credentials" not in answer


# --- log-out ------------------------------------------------------------------------------------


def test_the_dashboard_logs_out_at_once_and_comes_back(web):
    tokens = web.log_in()
    answer = leave(
        web, id_token_hint=tokens["id_token"], post_logout_redirect_uri=HOME, state="s 1"
    )
    assert answer["Location"] == f"{HOME}?state=s+1"
    assert not is_logged_in(web)


def test_without_proof_the_person_is_asked(web):
    answer = leave(web, client_id="dashboard", post_logout_redirect_uri=HOME)
    assert answer.status_code == 200
    assert "asks to log you out" in answer.content.decode()
    assert is_logged_in(web)
    form = {"client_id": "dashboard", "post_logout_redirect_uri": HOME}
    answer = web.browser.post("/fakts/o/logout/confirm/", form)
    assert answer["Location"] == HOME
    assert not is_logged_in(web)


def test_the_token_of_another_session_is_no_proof(web, lab):
    elsewhere = WebApp()
    elsewhere.browser.post("/fakts/login/", {"username": "ada", "password": PASSWORD})
    hint = elsewhere.log_in()["id_token"]
    assert leave(web, id_token_hint=hint).status_code == 200
    assert is_logged_in(web)


@pytest.mark.parametrize("hint", ["nonsense", "{access}"])
def test_what_is_no_id_token_is_no_proof(web, hint):
    hint = hint.format(access=web.log_in()["access_token"])
    assert leave(web, id_token_hint=hint).status_code == 200
    assert is_logged_in(web)


@pytest.mark.parametrize(
    "uri", ["https://evil.example/", "//evil.example", "http://127.0.0.1:8000/elsewhere"]
)
def test_log_out_leads_to_registered_pages_only(web, uri):
    hint = web.log_in()["id_token"]
    answer = leave(web, id_token_hint=hint, post_logout_redirect_uri=uri)
    assert answer.status_code == 400
    assert "Location" not in answer
    form = {"client_id": "dashboard", "post_logout_redirect_uri": uri}
    assert web.browser.post("/fakts/o/logout/confirm/", form).status_code == 400
    assert is_logged_in(web)


def test_a_target_of_nobody_is_not_followed(web):
    web.browser.post("/fakts/logout/")
    answer = leave(web, post_logout_redirect_uri="https://evil.example/")
    assert answer.status_code == 200
    assert "You are logged out" in answer.content.decode()


def test_a_token_of_one_web_app_does_not_speak_for_another(web):
    hint = web.log_in()["id_token"]
    relying_party_create(client_id="notebook", name="N", redirect_uris=["https://n.example/"])
    assert leave(web, id_token_hint=hint, client_id="notebook").status_code == 400


def test_the_confirmation_cannot_be_forged(web):
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = web.browser.cookies
    assert strict.post("/fakts/o/logout/confirm/").status_code == 403
    assert is_logged_in(web)


def test_an_expired_id_token_still_names_its_session(web, now):
    hint = web.log_in()["id_token"]
    now.forward(100_000)
    page = leave(web, id_token_hint=hint)
    assert re.search("You are logged out", page.content.decode())
    assert not is_logged_in(web)
