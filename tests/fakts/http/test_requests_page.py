"""The page on which admins decide about the apps members ask for."""

from __future__ import annotations

import pytest
from appside import requirement
from django.test import Client as Browser
from pageside import decide, text
from people import member, principal

from fakts_server.models.audit import AuditEntry
from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode
from fakts_server.models.organization import Membership
from fakts_server.operations.strategy import StrategyWish, strategy_set

PATH = "/fakts/account/requests/"


@pytest.fixture
def wish(api, lab):
    """A device eve asks an admin for."""
    strategy_set(principal=principal(lab), wish=StrategyWish(approval="admin"))
    eve = Browser()
    eve.force_login(member(lab, "eve").user)
    started = api.start(
        description="Counts blobs.",
        scopes=["openid", "write"],
        requirements=[requirement("rekuest", "live.arkitekt.rekuest")],
    )
    decide(eve, started)
    return DeviceCode.objects.get()


def answer(browser, wish, decision):
    return browser.post(PATH, {"wish": wish.pk, "decision": decision})


def test_an_admin_sees_what_is_asked_by_whom(browser, wish):
    assert "Members ask you for apps" in text(browser.get("/fakts/account/"))
    page = text(browser.get(PATH))
    for shown in (
        *("org.example.blobs", "version 0.2.0", "eve asks in lab", "Counts blobs."),
        *("live.arkitekt.rekuest", "write"),
    ):
        assert shown in page


def test_allowing_lets_the_app_in_for_the_member(browser, lab, wish):
    assert answer(browser, wish, "allow")["Location"] == PATH
    assert Client.objects.get().membership.user.username == "eve"
    wish.refresh_from_db()
    assert (wish.state, wish.decided_by) == ("granted", lab.user)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor_id) == ("app.approved", lab.user_id)
    assert "Nobody asks for an app now." in text(browser.get(PATH))
    assert "Members ask you" not in text(browser.get("/fakts/account/"))


def test_denying_refuses_it(browser, wish):
    answer(browser, wish, "deny")
    wish.refresh_from_db()
    assert wish.state == "denied"
    assert AuditEntry.objects.latest("pk").action == "app.denied"
    assert answer(browser, wish, "allow").status_code == 404


@pytest.mark.parametrize("decision", ["", "maybe"])
def test_a_form_that_says_neither_changes_nothing(browser, wish, decision):
    assert answer(browser, wish, decision).status_code == 400
    wish.refresh_from_db()
    assert wish.state == "pending"


def test_only_admins_of_that_organization_decide(lab, rival, wish):
    plain, other = Browser(), Browser()
    plain.force_login(member(lab, "tom").user)
    other.force_login(rival.user)
    assert plain.get(PATH).status_code == 403
    assert answer(plain, wish, "allow").status_code == 403
    assert "org.example.blobs" not in text(other.get(PATH))
    assert answer(other, wish, "allow").status_code == 404
    wish.refresh_from_db()
    assert wish.state == "pending"


def test_a_blocked_admin_decides_nothing(browser, lab, wish):
    Membership.objects.filter(pk=lab.pk).update(is_blocked=True)
    assert answer(browser, wish, "allow").status_code == 403
    wish.refresh_from_db()
    assert wish.state == "pending"


def test_what_a_blocked_member_asks_for_is_not_let_in(browser, lab, wish):
    Membership.objects.filter(user__username="eve").update(is_blocked=True)
    refused = answer(browser, wish, "allow")
    assert refused.status_code == 409
    assert "may not let devices in" in text(refused)


def test_strangers_log_in_first():
    assert "/fakts/login/" in Browser().get(PATH)["Location"]
