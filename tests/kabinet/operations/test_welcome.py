"""The first visit of an organization."""

from __future__ import annotations

import pytest

from chassis.errors import InvalidInput
from kabinet_server.models import GithubRepo, OciRepo, Organization
from kabinet_server.operations.welcome import forget_welcomes, organization_welcome

REPOS = ["github:ada/cells:dev", "oci:ghcr.io/org/app#main,next"]


def test_a_new_organization_gets_the_default_repositories_once(ada, configure):
    configure(sources={"default_repos": REPOS})
    organization_welcome(principal=ada)
    git, oci = GithubRepo.objects.get(), OciRepo.objects.get()
    assert (git.user, git.branch, git.is_default, git.next_scan_at) == ("ada", "dev", True, None)
    assert (oci.repository, oci.channels) == ("org/app", ["main", "next"])
    git.delete()
    forget_welcomes()
    organization_welcome(principal=ada)
    assert not GithubRepo.objects.exists()
    assert Organization.objects.get().welcomed_at is not None


def test_each_organization_has_its_own(ada, bob, configure):
    configure(sources={"default_repos": REPOS})
    organization_welcome(principal=ada)
    organization_welcome(principal=bob)
    assert sorted(GithubRepo.objects.values_list("organization", flat=True)) == ["1", "2"]


def test_a_default_that_cannot_be_read_is_told_and_tried_again(ada, configure):
    configure(sources={"default_repos": ["nonsense"]})
    with pytest.raises(InvalidInput, match="nonsense"):
        organization_welcome(principal=ada)
    configure(sources={"default_repos": REPOS})
    organization_welcome(principal=ada)
    assert GithubRepo.objects.count() == 1


async def test_opening_the_store_is_the_first_visit(shop, configure):
    configure(sources={"default_repos": REPOS})
    found = await shop.run("{ githubRepos { identifier: name state isDefault } }")
    assert found == [] or found[0]["isDefault"]
    assert (await shop.run("{ githubRepos { state isDefault } }")) == [
        {"state": "NEW", "isDefault": True}
    ]
