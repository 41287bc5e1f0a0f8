"""All documents of the released client, each with rows that really are there."""

from __future__ import annotations

from images import image
from shop import AGENT

SEARCHES = {
    "SearchBackends": "Docker",
    "SearchDefinitions": "doub",
    "SearchDeployments": "cells",
    "SearchFlavours": "vanil",
    "SearchPods": "Docker",
    "SearchReleaseApprovals": "CELLS",
    "SearchReleases": "1.0",
    "SearchResources": "node",
}
#: Asked by the tests of subscriptions.
WATCHES = {"WatchPod", "WatchPods"}


async def test_every_document_is_answered_with_what_is_there(shop, documents, configure):
    configure(sources={"registry_hosts": ["nowhere.example.org"]})
    asked = _Asked(shop)
    release = await asked("CreateAppImage", input=image())
    assert (release["version"], release["app"]["identifier"]) == ("1.0.0", "org.example.cells")
    assert release["logoBlok"]["key"] == "logo"
    backend = await asked("DeclareBackend", input={"name": "Docker", "kind": "docker"})
    resource = await shop.resource(backend)
    asked.names.add("DeclareResource")
    approval = await asked(
        "ApproveRelease",
        input={
            "release": release["id"],
            "mandate": "m-1",
            "agent": AGENT,
            "digest": release["approvalDigest"],
            "backends": [backend["id"]],
        },
    )
    assert (approval["isActive"], approval["isStale"]) == (True, False)
    [flavour] = release["flavours"]
    deployment = await asked(
        "CreateDeployment",
        input={
            "flavour": flavour["id"],
            "localId": "cells-1",
            "approval": approval["id"],
            "lastPulled": "2026-01-02T03:04:05Z",
            "secretParams": {"password": "hush"},
        },
    )
    pod = await asked(
        "CreatePod",
        input={
            "deployment": deployment["id"],
            "localId": "container-1",
            "resource": resource["id"],
            "clientId": "client-of-the-container",
        },
    )
    assert pod["status"] == "PENDING"
    pod = await asked("UpdatePod", input={"localId": "container-1", "status": "RUNNING"})
    assert pod["status"] == "RUNNING"
    dump = await asked("DumpLogs", input={"pod": pod["id"], "logs": "one line"})
    assert dump == {"__typename": "LogDump", "pod": dump["pod"], "logs": "one line"}
    repo = await asked("CreateGithubRepo", input={"identifier": "ada/cells", "autoScan": False})
    assert (repo["user"], repo["repo"], repo["branch"]) == ("ada", "cells", "main")
    oci = await asked("ImportRepo", input={"reference": "ghcr.io/ada/cells", "channels": ["main"]})
    assert (oci["reference"], oci["channels"]) == ("ghcr.io/ada/cells", ["main"])
    await _one_by_one(asked, backend, resource, release, deployment, pod, approval)
    await _lists(asked, backend, pod)
    revoked = await asked("RevokeApproval", id=approval["id"])
    assert revoked["revokedAt"] is not None
    assert revoked["isActive"] is False
    assert await asked("DeletePod", input={"id": pod["id"]}) == pod["id"]
    assert asked.names | WATCHES == set(documents)


async def _one_by_one(asked, backend, resource, release, deployment, pod, approval):
    assert (await asked("GetBackend", id=backend["id"]))["name"] == "Docker"
    assert (await asked("GetResource", id=resource["id"]))["pods"][0]["podId"] == "container-1"
    assert (await asked("GetRelease", id=release["id"]))["approvalDigest"]
    assert (await asked("GetDeployment", id=deployment["id"]))["localId"] == "cells-1"
    assert (await asked("GetPod", id=pod["id"]))["clientId"] == "client-of-the-container"
    assert (await asked("GetReleaseApproval", id=approval["id"]))["agent"] == AGENT
    flavour = release["flavours"][0]["id"]
    detail = await asked("GetFlavour", id=flavour)
    assert [one["key"] for one in detail["blokImplementations"]] == ["logo", "panel"]
    assert detail["manifest"]["scopes"] == ["openid"]
    blok = await asked("GetFlavourBlok", id=f"{flavour}:panel")
    assert (blok["context"], blok["parseError"]) == ("HTML", None)
    [definition] = await asked("ListDefinitions")
    assert (await asked("GetDefinition", id=definition["id"]))["name"] == "Double"
    by_hash = await asked("GetDefinitionByHash", hash=definition["hash"])
    assert by_hash["id"] == definition["id"]
    installable = await asked("GetInstallable", id=definition["id"])
    assert [one["id"] for one in installable["flavours"]] == [flavour]
    assert (await asked("MyPodAt", localId="container-1"))["id"] == pod["id"]


async def _lists(asked, backend, pod):
    for name in ("ListBackends", "ListDeployments", "ListFlavours", "ListPod", "ListReleases"):
        assert len(await asked(name)) == 1, name
    for name in ("ListReleaseApprovals", "ListResources", "OciRepos"):
        assert len(await asked(name)) == 1, name
    mine = await asked("MyPods", backend=backend["id"])
    assert [one["id"] for one in mine] == [pod["id"]]
    assert len(await asked("SearchInstallable", search="DOUBLE")) == 1
    for name, text in SEARCHES.items():
        [found] = await asked(name, search=text, values=None)
        assert found["label"], name
        assert await asked(name, search="no such thing") == []
        assert await asked(name, values=[found["value"]]) == [found], name
        assert await asked(name, values=[]) == [], name
        assert await asked(name, search=None, values=None, limit=None) == [found], name


class _Asked:
    """Sends documents and remembers which."""

    def __init__(self, shop):
        self._shop = shop
        self.names = set()

    async def __call__(self, name, /, **variables):
        self.names.add(name)
        return await self._shop.get(name, **variables)
