"""Rules: refused by default, one name one rule, foreign is absent."""

from __future__ import annotations

import pytest

from chassis.errors import NotFound, PermissionDenied, Unauthenticated
from chassis.permissions import allows, authorize, has_role, registered_actions, rule


@pytest.fixture
def ada(mint):
    return mint.member(roles=["viewer"]).principal


def test_unknown_action_is_refused(ada):
    with pytest.raises(PermissionDenied):
        authorize(ada, "paint.never_declared")


def test_nobody_is_unauthenticated(ada):
    with pytest.raises(Unauthenticated):
        authorize(None, "note.read")


def test_foreign_looks_absent_even_where_the_role_would_do(ada):
    import sample_server.app  # noqa: F401 - registers the rule

    assert authorize(ada, "note.read", organization=ada.organization) is ada
    with pytest.raises(NotFound):
        authorize(ada, "note.read", organization="999")


def test_rule_sees_the_resource(ada):
    @rule("paint.mix")
    def can_mix_paint(principal, resource):
        return resource == "blue"

    assert allows(ada, "paint.mix", "blue")
    assert not allows(ada, "paint.mix", "red")
    assert "paint.mix" in registered_actions()


def test_second_rule_of_a_name_is_a_mistake():
    rule("paint.stir")(lambda principal, resource: True)
    with pytest.raises(ValueError, match=r"paint\.stir"):
        rule("paint.stir")(lambda principal, resource: False)


def test_roles(ada):
    assert has_role(ada, "admin", "viewer")
    assert not has_role(ada, "admin")
