"""Releases as sources change them, and what that does to approvals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kabinet_server.domain.image import FlavourImage, ReleaseImages
from kabinet_server.domain.kinds import AuditKind
from kabinet_server.models import AuditEntry, Flavour, GithubRepo, Release
from kabinet_server.operations.author import mirror
from kabinet_server.operations.release import release_store

VANILLA = FlavourImage("vanilla", "a/b:1", digest="sha256:1")
CUDA = FlavourImage("cuda", "a/b:1-cuda", digest="sha256:2")
CELLS = ReleaseImages("org.example.cells", "1.0.0", [VANILLA, CUDA], scopes=["openid"])


@pytest.fixture
def repo(ada):
    mirror(ada)
    return GithubRepo.objects.create(organization_id="1", name="a", user="a", repo="b", branch="c")


def store(images, repo=None, **more):
    return release_store(organization="1", images=images, github_repo=repo, **more)


def names(release):
    return sorted(release.flavours.filter(retired_at=None).values_list("name", flat=True))


def test_flavours_a_source_has_no_longer_leave_the_store(repo):
    release = store(CELLS, repo)
    before = release.approval_digest
    release = store(replace(CELLS, flavours=[VANILLA]), repo)
    assert names(release) == ["vanilla"]
    assert release.approval_digest != before
    assert not Flavour.objects.filter(name="cuda").exists()


def test_flavours_that_could_not_be_read_stay(repo):
    store(CELLS, repo)
    release = store(replace(CELLS, flavours=[VANILLA]), repo, unread=["cuda"])
    assert names(release) == ["cuda", "vanilla"]


def test_flavours_of_other_sources_stay(repo):
    store(replace(CELLS, flavours=[CUDA]))
    release = store(replace(CELLS, flavours=[VANILLA]), repo)
    assert names(release) == ["cuda", "vanilla"]


def test_another_image_under_the_same_version_changes_the_digest_and_is_written_down(repo):
    release = store(CELLS, repo)
    before = release.approval_digest
    assert not AuditEntry.objects.exists()
    rebuilt = replace(CELLS, flavours=[replace(VANILLA, digest="sha256:9"), CUDA])
    release = store(rebuilt, repo)
    entry = AuditEntry.objects.get(kind=AuditKind.CHANGED.value)
    assert (entry.subject, entry.detail["before"]) == ("org.example.cells:1.0.0", before)
    assert entry.detail["after"] == release.approval_digest
    assert store(CELLS, repo).approval_digest == before


def test_a_registry_that_is_silent_for_once_changes_nothing(repo):
    before = store(CELLS, repo).approval_digest
    silent = replace(CELLS, flavours=[replace(one, digest=None) for one in CELLS.flavours])
    assert store(silent, repo).approval_digest == before
    moved = replace(CELLS, flavours=[replace(VANILLA, image="a/b:2", digest=None), CUDA])
    assert store(moved, repo).approval_digest != before


def test_the_head_of_a_channel_keeps_its_row_while_it_moves(repo):
    head = replace(CELLS, channel="main", version="1.1.0-dev.a", revision="a")
    first = store(head, repo)
    again = store(replace(head, version="1.1.0-dev.b", revision="b"), repo)
    assert (first.pk, again.version, again.revision) == (again.pk, "1.1.0-dev.b", "b")
    assert store(CELLS, repo).pk != first.pk
    assert Release.objects.count() == 2


def test_without_a_time_of_build_the_first_finding_counts(repo):
    release = store(CELLS, repo)
    found = release.flavours.get(name="vanilla").built_at
    assert found is not None
    assert store(CELLS, repo).flavours.get(name="vanilla").built_at == found


def test_requirements_are_joined_over_flavours(repo):
    need = {"key": "mikro", "service": "live.arkitekt.mikro", "optional": True}
    images = replace(
        CELLS,
        flavours=[
            replace(VANILLA, requirements=[need]),
            replace(CUDA, requirements=[{**need, "optional": False}]),
        ],
    )
    [joined] = store(images, repo).requirements
    assert joined["optional"] is False
