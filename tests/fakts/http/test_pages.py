"""The pages, as a browser without JavaScript sees them."""

from __future__ import annotations

import re

import pytest
from appside import PASSWORD
from django.test import Client as Browser
from pageside import log_in, text

from fakts_server.models.credential import DeviceCode
from fakts_server.operations.user import first_admin_create

# --- log-in --------------------------------------------------------------------------------------


def test_log_in_leads_back_to_the_page(api, lab):
    started = api.start()
    browser = Browser()
    answer = browser.get(f"/fakts/configure/{started['user_code']}")
    assert answer.status_code == 302
    form = browser.get(answer["Location"])
    found = re.search(r'name="next" value="([^"]+)"', form.content.decode())
    answer = log_in(browser, next=found[1])
    assert answer["Location"] == f"/fakts/configure/{started['user_code']}"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/fakts/../../x\r\nX: y",
        "/elsewhere",
        "http:///evil.example",
        "",
    ],
)
def test_log_in_never_leads_to_another_site(lab, target):
    location = log_in(Browser(), next=target)["Location"]
    assert location.startswith("/fakts/")
    assert "evil" not in location
    assert "\n" not in location


@pytest.mark.parametrize(
    ("username", "password"),
    [("ada", "wrong"), ("nobody", PASSWORD), ("", ""), ("a\0b", PASSWORD), ("ada", "a\0b")],
)
def test_a_wrong_log_in_is_refused_in_one_sentence(lab, username, password):
    answer = log_in(Browser(), username, password)
    assert answer.status_code == 403
    assert "The user name or the password is wrong." in text(answer)
    assert "_auth_user_id" not in Browser().session


def test_an_inactive_person_cannot_log_in(lab):
    lab.user.is_active = False
    lab.user.save()
    assert log_in(Browser()).status_code == 403


def test_the_session_changes_at_log_in(lab):
    browser = Browser()
    browser.cookies["fakts_session"] = "fixedbyanattackerfixedbyanattacker"
    log_in(browser)
    assert browser.cookies["fakts_session"].value != "fixedbyanattackerfixedbyanattacker"
    assert browser.cookies["fakts_session"]["httponly"]
    assert browser.cookies["fakts_session"]["samesite"] == "Lax"


def test_wrong_passwords_are_throttled_and_time_heals(lab, configured, now):
    configured(throttles={"login_failures": 3, "login_window_seconds": 60})
    for _ in range(3):
        assert log_in(Browser(), password="wrong").status_code == 403
    answer = log_in(Browser())
    assert answer.status_code == 429
    assert "Too many wrong tries" in text(answer)
    now.forward(61)
    assert log_in(Browser()).status_code == 302


def test_a_right_password_forgives_wrong_ones(lab, configured):
    configured(throttles={"login_failures": 3})
    for _ in range(2):
        log_in(Browser(), password="wrong")
    assert log_in(Browser()).status_code == 302
    for _ in range(2):
        assert log_in(Browser(), password="wrong").status_code == 403


def test_many_names_from_one_address_are_throttled(lab, configured):
    configured(throttles={"login_failures": 1})
    statuses = [log_in(Browser(), f"name{i}", "x").status_code for i in range(6)]
    assert statuses == [403] * 5 + [429]


def test_log_out_ends_the_session(browser):
    assert browser.get("/fakts/logout/").status_code == 405
    assert browser.post("/fakts/logout/")["Location"] == "/fakts/login/"
    assert browser.get("/fakts/configure/").status_code == 302


# --- set-up --------------------------------------------------------------------------------------


def test_the_first_admin_chooses_a_password_once(installed):
    first = first_admin_create()
    browser = Browser()
    assert "admin" in text(browser.get(first.setup_path))
    form = {"password": "a-new-long-secret", "again": "a-new-long-secret"}
    answer = browser.post(first.setup_path, form)
    assert answer["Location"] == "/fakts/configure/"
    assert browser.get("/fakts/configure/").status_code == 200
    assert Browser().post(first.setup_path, form).status_code == 404
    assert log_in(Browser(), "admin", "a-new-long-secret").status_code == 302
    assert log_in(Browser(), "admin", first.password).status_code == 403


