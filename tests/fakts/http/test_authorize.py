"""The authorization endpoint, as browsers and web apps use it (OpenID Connect Core 3.1)."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import jwt
import pytest
from appside import PASSWORD
from django.test import Client as Browser
from webside import BACK, DONE, WebApp, answer_of, consent

from fakts_server.models.client import Client
from fakts_server.models.credential import AuthorizationCode
from fakts_server.operations.organization import organization_create
from fakts_server.operations.relying_party import relying_party_create
from fakts_server.operations.user import member_set


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# --- the dashboard ------------------------------------------------------------------------------


def test_the_dashboard_gets_tokens_that_every_service_takes(web):
    tokens = web.log_in(scope="openid profile read write")
    access = claims_of(tokens["access_token"])
    assert access["aud"] == ["fakts", "mikro", "rekuest", "s3"]
    assert (access["preferred_username"], access["active_org"]) == ("ada", "lab")
    assert access["roles"] == ["admin"]
    assert access["client_app"] == "dashboard"
    assert access["hub"]
    assert set(tokens["instances"]) == {"rekuest", "mikro", "s3"}
    assert tokens["scope"].split() == ["openid", "profile", "read", "write"]
    assert "refresh_token" not in tokens


def test_the_id_token_says_who_when_and_for_whom(web):
    tokens = web.log_in(scope="openid profile email", nonce="n-7")
    claims = claims_of(tokens["id_token"])
    assert claims["iss"] == "http://127.0.0.1:8000/fakts"
    assert claims["aud"] == claims["azp"] == "dashboard"
    assert claims["nonce"] == "n-7"
    assert claims["sub"] == claims_of(tokens["access_token"])["sub"]
    assert claims["iat"] - 5 <= claims["auth_time"] <= claims["iat"] < claims["exp"]
    assert claims["sid"]
    assert (claims["preferred_username"], claims["org_slug"]) == ("ada", "lab")
    assert "email" not in claims
    header = jwt.get_unverified_header(tokens["id_token"])
    assert header["alg"] == "RS256"
    assert header["typ"] == "JWT"


def test_the_id_token_verifies_with_the_published_keys(web):
    tokens = web.log_in()
    keys = web.browser.get("/fakts/o/jwks/").json()
    kid = jwt.get_unverified_header(tokens["id_token"])["kid"]
    key = next(item for item in jwt.PyJWKSet.from_dict(keys).keys if item.key_id == kid)
    jwt.decode(tokens["id_token"], key, algorithms=["RS256"], audience="dashboard")


def test_without_the_scope_openid_there_is_no_id_token(web):
    tokens = web.log_in(scope="read")
    assert "id_token" not in tokens
    assert tokens["scope"] == "read"


def test_a_scope_nobody_knows_is_not_granted(web):
    assert web.log_in(scope="openid root")["scope"] == "openid"


def test_offline_access_brings_a_refresh_token_that_rotates(web, api):
    tokens = web.log_in(scope="openid offline_access")
    answer = api.token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"], client_id="dashboard"
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["refresh_token"] != tokens["refresh_token"]
    wrong = api.token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"], client_id="notebook"
    )
    assert wrong.json()["error"] == "invalid_client"


def test_logging_in_again_is_the_same_client(web):
    first, second = web.log_in(), web.log_in()
    assert first["client_id"] == second["client_id"]
    assert Client.objects.filter(relying_party__client_id="dashboard").count() == 1


def test_the_answer_says_who_answers(web):
    answer = answer_of(web.ask())
    assert answer["iss"] == "http://127.0.0.1:8000/fakts"
    assert answer["state"] == "st"


def test_a_device_cannot_pose_as_the_dashboard(web, api, approve):
    """An app may call itself what it likes; it never becomes the client of a web app."""
    dashboard = web.log_in()["client_id"]
    started = api.start(identifier="dashboard", version="web", device_id=None)
    approve(started)
    assert api.poll(started).json()["client_id"] != dashboard


# --- silent renewal -----------------------------------------------------------------------------


def test_silent_renewal_works_while_the_session_lasts(web):
    answer = answer_of(web.ask(prompt="none", redirect_uri="http://127.0.0.1:8000/login/silent"))
    assert "code" in answer
    web.browser.post("/fakts/logout/")
    answer = answer_of(web.ask(prompt="none", redirect_uri="http://127.0.0.1:8000/login/silent"))
    assert (answer["error"], answer["state"]) == ("login_required", "st")


def test_silent_renewal_ends_with_the_membership(web, lab):
    lab.is_blocked = True
    lab.save()
    assert answer_of(web.ask(prompt="none"))["error"] == "access_denied"


def test_a_blocked_person_gets_nothing_for_a_code(web, lab):
    code = answer_of(web.ask())["code"]
    lab.is_blocked = True
    lab.save()
    assert web.exchange(code).json()["error"] == "invalid_grant"


# --- organizations ------------------------------------------------------------------------------


@pytest.fixture
def second(lab):
    """A second organization of ada's, in which she only looks."""
    organization = organization_create(slug="museum", name="Museum")
    return member_set(user=lab.user, organization=organization, roles=["viewer"])


