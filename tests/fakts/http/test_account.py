"""The pages of one's own account."""

from __future__ import annotations

import re

import pytest
from appside import PASSWORD, Api
from django.test import Client as Browser

from fakts_server.domain.secret import digest
from fakts_server.models.browser_session import BrowserSession
from fakts_server.models.client import Client
from fakts_server.models.mandate import Mandate

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"
NEW = "a-much-better-one"
PAGES = ["", "apps/", "sessions/", "keys/", "password/"]


def logged_in_browser(username="ada", agent=FIREFOX):
    browser = Browser(headers={"user-agent": agent})
    answer = browser.post("/fakts/login/", {"username": username, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


@pytest.fixture
def browser(lab):
    """A browser in which ada gave her password."""
    return logged_in_browser()


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def is_known(browser):
    return browser.get("/fakts/account/").status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_every_page_needs_a_login_and_comes_back(lab, path):
    answer = Browser().get(f"/fakts/account/{path}")
    assert answer.status_code == 302
    assert (
        answer["Location"] == f"/fakts/login/?next=%2Ffakts%2Faccount%2F{path.replace('/', '%2F')}"
    )


@pytest.mark.parametrize("path", PAGES)
def test_no_form_can_be_forged(browser, path):
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert strict.post(f"/fakts/account/{path}", {"others": "1"}).status_code == 403


# --- who one is ---------------------------------------------------------------------------------


def test_the_account_shows_organizations_and_keeps_names(browser, lab):
    page = text(browser.get("/fakts/account/"))
    assert "You are ada" in page
    assert "lab" in page
    assert "admin" in page
    form = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@lab.example"}
    answer = browser.post("/fakts/account/", form)
    assert "Saved." in text(browser.get(answer["Location"]))
    lab.user.refresh_from_db()
    assert (lab.user.full_name, lab.user.email) == ("Ada Lovelace", "ada@lab.example")


@pytest.mark.parametrize(
    "form", [{"email": "no address"}, {"first_name": "x" * 151}, {"last_name": "a\0b"}]
)
def test_what_cannot_be_kept_is_shown_again(browser, lab, form):
    answer = browser.post("/fakts/account/", form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    lab.user.refresh_from_db()
    assert lab.user.full_name == "ada"


def test_names_are_never_markup(browser, lab):
    browser.post("/fakts/account/", {"first_name": "<script>alert(1)</script>"})
    assert "<script>" not in browser.get("/fakts/account/").content.decode()


# --- password -----------------------------------------------------------------------------------


def change(browser, old=PASSWORD, new=NEW, again=NEW):
    form = {"old": old, "password": new, "again": again}
    return browser.post("/fakts/account/password/", form)


def test_a_new_password_ends_other_browsers_and_keeps_this_one(browser, lab):
    other = logged_in_browser()
    before = browser.cookies["fakts_session"].value
    answer = change(browser)
    assert "The password is changed" in text(browser.get(answer["Location"]))
    assert browser.cookies["fakts_session"].value != before
    assert is_known(browser)
    assert not is_known(other)
    lab.user.refresh_from_db()
    assert lab.user.check_password(NEW)
    assert BrowserSession.objects.filter(user=lab.user).count() == 1


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"old": "wrong"}, "The present password is wrong."),
        ({"again": "another-one"}, "The two passwords are not the same."),
        ({"new": "short", "again": "short"}, "too short"),
        ({"new": "12345678901", "again": "12345678901"}, "entirely numeric"),
    ],
)
def test_a_bad_change_changes_nothing(browser, lab, form, sentence):
    answer = change(browser, **form)
    assert answer.status_code == 400
    assert sentence in text(answer)
    lab.user.refresh_from_db()
    assert lab.user.check_password(PASSWORD)


def test_the_present_password_cannot_be_guessed_here_either(browser, configured):
    configured(throttles={"login_failures": 2})
    for _ in range(2):
        assert change(browser, old="wrong").status_code == 400
    assert change(browser).status_code == 429


# --- sessions -----------------------------------------------------------------------------------


def test_sessions_are_listed_by_what_people_recognise(browser, lab):
    logged_in_browser(agent=IPHONE)
    page = text(browser.get("/fakts/account/sessions/"))
    assert "Firefox on Linux this browser" in page
    assert "Safari on iPhone" in page
    assert page.index("Firefox") < page.index("Safari")


def test_a_session_can_be_ended_from_another(browser, lab):
    phone = logged_in_browser(agent=IPHONE)
    uid = BrowserSession.objects.get(user_agent=IPHONE).uid
    browser.post("/fakts/account/sessions/", {"session": str(uid)})
    assert not is_known(phone)
    assert is_known(browser)


def test_all_others_can_be_ended(browser, lab):
    others = [logged_in_browser(agent=IPHONE) for _ in range(2)]
    browser.post("/fakts/account/sessions/", {"others": "1"})
    assert [is_known(item) for item in (browser, *others)] == [True, False, False]


