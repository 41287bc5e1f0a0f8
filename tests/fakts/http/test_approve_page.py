"""Entering the code of a device and deciding about it."""

from __future__ import annotations

import re

import pytest
from appside import requirement
from django.test import Client as Browser
from pageside import decide, page_of, text

from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode
from fakts_server.models.organization import Membership
from fakts_server.operations.organization import organization_create
from fakts_server.operations.user import member_set


def test_a_typed_code_leads_to_its_page(api, browser):
    started = api.start()
    typed = started["user_code"].replace("-", " ").lower()
    answer = browser.post("/fakts/configure/", {"user_code": typed})
    assert answer["Location"] == page_of(started)


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
    assert browser.get(page_of(started)).status_code == 429


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
    answer = browser.get(page_of(started))
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
    answer = browser.get(page_of(started))
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
    answer = browser.get(page_of(started))
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
        browser.get(page_of(started)),
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
    answer = other.get(page_of(started))
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
    answer = browser.post(page_of(started), form)
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
    path = page_of(started)
    page = browser.get(path, {"organization": "rival"}).content.decode()
    assert 'name="organization" value="rival"' in page
    decide(browser, started, organization="rival")
    envelope = api.poll(started).json()
    assert envelope["self"]["organization"] == str(rival.organization_id)


def test_a_blocked_member_has_no_say(api, browser, lab):
    Membership.objects.filter(pk=lab.pk).update(is_blocked=True)
    started = api.start()
    assert browser.get(page_of(started)).status_code == 403
    assert decide(browser, started).status_code == 403
