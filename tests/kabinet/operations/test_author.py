"""Who writes."""

from __future__ import annotations

import pytest

from chassis.errors import PermissionDenied
from kabinet_server.domain.kinds import AuditKind
from kabinet_server.models import AuditEntry, Client, Organization, User
from kabinet_server.operations.author import acting, audit, mirror


def test_what_a_token_says_is_mirrored_and_kept_current(ada, mint):
    mirror(ada)
    assert Organization.objects.get(pk="1").slug == "first"
    assert User.objects.get(pk="1").username == "ada"
    assert Client.objects.get(pk="test-client").app == "org.example.test"
    mirror(mint.member(active_org="renamed", client_release="0.2.0").principal)
    assert Organization.objects.get(pk="1").slug == "renamed"
    assert Client.objects.get(pk="test-client").version == "0.2.0"


def test_an_organization_stays_welcomed_when_it_is_renamed(ada):
    mirror(ada)
    Organization.objects.update(welcomed_at="2026-01-01T00:00:00Z", slug="old")
    mirror(ada)
    assert Organization.objects.get().welcomed_at is not None


def test_who_may_not_leaves_no_trace(viewer):
    with pytest.raises(PermissionDenied):
        acting(viewer, "store.import")
    assert not User.objects.exists()


def test_decisions_are_written_down(ada):
    mirror(ada)
    audit(AuditKind.FORCED, organization="1", subject="cells", actor="1", why="x")
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.subject, entry.detail) == ("FORCED", "cells", {"why": "x"})
