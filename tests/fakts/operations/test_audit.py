"""The trail: what stands in it, and that nobody rewrites it."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from people import principal

from chassis.asgi import peer
from fakts_server.models.audit import AuditEntry
from fakts_server.operations.audit import OPERATOR, audit_add, by, by_member


@pytest.fixture
def entry(lab):
    token = peer.set(("9.9.9.9, 10.1.1.1", "172.0.0.1"))
    audit_add("app.approved", by(principal(lab)), lab, scopes=["openid"])
    peer.reset(token)
    return AuditEntry.objects.get()


def test_an_entry_says_who_what_and_from_where(entry, lab):
    assert (entry.organization_id, entry.actor_id) == (lab.organization_id, lab.user_id)
    assert (entry.subject_kind, entry.subject_id) == ("membership", str(lab.pk))
    assert (entry.client_id, entry.details) == ("test-client", {"scopes": ["openid"]})
    # Only what our own proxy wrote is believed.
    assert entry.address == "10.1.1.1"


def test_entries_are_never_changed_nor_deleted(entry):
    for attempt in (
        lambda: AuditEntry.objects.update(action="nothing"),
        lambda: AuditEntry.objects.all().delete(),
        entry.delete,
        entry.save,
    ):
        with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
            attempt()
    entry.refresh_from_db()
    assert entry.action == "app.approved"


def test_entries_outlive_what_they_tell_of(entry, lab):
    lab.organization.delete()
    assert AuditEntry.objects.count() == 1


def test_members_on_pages_and_the_operator(lab):
    audit_add("a", by_member(lab))
    audit_add("b", OPERATOR)
    member, operator = AuditEntry.objects.order_by("pk")
    assert (member.actor_id, member.address) == (lab.user_id, "local")
    assert (operator.actor_id, operator.client_id) == (None, "operator")
