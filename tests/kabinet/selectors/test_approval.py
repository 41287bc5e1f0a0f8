"""Which approvals stand, where they hold, and for whom."""

from __future__ import annotations

import pytest
from crowd import crowd

from chassis import clock
from kabinet_server import models
from kabinet_server.domain.capabilities import Consent
from kabinet_server.selectors import approval as selectors

ALL = models.ReleaseApproval.objects


@pytest.fixture
def store(db):
    return crowd(3)


@pytest.mark.parametrize("revoked", [False, True])
@pytest.mark.parametrize("changed", [False, True])
def test_one_stands_that_is_neither_revoked_nor_of_another_content(store, revoked, changed):
    ALL.exclude(pk=store.approval.pk).delete()
    if revoked:
        ALL.update(revoked_at=clock.now())
    if changed:
        models.Release.objects.update(approval_digest="sha256:other")
    found = ALL.select_related("release").get()
    assert selectors.is_stale(found) == changed
    assert selectors.is_active(found) == (not revoked and not changed)
    # The condition in SQL is the same one.
    assert selectors.active(ALL.all()).exists() == selectors.is_active(found)


def test_one_that_names_backends_holds_there_and_one_that_names_none_anywhere(store):
    first, second, third = models.Backend.objects.order_by("pk")
    store.approval.backends.set([first, third])
    held = [selectors.covers_backend(store.approval, one) for one in (first, second, third)]
    assert held == [True, False, True]
    store.approval.backends.clear()
    assert all(selectors.covers_backend(store.approval, one) for one in (first, second, third))


def test_what_was_decided_is_read_by_name(store):
    assert selectors.consents_of(store.approval) == {}
    decided = {
        "camera": Consent(is_granted=True, host="/dev/video0", is_writable=False),
        "data": Consent(is_granted=True, host="/srv/data", is_writable=True),
        "engine": Consent(is_granted=False, host=None, is_writable=False),
    }
    other = ALL.exclude(pk=store.approval.pk).first()
    models.Consent.objects.create(approval=other, name="camera", is_granted=False)
    for name, one in decided.items():
        models.Consent.objects.create(
            approval=store.approval,
            name=name,
            is_granted=one.is_granted,
            host=one.host,
            is_writable=one.is_writable,
        )
    assert selectors.consents_of(store.approval) == decided


@pytest.mark.parametrize(
    ("text", "count"), [("CELLS", 3), ("1.0.0", 3), ("", 3), ("1.0.1", 0), ("%", 0), ("_", 0)]
)
def test_they_are_found_by_app_or_version(store, text, count):
    assert ALL.filter(selectors.named_like(text)).count() == count
    deployments = models.Deployment.objects.filter(selectors.named_like(text, "approval__"))
    assert deployments.count() == 0
    models.Deployment.objects.update(approval=store.approval)
    assert deployments.all().count() == count


def test_a_deployer_uses_those_that_name_its_app(store, mint):
    ALL.filter(pk=store.approval.pk).update(agent="org.example.test")
    named = mint.member(sub="1").principal
    assert selectors.usable_by(ALL.all(), named).get() == store.approval
    other = mint.member(sub="1", client_app="org.example.other").principal
    assert not selectors.usable_by(ALL.all(), other).exists()
    nameless = mint.member(sub="1", client_app=None).principal
    assert not selectors.usable_by(ALL.all(), nameless).exists()