def test_the_dashboard_switches_organization_without_a_new_login(web, second):
    museum = claims_of(web.log_in(organization="museum", prompt="none")["access_token"])
    assert (museum["active_org"], museum["roles"]) == ("museum", ["viewer"])
    # And stays there, until it is told otherwise.
    again = claims_of(web.log_in(prompt="none")["access_token"])
    assert again["active_org"] == "museum"
    lab = claims_of(web.log_in(organization="lab", prompt="none")["access_token"])
    assert (lab["active_org"], lab["roles"]) == ("lab", ["admin"])
    assert lab["client_id"] != museum["client_id"]


def test_a_foreign_organization_and_an_absent_one_look_the_same(web, rival):
    foreign = answer_of(web.ask(organization="rival"))
    absent = answer_of(web.ask(organization="no-such-one"))
    assert foreign["error"] == "access_denied"
    assert foreign == absent


def test_a_web_app_of_others_asks_which_organization(notebook, second):
    answer = answer_of(notebook.ask(prompt="none"))
    assert answer["error"] == "account_selection_required"
    page = notebook.ask()
    assert 'value="museum"' in page.content.decode()
    code = answer_of(consent(notebook, organization="museum"))["code"]
    tokens = notebook.exchange(code).json()
    assert claims_of(tokens["access_token"])["active_org"] == "museum"


# --- consent ------------------------------------------------------------------------------------


def test_a_web_app_of_others_is_asked_about_once(notebook):
    assert answer_of(notebook.ask(prompt="none"))["error"] == "consent_required"
    page = notebook.ask()
    assert page.status_code == 200
    assert "Lab notebook" in text(page)
    assert "notebook.example" in text(page)
    assert "See your name" in text(page)
    assert "code" in answer_of(consent(notebook))
    assert "code" in answer_of(notebook.ask(prompt="none"))


def test_more_scopes_are_asked_about_again(notebook):
    consent(notebook)
    assert answer_of(notebook.ask(prompt="none", scope="openid write"))["error"] == (
        "consent_required"
    )
    assert "Change data you can change" in text(notebook.ask(scope="openid write"))


def test_prompt_consent_asks_again(notebook):
    consent(notebook)
    assert notebook.ask(prompt="consent").status_code == 200


def test_refusing_is_told_to_the_web_app(notebook):
    assert answer_of(consent(notebook, decision="deny"))["error"] == "access_denied"
    assert not AuthorizationCode.objects.exists()


def test_consent_needs_a_membership(notebook, rival):
    assert answer_of(consent(notebook, organization="rival"))["error"] == "access_denied"


def test_consent_cannot_be_forged(notebook):
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = notebook.browser.cookies
    form = {"asked": urlencode(notebook.query()), "decision": "allow", "organization": "lab"}
    assert strict.post("/fakts/o/authorize/decide/", form).status_code == 403
    assert not AuthorizationCode.objects.exists()


def test_the_page_may_lead_to_the_web_app_and_nowhere_else(notebook):
    policy = notebook.ask()["Content-Security-Policy"]
    assert "form-action 'self' https://notebook.example;" in policy
    assert "frame-ancestors 'none'" in policy


def test_tokens_of_a_web_app_open_only_what_it_was_registered_for(lab, web):
    relying_party_create(
        client_id="viewer",
        name="Viewer",
        redirect_uris=[BACK],
        services=["live.arkitekt.mikro"],
    )
    app = WebApp("viewer", BACK)
    app.browser = web.browser
    code = answer_of(consent(app))["code"]
    assert claims_of(app.exchange(code).json()["access_token"])["aud"] == ["fakts", "mikro"]


