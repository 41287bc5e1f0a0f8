"""The pages, as a browser without JavaScript sees them."""

from __future__ import annotations

import re

import pytest
from appside import PASSWORD, requirement
from django.test import Client as Browser

from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode
from fakts_server.models.organization import Membership
from fakts_server.operations.organization import organization_create
from fakts_server.operations.user import first_admin_create, member_set

NEXT = "/fakts/configure/"


@pytest.fixture
def browser(lab):
    """A browser in which ada is logged in."""
    browser = Browser()
    browser.force_login(lab.user)
    return browser


def log_in(browser, username="ada", password=PASSWORD, **more):
    return browser.post("/fakts/login/", {"username": username, "password": password, **more})


def decide(browser, started, decision="allow", organization="lab", **more):
    path = f"/fakts/configure/{started['user_code']}"
    form = {"decision": decision, "organization": organization, **more}
    return browser.post(path, form)


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


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


# --- entering a code -----------------------------------------------------------------------------


def test_a_typed_code_leads_to_its_page(api, browser):
    started = api.start()
    typed = started["user_code"].replace("-", " ").lower()
    answer = browser.post("/fakts/configure/", {"user_code": typed})
    assert answer["Location"] == f"/fakts/configure/{started['user_code']}"


@pytest.mark.parametrize("typed", ["", "BBBB-BBBB", "<b>", "\0", "x" * 5000])
def test_an_unknown_code_is_explained(browser, typed):
    answer = browser.post("/fakts/configure/", {"user_code": typed})
    assert answer.status_code == 404
    assert "This code is not known" in text(answer)
    assert b"<b>" not in answer.content


def test_guessing_codes_is_throttled_on_both_pages(api, browser, configured):
    configured(throttles={"user_code_failures": 4})
    started = api.start()
    for _ in range(2):
        browser.post("/fakts/configure/", {"user_code": "BBBB-BBBB"})
        browser.get("/fakts/configure/CCCC-CCCC")
    assert browser.get("/fakts/configure/CCCC-CCCC").status_code == 429
    # A right guess does not come through either.
    assert browser.get(f"/fakts/configure/{started['user_code']}").status_code == 429


# --- deciding ------------------------------------------------------------------------------------


def test_the_page_shows_what_is_asked(api, browser):
    started = api.start(
        description="Counts blobs.",
        author="Ada L.",
        scopes=["openid", "unheard-of"],
        requirements=[
            requirement("rekuest", "live.arkitekt.rekuest"),
            requirement("images", "live.arkitekt.mikro", optional=True),
            requirement("shop", "live.arkitekt.kabinet", optional=True),
        ],
        public_sources=[
            {"kind": "github", "url": "https://example.org/x"},
            {"kind": "bad", "url": "javascript:alert(1)"},
        ],
    )
    answer = browser.get(f"/fakts/configure/{started['user_code']}")
    page = text(answer)
    for shown in ("org.example.blobs", "0.2.0", "Counts blobs.", "Ada L.", "Know who you are"):
        assert shown in page
    assert "images optional" in page
    assert "uses mikro" in page
    assert "not offered here; the app works without it" in page
    assert "unheard-of" not in page
    html = answer.content.decode()
    assert 'href="https://example.org/x"' in html
    assert 'href="javascript' not in html
    assert "disabled" not in html


def test_what_an_app_says_is_never_markup(api, browser):
    evil = '"><script>alert(1)</script>'
    started = api.start(
        identifier="x" + evil.replace("/", ""),
        version=evil,
        description=evil,
        author=evil,
        requirements=[requirement(evil, evil, optional=True)],
        public_sources=[{"kind": evil, "url": "https://x/" + evil}],
    )
    answer = browser.get(f"/fakts/configure/{started['user_code']}")
    assert b"<script" not in answer.content


def test_allow_lets_the_app_in(api, browser):
    started = api.start()
    answer = decide(browser, started, device_name="microscope")
    assert answer.status_code == 302
    assert "may work for you" in text(browser.get(answer["Location"]))
    assert api.poll(started).status_code == 200
    assert Client.objects.get().device.name == "microscope"


