"""The strategy as rules."""

from __future__ import annotations

import pytest

from fakts_server.domain.strategy import Admission, ApprovalBy, KnownApp, LoginKind, Rules

KNOWN = (KnownApp("org.a"), KnownApp("org.b", frozenset({"1", "2"})))


@pytest.mark.parametrize(
    ("app", "version", "asks"),
    [
        ("org.a", "7", False),
        ("org.b", "2", False),
        ("org.b", "3", True),
        ("org.c", "1", True),
        ("org.a.more", "1", True),
    ],
)
def test_unknown_apps_need_an_admin_where_it_says_so(app, version, asks):
    assert Rules(approval=ApprovalBy.ADMIN, known_apps=KNOWN).needs_admin(app, version) is asks
    assert not Rules(known_apps=KNOWN).needs_admin(app, version)


def test_no_list_of_login_kinds_opens_all():
    assert all(Rules().opens(kind) for kind in LoginKind)
    only = Rules(login_kinds=frozenset({LoginKind.WEB}))
    assert [kind for kind in LoginKind if only.opens(kind)] == [LoginKind.WEB]


@pytest.mark.parametrize(
    ("app", "version", "admission"),
    [
        ("org.a", "7", Admission.OPEN),
        ("org.b", "2", Admission.OPEN),
        ("org.b", "3", Admission.UNKNOWN_VERSION),
        ("org.c", "1", Admission.UNKNOWN_APP),
    ],
)
def test_an_unknown_version_is_told_from_an_unknown_app(app, version, admission):
    rules = Rules(approval=ApprovalBy.ADMIN, known_apps=KNOWN)
    assert rules.admission(app, version) is admission
    assert admission.needs_admin is (admission is not Admission.OPEN)
    assert Rules(known_apps=KNOWN).admission(app, version) is Admission.OPEN
    closed = Rules(known_apps=KNOWN, login_kinds=frozenset({LoginKind.WEB}))
    assert closed.admission(app, version) is Admission.CLOSED
