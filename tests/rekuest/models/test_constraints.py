"""What the database refuses to hold twice, and what goes when something else goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import kept
import pytest
import world
from django.db import IntegrityError, transaction
from django.db import models as orm

from chassis.testing.mint import TokenMint
from rekuest_server import models

pytestmark = pytest.mark.django_db


@dataclass
class Both:
    """The rows of two organizations, and what the first one keeps."""

    ours: world.Rows
    theirs: world.Rows
    things: kept.Kept


@pytest.fixture
def both(mint: TokenMint) -> Both:
    ours = world.make(mint.member(client_id="one").principal)
    stranger = mint.member(client_id="two", org="other-org", sub="other")
    theirs = world.make(stranger.principal, marker="theirs")
    return Both(ours, theirs, kept.make_kept(ours))


def _patched(row: orm.Model, **changes: Any) -> orm.Model:
    """A copy of a row, not yet stored."""
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    return type(row)(**(values | changes))


Pick = Callable[[Both], Any]

#: A row, and the change that makes a copy of it another thing.
UNIQUE: dict[str, tuple[Pick, Callable[[Both], dict[str, Any]]]] = {
    "organization_external_id": (
        lambda both: both.ours.organization,
        lambda both: {"external_id": "third"},
    ),
    "user_sub": (lambda both: both.ours.user, lambda both: {"sub": "third"}),
    "app_identifier": (lambda both: both.ours.action.app, lambda both: {"identifier": "third"}),
    "device_device_id": (lambda both: both.ours.client.device, lambda both: {"device_id": "d"}),
    "release_app_version": (lambda both: both.ours.client.release, lambda both: {"version": "2"}),
    "client_client_id": (lambda both: both.ours.client, lambda both: {"client_id": "third"}),
    "agent_identity": (
        lambda both: both.ours.agent,
        lambda both: {"organization_id": both.theirs.organization.pk},
    ),
    "action_identity": (lambda both: both.ours.action, lambda both: {"version": "2"}),
    "action_of_another_app": (
        lambda both: both.ours.action,
        lambda both: {"app_id": both.theirs.action.app_id},
    ),
    "implementation_interface": (
        lambda both: both.ours.implementation,
        lambda both: {"interface": "other"},
    ),
    "implementation_of_another": (
        lambda both: both.ours.implementation,
        lambda both: {"agent_id": both.theirs.agent.pk},
    ),
    "state_interface": (lambda both: both.ours.state, lambda both: {"interface": "other"}),
    "state_definition": (
        lambda both: both.ours.state.definition,
        lambda both: {"hash": "other"},
    ),
    "toolbox_name": (lambda both: both.things.toolbox, lambda both: {"name": "other"}),
    "toolbox_of_another": (
        lambda both: both.things.toolbox,
        lambda both: {"organization_id": both.theirs.organization.pk},
    ),
    "catalog_name": (lambda both: both.things.catalog, lambda both: {"name": "other"}),
    "catalog_of_another": (
        lambda both: both.things.catalog,
        lambda both: {"organization_id": both.theirs.organization.pk},
    ),
    "revision_number": (lambda both: both.things.revision, lambda both: {"number": 2}),
    "drawer_resource": (lambda both: both.things.drawer, lambda both: {"resource_id": "other"}),
    "drawer_of_another": (
        lambda both: both.things.drawer,
        lambda both: {"agent_id": both.theirs.agent.pk},
    ),
    "store_key": (lambda both: both.things.store, lambda both: {"key": "other"}),
    "asset_ref": (lambda both: both.things.asset, lambda both: {"ref": "sha256:" + "1" * 64}),
    "asset_of_another": (
        lambda both: both.things.asset,
        lambda both: {"organization_id": both.theirs.organization.pk},
    ),
    "lock_key": (
        lambda both: models.Lock.objects.create(agent=both.ours.agent, key="k"),
        lambda both: {"key": "other"},
    ),
    "session_identity": (
        lambda both: models.JournalSession.objects.create(agent=both.ours.agent, session_id="s"),
        lambda both: {"session_id": "other"},
    ),
    "dependency_key": (
        lambda both: kept.make_dependency(both.ours),
        lambda both: {"key": "other"},
    ),
    "agent_asset_name": (
        lambda both: models.AgentAsset.objects.create(
            agent=both.ours.agent, asset=both.things.asset, name="a"
        ),
        lambda both: {"name": "other"},
    ),
    "blok_mapping": (
        lambda both: models.BlokAgentMapping.objects.create(
            materialized_blok=both.things.bound, key="adder", agent=both.ours.agent
        ),
        lambda both: {"key": "other"},
    ),
    "policy_of_all": (
        lambda both: models.RunPolicy.objects.create(organization=both.ours.organization),
        lambda both: {"organization_id": both.theirs.organization.pk},
    ),
    "policy_of_an_action": (
        lambda both: models.RunPolicy.objects.create(
            organization=both.ours.organization, action=both.ours.action
        ),
        lambda both: {"action_id": None},
    ),
    "declared_blok": (
        lambda both: models.MaterializedBlok.objects.create(
            organization=both.ours.organization,
            blok=both.things.blok,
            declared_by=both.ours.agent,
        ),
        lambda both: {"declared_by_id": None},
    ),
    "blok_of_an_app": (
        lambda both: kept.make_blok(
            both.ours, both.things.catalog, "b", app=both.ours.action.app, key="k"
        ),
        lambda both: {"key": "other"},
    ),
}


@pytest.mark.parametrize("case", UNIQUE)
def test_a_thing_is_held_once_and_another_one_beside_it(both: Both, case: str) -> None:
    pick, change = UNIQUE[case]
    row = pick(both)
    with pytest.raises(IntegrityError, match="unique"), transaction.atomic():
        _patched(row).save(force_insert=True)
    other = _patched(row, **change(both))
    other.save(force_insert=True)
    assert other.pk != row.pk


@pytest.mark.parametrize(
    "pick",
    [
        lambda both: both.things.shortcut,
        lambda both: both.things.case,
        lambda both: both.things.result,
        lambda both: both.things.dashboard,
        lambda both: both.things.space,
        lambda both: both.things.bound,
        lambda both: both.things.blok,
        lambda both: both.things.resolution,
    ],
    ids=[
        "shortcut",
        "case",
        "result",
        "dashboard",
        "space",
        "bound",
        "blok",
        "resolution",
    ],
)
def test_names_of_what_people_make_may_repeat(both: Both, pick: Pick) -> None:
    row = pick(both)
    copy = _patched(row)
    copy.save(force_insert=True)
    assert str(copy)[:8] == str(row)[:8]
    assert type(row).objects.filter(organization=both.ours.organization).count() == 2


#: What is deleted, and what is there before and not after.
GOES: dict[str, tuple[Pick, tuple[type[orm.Model], ...]]] = {
    "toolbox": (lambda both: both.things.toolbox, (models.Shortcut,)),
    "case": (lambda both: both.things.case, (models.TestResult,)),
    "blok": (lambda both: both.things.blok, (models.BlokRevision, models.MaterializedBlok)),
    "space": (lambda both: both.things.space, (models.Placement,)),
}


@pytest.mark.parametrize("case", GOES)
def test_what_belongs_to_a_thing_goes_with_it(both: Both, case: str) -> None:
    pick, parts = GOES[case]
    assert all(part.objects.exists() for part in parts)
    pick(both).delete()
    assert not any(part.objects.exists() for part in parts)
    assert models.Action.objects.count() == 2
    assert models.Agent.objects.count() == 2


def test_a_placement_outlives_the_blok_that_shows_it(both: Both) -> None:
    placement = models.Placement.objects.get()
    placement.blok = both.things.bound
    placement.save()
    both.things.bound.delete()
    placement.refresh_from_db()
    assert placement.blok is None


def test_a_pin_is_undone_when_its_revision_goes(both: Both) -> None:
    both.things.bound.pinned_revision = both.things.revision
    both.things.bound.save()
    both.things.revision.delete()
    both.things.bound.refresh_from_db()
    assert both.things.bound.pinned_revision is None


@pytest.mark.parametrize(
    "pick",
    [
        lambda both: both.ours.action,
        lambda both: both.ours.state.definition,
        lambda both: both.things.store,
        lambda both: both.things.catalog,
    ],
    ids=["action", "state definition", "store", "catalog"],
)
def test_what_others_need_is_not_deleted(both: Both, pick: Pick) -> None:
    row = pick(both)
    with pytest.raises(orm.ProtectedError):
        row.delete()
    assert type(row).objects.filter(pk=row.pk).exists()