@pytest.mark.parametrize(
    ("password", "again", "reason"),
    [
        ("short", "short", "too short"),
        ("12345678901", "12345678901", "entirely numeric"),
        ("password123", "password123", "too common"),
        ("a-long-secret-1", "a-long-secret-2", "not the same"),
        ("", "", "too short"),
        ("nul\0nul-nul-nul", "nul\0nul-nul-nul", "NUL"),
    ],
)
def test_bad_passwords_are_explained_and_the_link_lives_on(installed, password, again, reason):
    path = first_admin_create().setup_path
    answer = Browser().post(path, {"password": password, "again": again})
    assert answer.status_code == 400
    assert reason in text(answer)
    assert Browser().get(path).status_code == 200


def test_a_set_up_link_expires(installed, now):
    path = first_admin_create().setup_path
    now.forward(7 * 86_400 + 1)
    assert Browser().get(path).status_code == 404


@pytest.mark.parametrize("token", ["x", "bsl_unknown", "%00", "a" * 3000])
def test_unknown_set_up_links(installed, token):
    answer = Browser().get(f"/fakts/setup/{token}")
    assert answer.status_code == 404
    assert "has expired" in text(answer)


# --- all pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/fakts/login/", "/fakts/configure/", "/fakts/configure/BBBB-BBBB", "/fakts/setup/x"]
)
def test_pages_are_sealed(browser, path):
    answer = browser.get(path, follow=True)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert "no-store" in answer["Cache-Control"]
    html = answer.content.decode()
    assert "<script" not in html
    assert "style=" not in html
    assert not re.search(r"\son\w+=", html)
    for field in re.findall(r'<input(?![^>]*type="hidden")[^>]*id="([^"]+)"', html):
        assert f'for="{field}"' in html, f"{field} has no label"


def test_forms_need_their_csrf_token(api, lab):
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(lab.user)
    started = api.start()
    for path, form in [
        (f"/fakts/configure/{started['user_code']}", {"decision": "allow", "organization": "lab"}),
        ("/fakts/login/", {"username": "ada", "password": PASSWORD}),
        ("/fakts/logout/", {}),
    ]:
        answer = browser.post(path, form)
        assert answer.status_code == 403
        assert "reload the page" in text(answer)
    assert DeviceCode.objects.get().state == "pending"


@pytest.mark.parametrize("origin", ["http://lab-pc.local:8000", "https://10.0.0.7"])
def test_a_form_may_come_from_every_name_we_answer_to(lab, settings, origin):
    scheme, _, host = origin.partition("://")
    names = [*settings.ALLOWED_HOSTS, host.partition(":")[0]]
    settings.ALLOWED_HOSTS = names
    settings.BAUHOF_CONFIG = settings.BAUHOF_CONFIG.model_copy(update={"allowed_hosts": names})
    browser = Browser(enforce_csrf_checks=True)
    where = {"HTTP_HOST": host, "HTTP_X_FORWARDED_PROTO": scheme}
    page = browser.get("/fakts/login/", **where)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())[1]
    form = {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = browser.post("/fakts/login/", form, HTTP_ORIGIN=origin, **where)
    assert answer.status_code == 302
    foreign = browser.post("/fakts/logout/", form, HTTP_ORIGIN="http://elsewhere", **where)
    assert foreign.status_code == 403


@pytest.mark.parametrize("path", ["/fakts/", "/fakts/f/"])
def test_bare_addresses_lead_to_the_page_for_codes(client, path):
    assert client.get(path)["Location"] == "/fakts/configure/"


def test_the_style_sheet_is_served(client):
    answer = client.get("/fakts/static/fakts.css")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/css")
    assert b"prefers-color-scheme: dark" in answer.content