def test_a_web_app_of_one_organization_is_closed_to_others(web, lab, rival):
    relying_party_create(
        client_id="theirs",
        name="Theirs",
        redirect_uris=[BACK],
        organization=rival.organization,
    )
    app = WebApp("theirs", BACK)
    app.browser = web.browser
    assert answer_of(app.ask())["error"] == "access_denied"


# --- logging in ---------------------------------------------------------------------------------


def test_whoever_is_not_logged_in_is_led_to_the_log_in_and_back(lab):
    web = WebApp()
    answer = web.ask(login_hint="ada")
    assert answer.status_code == 302
    form = web.browser.get(answer["Location"])
    assert 'value="ada"' in form.content.decode()
    onward = re.search(r'name="next" value="([^"]+)"', form.content.decode())[1]
    login = {"username": "ada", "password": PASSWORD, "next": onward.replace("&amp;", "&")}
    answer = web.browser.post("/fakts/login/", login)
    answer = web.browser.get(answer["Location"])
    assert web.exchange(answer_of(answer)["code"]).status_code == 200


def test_the_log_in_may_lead_on_to_the_web_app(lab):
    relying_party_create(client_id="notebook", name="Lab notebook", redirect_uris=[BACK])
    app = WebApp("notebook", BACK)
    form = app.browser.get(app.ask()["Location"])
    assert "form-action 'self' https://notebook.example;" in form["Content-Security-Policy"]


def test_prompt_login_asks_for_the_password_although_there_is_a_session(web):
    answer = web.ask(prompt="login")
    assert answer["Location"].startswith("/fakts/login/")
    form = web.browser.get(answer["Location"])
    assert form.status_code == 200
    onward = re.search(r'name="next" value="([^"]+)"', form.content.decode())[1]
    login = {"username": "ada", "password": PASSWORD, "next": onward.replace("&amp;", "&")}
    answer = web.browser.post("/fakts/login/", login)
    assert "code" in answer_of(web.browser.get(answer["Location"]))


def test_max_age_asks_for_the_password_when_it_was_given_too_long_ago(web, now):
    now.forward(600)
    assert "code" in answer_of(web.ask(max_age="900"))
    assert web.ask(max_age="300")["Location"].startswith("/fakts/login/")
    assert answer_of(web.ask(max_age="300", prompt="none"))["error"] == "login_required"
    assert web.ask(max_age="9" * 60)["Location"].startswith(DONE)


def test_a_hint_of_another_person_needs_a_login(web, rival):
    other = WebApp()
    other.browser.force_login(rival.user)
    hint = other.log_in()["id_token"]
    assert answer_of(web.ask(id_token_hint=hint, prompt="none"))["error"] == "login_required"
    mine = web.log_in()["id_token"]
    assert "code" in answer_of(web.ask(id_token_hint=mine, prompt="none"))


@pytest.mark.parametrize("hint", ["x", "a.b.c", "{access}"])
def test_a_hint_that_is_no_id_token_proves_nothing(web, hint):
    hint = hint.format(access=web.log_in()["access_token"])
    assert answer_of(web.ask(id_token_hint=hint, prompt="none"))["error"] == "login_required"


def test_a_person_in_no_organization_is_told_so(web, lab):
    lab.delete()
    answer = web.ask()
    assert answer.status_code == 403
    assert "not in an organization" in text(answer)


def test_a_web_app_is_granted_no_more_than_an_admin_registered(lab):
    relying_party_create(
        client_id="narrow",
        name="Narrow",
        redirect_uris=["https://a.example/done"],
        organization=lab.organization,
        scopes=["openid"],
    )
    app = WebApp("narrow", "https://a.example/done")
    app.browser.force_login(lab.user)
    page = app.ask(scope="openid profile write", prompt="consent").content.decode()
    assert "Know who you are" in page
    assert "Change data you can change" not in page
    assert "See your name" not in page


def test_the_log_in_names_the_web_app_one_goes_on_to(lab):
    relying_party_create(
        client_id="viewer", name="Plate viewer", redirect_uris=["https://a.example/done"]
    )
    app = WebApp("viewer", "https://a.example/done")
    page = app.browser.get(app.ask()["Location"]).content.decode()
    assert "to go on to <strong>Plate viewer</strong>" in page
    ours = WebApp()
    assert "to go on to" not in ours.browser.get(ours.ask()["Location"]).content.decode()