def test_sessions_of_others_are_as_if_they_were_not_there(browser, rival):
    stranger = logged_in_browser("bob")
    uid = BrowserSession.objects.get(user=rival.user).uid
    foreign = browser.post("/fakts/account/sessions/", {"session": str(uid)})
    absent = browser.post("/fakts/account/sessions/", {"session": "6f0c3a52-0000-4000-8000-0"})
    assert foreign.status_code == absent.status_code == 404
    assert text(foreign) == text(absent)
    assert is_known(stranger)
    assert "bob" not in text(browser.get("/fakts/account/sessions/"))


def test_the_database_holds_no_cookie(browser, lab):
    cookie = browser.cookies["fakts_session"].value
    row = BrowserSession.objects.get(user=lab.user)
    assert cookie not in str(row.__dict__)
    assert row.session_key == digest(cookie)
    thief = Browser()
    thief.cookies["fakts_session"] = row.session_key
    assert not is_known(thief)


def test_a_blocked_account_is_logged_out_at_once(browser, lab):
    lab.user.is_active = False
    lab.user.save()
    assert not is_known(browser)


def test_use_is_noted_now_and_then(browser, lab, now):
    before = BrowserSession.objects.get(user=lab.user).seen_at
    now.forward(60)
    browser.get("/fakts/account/")
    first = BrowserSession.objects.get(user=lab.user).seen_at
    now.forward(600)
    browser.get("/fakts/account/")
    assert BrowserSession.objects.get(user=lab.user).seen_at > max(first, before)


def test_logging_out_forgets_the_session(browser, lab):
    browser.post("/fakts/logout/")
    assert not BrowserSession.objects.filter(user=lab.user).exists()


def test_an_expired_session_is_over(browser, lab, now, configured):
    now.forward(15 * 86_400)
    assert not is_known(browser)


# --- apps ---------------------------------------------------------------------------------------


def test_an_app_can_be_removed_and_is_refused_from_then_on(browser, api, logged_in):
    assert "org.example.blobs" in text(browser.get("/fakts/account/apps/"))
    browser.post("/fakts/account/apps/", {"client": logged_in["client_id"]})
    assert not Client.objects.exists()
    assert api.refresh(logged_in).json()["error"] == "invalid_grant"
    assert "No app works for you yet" in text(browser.get("/fakts/account/apps/"))


def test_apps_of_others_are_as_if_they_were_not_there(logged_in, rival):
    bob = logged_in_browser("bob")
    assert "blobs" not in text(bob.get("/fakts/account/apps/"))
    foreign = bob.post("/fakts/account/apps/", {"client": logged_in["client_id"]})
    absent = bob.post("/fakts/account/apps/", {"client": "nobody"})
    assert foreign.status_code == absent.status_code == 404
    assert text(foreign) == text(absent)
    assert Client.objects.filter(client_id=logged_in["client_id"]).exists()


# --- keys ---------------------------------------------------------------------------------------


def new_key(browser, **changes):
    form = {"label": "night", "organization": "lab", "days": "7", "app": "", **changes}
    answer = browser.post("/fakts/account/keys/", form)
    found = re.search(r'<code class="secret">(bmk_[^<]+)<', answer.content.decode())
    return answer, found and found[1]


def test_a_key_is_shown_once_and_works_until_it_is_revoked(browser, lab):
    _, key = new_key(browser, app="org.example.blobs")
    assert Api().mandate(key).status_code == 200
    assert Api().mandate(key, identifier="org.example.other").status_code == 400
    page = browser.get("/fakts/account/keys/").content.decode()
    assert "night" in page
    assert key not in page
    mandate = Mandate.objects.get()
    assert key not in str(mandate.__dict__)
    browser.post("/fakts/account/keys/", {"revoke": str(mandate.pk)})
    assert Api().mandate(key).json()["error"] == "invalid_grant"
    assert "You have no keys." in text(browser.get("/fakts/account/keys/"))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"organization": "rival"}, 404),
        ({"organization": ""}, 404),
        ({"days": "10000"}, 400),
        ({"days": "x"}, 400),
        ({"label": "x" * 256}, 400),
        ({"app": "a\0"}, 400),
    ],
)
def test_a_key_that_must_not_be_is_not_made(browser, rival, changes, status):
    answer, key = new_key(browser, **changes)
    assert answer.status_code == status
    assert key is None
    assert not Mandate.objects.exists()


@pytest.mark.parametrize("guess", ["{foreign}", "0", "x", "9" * 30, "-1"])
def test_keys_of_others_cannot_be_revoked(browser, rival, guess):
    bob = logged_in_browser("bob")
    _, key = new_key(bob, organization="rival")
    pk = str(Mandate.objects.get().pk)
    answer = browser.post("/fakts/account/keys/", {"revoke": guess.format(foreign=pk)})
    assert answer.status_code == 404
    assert Api().mandate(key).status_code == 200
