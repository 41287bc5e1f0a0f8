"""Reading repositories into the store: what fails is told, what was good stays."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from images import descriptor, image
from servers import serving

from chassis import clock
from kabinet_server.models import Flavour, GithubRepo, OciRepo
from kabinet_server.operations.scan import scan_due

REPO = "{ ociRepos { id state lastError problems { image message } flavours { name } } }"
GIT = "{ githubRepos { id state lastError problems { image message } flavours { name } url } }"


class GitHost:
    def __init__(self):
        self.images = [image()]
        self.status = 200

    def answer(self, method, path, headers):
        return self.status, {}, json.dumps({"app_images": self.images}).encode()


@pytest.fixture
def git(configure):
    found = GitHost()
    with serving(found.answer) as site:
        url = f"{site.address}/{{user}}/{{repo}}/{{branch}}/{{path}}"
        configure(sources={"git_url": url, "timeout_seconds": 3.0})
        found.site = site
        yield found


async def _import(shop, allowed, **more):
    reference = f"{allowed.site.host}/org/cells"
    return await shop.get("ImportRepo", input={"reference": reference, **more})


async def test_a_registry_is_read_into_the_store(shop, allowed):
    allowed.release("1.0.0", descriptor(version="1.0.0", keys=("double", "halve")))
    allowed.release("main", descriptor(version="1.1.0-dev.a", channel="main"))
    repo = await _import(shop, allowed, channels=["main"])
    assert [one["release"]["version"] for one in repo["flavours"]] == ["1.0.0", "1.1.0-dev.a"]
    assert repo["scannedAt"] is not None
    names = sorted(one["name"] for one in await shop.get("ListDefinitions"))
    assert names == ["Double", "Halve"]


async def test_one_bad_release_never_loses_the_others(shop, allowed):
    allowed.release("1.0.0", descriptor(version="1.0.0"))
    allowed.release("2.0.0", descriptor(version="2.0.0", flavours=3))
    await _import(shop, allowed)
    [repo] = await shop.run(REPO)
    assert (repo["state"], repo["lastError"]) == ("OK", None)
    assert [one["image"] for one in repo["problems"]] == ["2.0.0"]
    assert len(repo["flavours"]) == 1


async def test_a_release_that_is_gone_leaves_the_store_and_one_that_runs_is_kept_aside(
    shop, allowed
):
    for version in ("1.0.0", "2.0.0"):
        allowed.release(version, descriptor(version=version))
    await _import(shop, allowed)
    release = next(one for one in await shop.get("ListReleases") if one["version"] == "1.0.0")
    await shop.backend()
    whole = await shop.get("GetRelease", id=release["id"])
    deployment = await shop.deploy(whole)
    allowed.tags.clear()
    allowed.release("3.0.0", descriptor(version="3.0.0"))
    repo = await _import(shop, allowed)
    assert [one["release"]["version"] for one in repo["flavours"]] == ["3.0.0"]
    found = await shop.run(
        "query($id: ID!) { deployment(id: $id) { flavour { name retiredAt } } }",
        id=deployment["id"],
    )
    assert found["flavour"]["retiredAt"] is not None
    assert len(await shop.get("ListFlavours")) == 1
    assert await sync_to_async(Flavour.objects.count)() == 2


async def test_a_registry_that_is_gone_keeps_what_was_read(shop, allowed):
    allowed.release("1.0.0", descriptor(version="1.0.0"))
    await _import(shop, allowed)
    allowed.trick("tags/list", (404, {}, b""))
    repo = await _import(shop, allowed)
    assert len(repo["flavours"]) == 1
    [told] = await shop.run(REPO)
    assert told["state"] == "ERROR"
    assert "no repository" in told["lastError"]
    [told] = (await _import(shop, allowed)) and await shop.run(REPO)
    assert (told["state"], told["lastError"]) == ("OK", None)


async def test_a_private_registry_is_refused_without_a_look(shop, registry):
    await _import(shop, registry)
    [told] = await shop.run(REPO)
    assert "allowed_hosts" in told["lastError"]
    assert registry.site.asked == []


async def test_a_git_repository_is_read_and_read_again(shop, git):
    repo = await shop.get("CreateGithubRepo", input={"identifier": "ada/cells"})
    assert len(repo["flavours"]) == 1
    git.images.append(image("org.example.cells", "1.0.0", "cuda"))
    again = await shop.get("CreateGithubRepo", input={"user": "ada", "repo": "cells"})
    assert (again["id"], len(again["flavours"])) == (repo["id"], 2)
    git.images = [image(selectors=[{"kind": "service"}]), image("org.example.other")]
    scan = "mutation($id: String!) { scanRepo(input: {id: $id}) { problems { image } } }"
    told = await shop.run(scan, id=repo["id"])
    assert told["problems"] == [{"image": "org.example.cells:1.0.0:vanilla"}]
    [found] = await shop.run(GIT)
    # Nothing of the release could be read, so nothing of it is touched.
    assert sorted(one["name"] for one in found["flavours"]) == ["cuda", "vanilla", "vanilla"]
    git.images = [image("org.example.other")]
    await shop.run(scan, id=repo["id"])
    [found] = await shop.run(GIT)
    assert [one["name"] for one in found["flavours"]] == ["vanilla"]


async def test_all_git_repositories_are_read_again_at_once(shop, git):
    for name in ("one", "two"):
        given = {"identifier": f"ada/{name}", "autoScan": False}
        await shop.get("CreateGithubRepo", input=given)
    assert git.site.asked == []
    found = await shop.run("mutation { rescanRepos { repo state organization { slug } } }")
    assert [one["state"] for one in found] == ["OK", "OK"]


async def test_due_repositories_are_read_by_the_job_and_failures_wait_longer(shop, git, configure):
    configure(sources={"retry_seconds": 60.0})
    await shop.get("CreateGithubRepo", input={"identifier": "ada/cells", "autoScan": False})
    git.status = 418
    for failures, seconds in ((1, 60), (2, 120), (3, 240)):
        await sync_to_async(GithubRepo.objects.update)(next_scan_at=clock.now())
        before = clock.now()
        assert await scan_due() == 1
        row = await sync_to_async(GithubRepo.objects.get)()
        assert (row.failures, row.state) == (failures, "ERROR")
        wait = row.next_scan_at - before
        assert timedelta(seconds=seconds) <= wait <= timedelta(seconds=seconds + 30)
    assert await scan_due() == 0
    git.status = 200
    await sync_to_async(GithubRepo.objects.update)(next_scan_at=None)
    assert await scan_due() == 1
    row = await sync_to_async(GithubRepo.objects.get)()
    assert (row.failures, row.state, row.last_error) == (0, "OK", None)


async def test_default_repositories_are_scanned_by_the_job(shop, allowed, configure):
    allowed.release("1.0.0", descriptor(version="1.0.0"))
    configure(sources={"default_repos": [f"oci:{allowed.site.host}/org/cells"]})
    await shop.run("{ apps { id } }")
    assert await scan_due() == 1
    [app] = await shop.run("{ apps { identifier latest { version } } }")
    assert app == {"identifier": "org.example.cells", "latest": {"version": "1.0.0"}}
    assert await sync_to_async(lambda: OciRepo.objects.get().is_default)()
