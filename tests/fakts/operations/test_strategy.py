"""Strategies hold from the next login on."""

from __future__ import annotations

import pytest
from people import member, principal

from chassis.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from fakts_server.domain.strategy import KnownApp
from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode
from fakts_server.operations.device_code import wished_code_decide
from fakts_server.operations.strategy import StrategyWish, strategy_set
from fakts_server.selectors.strategy import strategy_of


@pytest.fixture
def ada(lab):
    return principal(lab)


@pytest.fixture
def eve(lab):
    return member(lab, "eve")


def choose(who, **changes):
    return strategy_set(principal=who, wish=StrategyWish(**changes))


def test_without_a_row_everything_is_open(lab):
    rules = strategy_of(lab.organization_id)
    assert not rules.needs_admin("org.a", "1")


def test_parts_are_changed_alone(ada, lab):
    choose(ada, approval="admin", known_apps=[KnownApp("org.a", frozenset({"2", "1"}))])
    choose(ada, login_kinds=["web", "web"])
    rules = strategy_of(lab.organization_id)
    assert (rules.approval, sorted(rules.login_kinds)) == ("admin", ["web"])
    assert rules.known_apps == (KnownApp("org.a", frozenset({"1", "2"})),)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"approval": "nobody"}, "approval"),
        ({"login_kinds": ["smoke"]}, "loginKinds"),
        ({"known_apps": [KnownApp("")]}, "knownApps"),
        ({"known_apps": [KnownApp(f"org.a{n}") for n in range(501)]}, "knownApps"),
    ],
)
def test_bad_words_name_their_field(ada, change, field):
    with pytest.raises(InvalidInput) as refused:
        choose(ada, **change)
    assert refused.value.field == field


def test_only_admins_choose(eve):
    with pytest.raises(PermissionDenied):
        choose(principal(eve), approval="member")


def test_an_unknown_app_waits_for_an_admin_and_acts_for_who_asked(api, ada, lab, eve, approve):
    choose(ada, approval="admin")
    started = api.start()
    with pytest.raises(Conflict, match="admin"):
        approve(started, membership=eve)
    assert api.poll(started).json()["error"] == "authorization_pending"
    code = DeviceCode.objects.get()
    with pytest.raises(PermissionDenied):
        wished_code_decide(principal=principal(eve), code_id=code.pk, allow=True)
    wished_code_decide(principal=ada, code_id=code.pk, allow=True)
    assert Client.objects.get().membership == eve


def test_an_admin_says_no(api, ada, eve, approve):
    choose(ada, approval="admin")
    started = api.start()
    with pytest.raises(Conflict):
        approve(started, membership=eve)
    code = DeviceCode.objects.get()
    wished_code_decide(principal=ada, code_id=code.pk, allow=False)
    assert api.poll(started).json()["error"] == "access_denied"
    with pytest.raises(NotFound):
        wished_code_decide(principal=ada, code_id=code.pk, allow=True)


def test_a_foreign_admin_decides_nothing(api, ada, eve, rival, approve):
    choose(ada, approval="admin")
    with pytest.raises(Conflict):
        approve(api.start(), membership=eve)
    with pytest.raises(NotFound):
        wished_code_decide(
            principal=principal(rival), code_id=DeviceCode.objects.get().pk, allow=True
        )


def test_known_apps_and_admins_need_nobody(api, ada, lab, eve, approve):
    choose(ada, approval="admin", known_apps=[KnownApp("org.example.blobs")])
    approve(api.start(), membership=eve)
    approve(api.start(identifier="org.example.other"), membership=lab)
    assert Client.objects.count() == 2


def test_closed_kinds_let_nobody_in(api, ada, lab, key, approve):
    choose(ada, login_kinds=["web"])
    assert api.mandate(key).json()["error"] == "invalid_grant"
    with pytest.raises(Conflict, match="key"):
        approve(api.start())
    choose(ada, login_kinds=[])
    assert api.mandate(key).status_code == 200
