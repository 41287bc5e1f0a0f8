"""The page behind an invite."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from appside import PASSWORD
from django.test import Client as Browser

from chassis import clock
from fakts_server.adapters.seal import invite_token
from fakts_server.models.joining import Invite
from fakts_server.models.organization import Membership, Role
from fakts_server.models.user import User

GOOD = {"username": "grace", "password": "nine-lazy-otters", "again": "nine-lazy-otters"}


def invited(membership, **changes):
    fields = {"expires_at": clock.now() + timedelta(days=1), **changes}
    invite = Invite.objects.create(
        organization=membership.organization, created_by=membership.user, **fields
    )
    invite.roles.set(Role.objects.filter(organization=membership.organization, identifier="user"))
    return f"/fakts/invite/{invite_token(invite.uid)}"


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_stranger_makes_an_account_and_is_in(lab):
    link, browser = invited(lab), Browser()
    page = text(browser.get(link))
    assert "Join lab" in page
    assert "ada invites you" in page
    answer = browser.post(link, GOOD)
    assert "You are a member now" in text(browser.get(answer["Location"]))
    member = Membership.objects.get(user__username="grace")
    assert member.organization == lab.organization
    assert [role.identifier for role in member.roles.all()] == ["user"]
    assert member.user.check_password(GOOD["password"])


def test_a_person_with_an_account_joins_with_it(lab, rival):
    link, browser = invited(lab), Browser()
    login = re.search(r'href="([^"]+next=[^"]+)"', browser.get(link).content.decode())[1]
    form = browser.get(login)
    onward = re.search(r'name="next" value="([^"]+)"', form.content.decode())[1]
    assert onward == link
    browser.post("/fakts/login/", {"username": "bob", "password": PASSWORD, "next": onward})
    assert "with your account bob" in text(browser.get(link))
    browser.post(link, {"decision": "accept"})
    assert Membership.objects.filter(user=rival.user, organization=lab.organization).exists()


@pytest.mark.parametrize(
    ("wanted", "comes_to"),
    [
        ("/join/done?x=1", "/join/done?x=1"),
        ("//elsewhere.example", "/fakts/account/?joined=1"),
        ("/\\elsewhere.example", "/fakts/account/?joined=1"),
        ("https://elsewhere.example/", "/fakts/account/?joined=1"),
        ("javascript:alert(1)", "/fakts/account/?joined=1"),
        ("", "/fakts/account/?joined=1"),
    ],
)
def test_joining_leads_on_within_the_site_alone(lab, wanted, comes_to):
    link, browser = f"{invited(lab)}?{urlencode({'next': wanted})}", Browser()
    assert urlencode({"next": link}) in browser.get(link).content.decode()
    assert browser.post(link, GOOD)["Location"] == comes_to


def test_declining_uses_the_invite_up(lab, rival):
    link, browser = invited(lab), Browser()
    browser.force_login(rival.user)
    assert "Declined" in text(browser.post(link, {"decision": "decline"}))
    assert browser.get(link).status_code == 409
    assert not Membership.objects.filter(user=rival.user, organization=lab.organization).exists()


def test_an_invite_works_as_often_as_it_says(lab):
    link = invited(lab, max_uses=1)
    Browser().post(link, GOOD)
    answer = Browser().post(link, {**GOOD, "username": "second"})
    assert answer.status_code == 409
    assert not User.objects.filter(username="second").exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"username": "ada"}, "This user name is taken."),
        ({"username": ""}, "for the user name"),
        ({"username": "a b"}, "for the user name"),
        ({"again": "other"}, "not the same"),
        ({"password": "12345678901", "again": "12345678901"}, "numeric"),
    ],
)
def test_a_bad_account_is_not_made_and_the_invite_stays(lab, changes, sentence):
    link = invited(lab)
    before = User.objects.count()
    answer = Browser().post(link, {**GOOD, **changes})
    assert answer.status_code == 400
    assert sentence in text(answer)
    assert User.objects.count() == before
    assert Browser().post(link, GOOD).status_code == 303


def test_a_link_that_is_over_says_so(lab):
    link = invited(lab, expires_at=clock.now() - timedelta(seconds=1))
    answer = Browser().get(link)
    assert answer.status_code == 409
    assert Browser().post(link, GOOD).status_code == 409


def test_links_cannot_be_guessed(lab, configured):
    configured(throttles={"user_code_failures": 2})
    token = invited(lab).removeprefix("/fakts/invite/")
    forged = f"{token[:-1]}{'A' if token[-1] != 'A' else 'B'}"
    answers = [Browser().get(f"/fakts/invite/{forged}").status_code for _ in range(3)]
    assert answers == [404, 404, 429]


def test_names_cannot_be_tried_without_end(lab, configured):
    configured(throttles={"login_failures": 2})
    link = invited(lab)
    answers = [Browser().post(link, {**GOOD, "username": "ada"}).status_code for _ in range(3)]
    assert answers == [400, 400, 429]


def test_joining_cannot_be_forged(lab, rival):
    link, browser = invited(lab), Browser(enforce_csrf_checks=True)
    browser.force_login(rival.user)
    assert browser.post(link, {"decision": "accept"}).status_code == 403
