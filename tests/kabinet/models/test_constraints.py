"""What the database itself refuses, and what goes with what."""

from __future__ import annotations

import pytest
from crowd import crowd
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.forms.models import model_to_dict

from chassis import clock
from kabinet_server import models
from kabinet_server.models.approval import AuditEntry

OTHER = "2"


@pytest.fixture
def store(db):
    crowd(1, organization=OTHER)
    return crowd(2)


def _copy(row, **changes):
    """A second row with the same values."""
    names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    return type(row)(**({name: getattr(row, name) for name in names} | changes))


def _save(row):
    with transaction.atomic():
        row.save()
    return row


def _setting(store):
    return _save(models.AppSetting(organization_id="1", app=store.app))


def _consent(store):
    return _save(models.Consent(approval=store.approval, name="camera", is_granted=True))


def _offer(store):
    return models.Offer.objects.filter(flavour=store.flavour).first()


#: By constraint: the row, and changes of single columns with which a second one is allowed.
ONCE = {
    "app_once": (
        lambda s: s.app,
        [{"identifier": "other"}, {"organization_id": OTHER, "identifier": "b"}],
    ),
    "release_proper_once": (lambda s: s.release, [{"version": "9"}, {"channel": "main"}]),
    "flavour_once": (lambda s: s.flavour, [{"name": "other"}]),
    "offer_once": (_offer, []),
    "definition_once": (lambda s: s.definition, [{"hash": "f" * 64}]),
    "collection_once": (lambda s: s.definition.collections.first(), [{"name": "other"}]),
    "protocol_once": (lambda s: s.definition.protocols.first(), [{"name": "other"}]),
    "git_repo_once": (
        lambda s: s.github_repo,
        [{"branch": "dev"}, {"user": "eve"}, {"repo": "other"}],
    ),
    "oci_repo_once": (lambda s: s.oci_repo, [{"registry": "docker.io"}, {"repository": "a/b"}]),
    "backend_of_client": (
        lambda s: s.backend,
        [{"organization_id": OTHER, "client_id": "client-1"}],
    ),
    "resource_once": (lambda s: s.resource, [{"resource_id": "other"}]),
    "deployment_once": (lambda s: s.deployment, [{"local_id": "other"}]),
    "pod_once": (lambda s: s.pod, [{"pod_id": "other"}]),
    "consent_once": (_consent, [{"name": "engine"}]),
    "setting_of_app": (_setting, []),
}


@pytest.mark.parametrize("name", ONCE)
def test_what_there_is_once_is_there_once(store, name):
    make, allowed = ONCE[name]
    row = make(store)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        _copy(row).save()
    for changes in allowed:
        assert _save(_copy(row, **changes)).pk != row.pk, changes


def test_a_channel_has_one_head_whatever_its_version(store):
    head = _save(_copy(store.release, channel="main", version="2.0-dev.1"))
    with pytest.raises(IntegrityError, match="channel_head_once"), transaction.atomic():
        _copy(head, version="2.0-dev.2").save()
    # A version may be that of a release proper and of heads at the same time.
    _save(_copy(store.release, channel="next", version=head.version))
    _save(_copy(store.release, version=head.version))


def _lease(store, **changes):
    given = {"resource": store.resource, "pod": store.pod, "kind": "cuda", "device": "GPU-a"}
    given |= {"organization_id": "1", "mode": "EXCLUSIVE", "amount": 1}
    return models.Lease(**(given | changes))


@pytest.mark.parametrize(
    ("first", "second"), [("EXCLUSIVE", "EXCLUSIVE"), ("EXCLUSIVE", "SLICE"), ("SLICE", "SLICE")]
)
def test_a_device_that_is_held_alone_is_held_once(store, first, second):
    held = _save(_lease(store, mode=first))
    with pytest.raises(IntegrityError, match="device_held_once"), transaction.atomic():
        _lease(store, mode=second).save()
    held.released_at = clock.now()
    _save(held)
    assert _save(_lease(store, mode=second)).pk


