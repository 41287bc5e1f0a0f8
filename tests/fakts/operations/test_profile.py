"""Profiles and groups."""

from __future__ import annotations

import pytest
from people import PNG, member, principal

from chassis.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from fakts_server.models.audit import AuditEntry
from fakts_server.models.group import Group
from fakts_server.operations.media import media_request, media_store
from fakts_server.operations.profile import (
    group_create,
    group_members_set,
    group_profile_set,
    group_remove,
    profile_set,
)


@pytest.fixture
def ada(lab):
    return principal(lab)


@pytest.fixture
def picture(ada):
    form = media_request(principal=ada, name="a.png", content_type=None)
    return media_store(key=form.key, policy=form.policy, signature=form.signature, content=PNG)


def test_people_show_the_name_and_picture_they_choose(ada, lab, picture):
    user = profile_set(
        principal=ada, user_id=lab.user_id, name=" Ada L. ", avatar=picture.pk, bio="counts"
    )
    user.refresh_from_db()
    assert (user.full_name, user.avatar, user.bio) == ("Ada L.", picture, "counts")
    again = profile_set(principal=ada, user_id=lab.user_id, name="Ada")
    assert again.avatar == picture, "what is not given stays"


def test_nobody_changes_anothers_profile(ada, lab):
    eve = member(lab, "eve")
    with pytest.raises(NotFound):
        profile_set(principal=ada, user_id=eve.user_id, name="Evil")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 256])
def test_names_are_names(ada, lab, name):
    with pytest.raises(InvalidInput) as refused:
        profile_set(principal=ada, user_id=lab.user_id, name=name)
    assert refused.value.field == "name"


def test_a_group_holds_members_only(ada, lab, rival):
    group = group_create(principal=ada, name="optics")
    eve = member(lab, "eve")
    group_members_set(principal=ada, group_id=group.pk, users=[lab.user_id, eve.user_id])
    assert group.users.count() == 2
    with pytest.raises(NotFound):
        group_members_set(principal=ada, group_id=group.pk, users=[rival.user_id])
    assert group.users.count() == 2, "a refused change changes nothing"


def test_group_names_are_once(ada):
    group_create(principal=ada, name="optics")
    with pytest.raises(Conflict):
        group_create(principal=ada, name="optics")


def test_a_group_shows_a_profile(ada, picture):
    group = group_create(principal=ada, name="optics")
    shown = group_profile_set(
        principal=ada, group_id=group.pk, name="The lens people", avatar=picture.pk
    )
    shown.refresh_from_db()
    assert (shown.display_name, shown.avatar) == ("The lens people", picture)


def test_removing_a_group_is_on_record(ada):
    group = group_create(principal=ada, name="optics")
    group_remove(principal=ada, group_id=group.pk)
    assert not Group.objects.exists()
    last = AuditEntry.objects.latest("pk")
    assert (last.action, last.subject_id) == ("group.removed", str(group.pk))


def test_groups_are_for_admins_of_the_organization(ada, lab, rival):
    group = group_create(principal=ada, name="optics")
    eve = principal(member(lab, "eve"))
    with pytest.raises(PermissionDenied):
        group_create(principal=eve, name="mine")
    with pytest.raises(PermissionDenied):
        group_remove(principal=eve, group_id=group.pk)
    with pytest.raises(NotFound):
        group_remove(principal=principal(rival), group_id=group.pk)


def test_an_admin_who_was_made_a_viewer_manages_nothing(ada, lab):
    lab.roles.set(lab.organization.roles.filter(identifier="viewer"))
    with pytest.raises(PermissionDenied):
        group_create(principal=ada, name="optics")