def test_an_unchecked_optional_requirement_is_declined(api, browser):
    wishes = [
        requirement("rekuest", "live.arkitekt.rekuest"),
        requirement("images", "live.arkitekt.mikro", optional=True),
        requirement("store", "live.arkitekt.s3", optional=True),
    ]
    started = api.start(requirements=wishes)
    decide(browser, started, keep=["store"])
    envelope = api.poll(started).json()
    assert envelope["statuses"] == {"rekuest": "granted", "images": "denied", "store": "granted"}
    assert set(envelope["instances"]) == {"rekuest", "store"}


def test_deny_refuses_the_app(api, browser):
    started = api.start()
    answer = decide(browser, started, "deny")
    assert "Denied" in text(browser.get(answer["Location"]))
    assert api.poll(started).json()["error"] == "access_denied"


def test_a_missing_required_service_disables_allow(api, browser):
    started = api.start(requirements=[requirement("x", "live.nobody.x")])
    answer = browser.get(f"/fakts/configure/{started['user_code']}")
    assert re.search(r'value="allow" disabled', answer.content.decode())
    assert "which is not offered here: live.nobody.x" in text(answer)
    # Sending the form anyway changes nothing.
    forced = decide(browser, started)
    assert forced.status_code == 400
    assert "live.nobody.x" in text(forced)
    assert not Client.objects.exists()
    assert DeviceCode.objects.get().state == "pending"


def test_an_expired_code_says_so(api, browser, now):
    started = api.start()
    now.forward(301)
    for answer in (
        browser.get(f"/fakts/configure/{started['user_code']}"),
        decide(browser, started),
    ):
        assert answer.status_code == 410
        assert "has expired" in text(answer)


def test_a_decided_code_cannot_be_decided_again(api, browser, rival):
    started = api.start()
    decide(browser, started)
    decide(browser, started, "deny")
    assert DeviceCode.objects.get().state == "granted"
    # Somebody else learns nothing about it.
    other = Browser()
    other.force_login(rival.user)
    answer = other.get(f"/fakts/configure/{started['user_code']}")
    assert answer.status_code == 404
    assert "org.example.blobs" not in text(answer)


@pytest.mark.parametrize(
    "form",
    [
        {"decision": "allow", "organization": "rival"},
        {"decision": "deny", "organization": "rival"},
        {"decision": "allow", "organization": "nowhere"},
        {"decision": "allow", "organization": ""},
        {"decision": "maybe", "organization": "lab"},
        {"organization": "lab"},
        {"decision": "allow", "organization": "lab", "device_name": "x" * 256},
        {"decision": "allow", "organization": "lab", "device_name": "a\0b"},
    ],
)
def test_a_decision_needs_a_membership_and_a_right_form(api, browser, rival, form):
    started = api.start()
    answer = browser.post(f"/fakts/configure/{started['user_code']}", form)
    assert answer.status_code in (400, 404)
    assert DeviceCode.objects.get().state == "pending"


def test_other_organizations_are_never_named(api, browser, rival):
    organization_create(slug="hidden-lab", name="Hidden Lab")
    started = api.start()
    page = text(browser.get(f"/fakts/configure/{started['user_code']}?organization=rival"))
    assert "rival" not in page
    assert "Hidden" not in page


def test_a_member_of_two_chooses(api, browser, lab, rival):
    member_set(user=lab.user, organization=rival.organization, roles=["viewer"])
    started = api.start()
    path = f"/fakts/configure/{started['user_code']}"
    page = browser.get(path, {"organization": "rival"}).content.decode()
    assert 'name="organization" value="rival"' in page
    decide(browser, started, organization="rival")
    envelope = api.poll(started).json()
    assert envelope["self"]["organization"] == str(rival.organization_id)


def test_a_blocked_member_has_no_say(api, browser, lab):
    Membership.objects.filter(pk=lab.pk).update(is_blocked=True)
    started = api.start()
    assert browser.get(f"/fakts/configure/{started['user_code']}").status_code == 403
    assert decide(browser, started).status_code == 403


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


@pytest.mark.parametrize("path", ["/fakts/", "/fakts/f/"])
def test_bare_addresses_lead_to_the_page_for_codes(client, path):
    assert client.get(path)["Location"] == "/fakts/configure/"


def test_the_style_sheet_is_served(client):
    answer = client.get("/fakts/static/fakts.css")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/css")
    assert b"prefers-color-scheme: dark" in answer.content