@pytest.mark.parametrize(
    "changes",
    [
        {"device": "GPU-b"},
        {"kind": "rocm"},
        {"mode": "SHARED"},
        {"mode": None},
        {"released_at": clock.now()},
    ],
)
def test_leases_that_do_not_meet_stand_side_by_side(store, changes):
    _save(_lease(store))
    _save(_lease(store, **changes))
    assert models.Lease.objects.count() == 2


def _forget(*rows):
    for row in rows:
        row.delete()


def _left(model, **filters):
    return model.objects.filter(organization="1", **filters).count()


@pytest.mark.parametrize(
    ("name", "blocked_by"),
    [
        ("flavour", "Deployment"),
        ("release", "Deployment"),
        ("app", "Deployment"),
    ],
)
def test_what_is_deployed_is_not_forgotten(store, name, blocked_by):
    with pytest.raises(ProtectedError, match=blocked_by):
        getattr(store, name).delete()
    assert _left(models.Deployment) == 2


def test_who_approved_and_who_runs_is_not_forgotten(store):
    for row in (models.User.objects.get(pk="1"), models.Client.objects.get(pk="client-0")):
        with pytest.raises(ProtectedError):
            row.delete()


def test_what_was_approved_is_not_forgotten(store):
    models.Deployment.objects.all().delete()
    with pytest.raises(ProtectedError, match=r"ReleaseApproval\.release"):
        store.release.delete()
    store.flavour.delete()
    assert _left(models.Flavour) == 1


def test_an_approval_that_something_runs_under_is_not_forgotten(store):
    models.Deployment.objects.filter(pk=store.deployment.pk).update(approval=store.approval)
    with pytest.raises(ProtectedError, match=r"Deployment\.approval"):
        store.approval.delete()


def test_a_repository_goes_without_its_flavours(store):
    _forget(store.github_repo, store.oci_repo)
    found = set(
        models.Flavour.objects.filter(organization="1").values_list("github_repo", "oci_repo")
    )
    assert found == {(None, None)}


def test_a_backend_takes_its_places_and_containers_along_and_leaves_the_approval(store):
    store.backend.delete()
    assert _left(models.Resource) == _left(models.Deployment) == _left(models.Pod) == 0
    assert not models.LogDump.objects.filter(pod__organization="1").exists()
    assert store.approval.backends.count() == 1
    assert _left(models.Backend) == 1
    assert models.Pod.objects.count() == 1  # the other organization's


def test_a_resource_goes_without_its_pods_but_with_their_leases(store):
    _save(_lease(store))
    store.resource.delete()
    store.pod.refresh_from_db()
    assert store.pod.resource_id is None
    assert not models.Lease.objects.exists()


def test_the_deployment_after_loses_the_way_back_and_stays(store):
    after = models.Deployment.objects.exclude(pk=store.deployment.pk).get(organization="1")
    after.previous = store.deployment
    _save(after)
    store.deployment.delete()
    after.refresh_from_db()
    assert after.previous_id is None


def test_an_account_outlives_what_it_is_of(store):
    entry = AuditEntry.objects.create(organization_id="1", kind="APPROVED", subject="cells:1")
    models.Deployment.objects.all().delete()
    models.ReleaseApproval.objects.all().delete()
    store.app.delete()
    assert model_to_dict(AuditEntry.objects.get(pk=entry.pk))["subject"] == "cells:1"
    assert not models.Offer.objects.filter(flavour__organization="1").exists()


def test_rows_are_named_for_those_who_look_at_them(store):
    named = [
        (store.app, "org.example.cells"),
        (store.release, f"{store.app.pk}:1.0.0"),
        (store.flavour, "flavour-0000"),
        (store.github_repo, "ada/cells:main"),
        (store.oci_repo, "ghcr.io/ada/cells"),
        (store.backend, "Backend 0"),
        (store.resource, "Node 0"),
        (store.deployment, "deployment-0"),
        (store.pod, "pod-0"),
        (store.approval, f"{store.release.pk} for a"),
        (store.definition, "Name 0000"),
        (_lease(store), "cuda GPU-a"),
        (_lease(store, device="", kind="ram", amount=500.0), "ram 500.0"),
        (_consent(store), "camera"),
        (_setting(store), f"settings of {store.app.pk}"),
    ]
    for row, text in named:
        assert str(row) == text
