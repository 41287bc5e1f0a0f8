"""What members see of each other and of themselves."""

from __future__ import annotations

import pytest
from people import deployer_client, member, principal

from chassis.errors import NotFound, PermissionDenied
from fakts_server.models.joining import Invite, MembershipRequest
from fakts_server.models.message import SystemMessage
from fakts_server.models.organization import Role
from fakts_server.operations.mandate import mandate_key_create, mandate_revoke
from fakts_server.selectors import account, directory, people
from fakts_server.selectors.instance import default_hub
from fakts_server.selectors.person import organizations_of

READS = [
    people.members_visible_to,
    people.roles_visible_to,
    directory.users_visible_to,
    directory.groups_visible_to,
    directory.apps_visible_to,
    directory.releases_visible_to,
    directory.clients_visible_to,
    directory.reports_visible_to,
    directory.services_visible_to,
    directory.service_releases_visible_to,
    directory.instances_visible_to,
]
FOR_ADMINS = [people.invites_visible_to, people.requests_visible_to]


@pytest.mark.parametrize("read", [*READS, *FOR_ADMINS])
def test_two_organizations_share_no_row(lab, rival, read):
    for side in (lab, rival):
        deployer_client(side, client_id=f"client-{side.pk}")
        Invite.objects.create(organization=side.organization, created_by=side.user)
        MembershipRequest.objects.create(organization=side.organization, user=side.user)
    mine, theirs = (set(read(principal(side))) for side in (lab, rival))
    assert not mine & theirs


@pytest.mark.parametrize("read", [*READS, *FOR_ADMINS])
def test_who_has_no_role_reads_nothing(lab, read):
    with pytest.raises(PermissionDenied):
        read(principal(lab, roles=frozenset()))


@pytest.mark.parametrize("role", ["editor", "user", "viewer", "bot", "deployer"])
def test_invites_and_requests_are_for_admins(lab, role):
    who = principal(member(lab, "eve", role))
    MembershipRequest.objects.create(organization=lab.organization, user=lab.user)
    for read in FOR_ADMINS:
        with pytest.raises(PermissionDenied):
            read(who)
    assert list(people.requests_below(who)) == []
    assert people.requests_below(principal(lab)).count() == 1


def test_organizations_are_those_one_may_act_in(lab, rival):
    second = member(rival, "ada", "viewer")
    who = principal(lab)
    assert [one.slug for one in people.organizations_of_self(who)] == ["lab", "rival"]
    assert [one["slug"] for one in organizations_of(lab.user_id)] == ["lab", "rival"]
    second.is_blocked = True
    second.save()
    assert [one.slug for one in people.organizations_of_self(who)] == ["lab"]
    assert [one["slug"] for one in organizations_of(lab.user_id)] == ["lab"]


def test_the_context_follows_the_database(lab):
    who = principal(lab, client="deployer-1")
    assert people.context_of(who).hub is None
    client = deployer_client(lab)
    lab.roles.add(Role.objects.get(organization=lab.organization, identifier="bot"))
    here = people.context_of(who)
    assert (here.membership, here.roles, here.hub) == (lab, ["admin", "bot"], client.hub)
    mate = principal(member(lab, "eve"), client="deployer-1")
    assert people.context_of(mate).hub is None, "the app of another person says nothing of eve"


def test_notes_are_of_one_person_in_one_organization(lab, rival):
    away = member(rival, "ada")
    for side, text in ((lab, "one"), (lab, "two"), (away, "elsewhere")):
        SystemMessage.objects.create(organization=side.organization, user=side.user, message=text)
    assert [note.message for note in people.messages_of_self(principal(lab))] == ["two", "one"]
    assert [note.message for note in people.messages_of_self(principal(away))] == ["elsewhere"]
    assert list(people.messages_of_self(principal(rival))) == []


@pytest.mark.parametrize("wrong", ["", "x", "-1", "0", "9" * 18, "9" * 30, "²", "1\n"])
def test_keys_of_a_person_are_found_by_their_number_only(lab, wrong):
    with pytest.raises(NotFound):
        account.key_of_person(lab.user, wrong)


def test_keys_and_apps_of_a_person(lab, rival):
    hub = default_hub(lab.organization)
    kept, ended = (
        mandate_key_create(grantor=lab, hub=hub, label=name)[0] for name in ("kept", "ended")
    )
    mandate_revoke(mandate=ended)
    assert account.keys_of(lab.user) == [kept]
    assert account.key_of_person(lab.user, str(ended.pk)) == ended
    assert account.keys_of(rival.user) == []
    with pytest.raises(NotFound):
        account.key_of_person(rival.user, str(kept.pk))
    first, second = (deployer_client(lab, client_id=name) for name in ("first", "second"))
    assert account.clients_of(lab.user) == [second, first]
    assert account.client_of_person(lab.user, "first") == first
    for user, name in ((rival.user, "first"), (lab.user, "third"), (lab.user, "")):
        with pytest.raises(NotFound):
            account.client_of_person(user, name)
