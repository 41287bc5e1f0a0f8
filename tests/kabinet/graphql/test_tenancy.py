"""Every root field of this service against strangers, with a world of rows that are not theirs."""

from __future__ import annotations

import pytest_asyncio
from images import image

from chassis.testing.tenancy import TenancySuite, World, root_fields
from kabinet_server.app import SCHEMA

MARKER = "onlyours"


async def _world_arguments(shop):
    release = await shop.release(f"org.example.{MARKER}")
    backend = await shop.backend(f"Docker {MARKER}")
    resource = await shop.resource(backend, name=MARKER)
    deployment = await shop.deploy(release, f"deployment-{MARKER}")
    pod = await shop.pod(deployment, f"pod-{MARKER}", clientId=f"client-{MARKER}")
    await shop.get("DumpLogs", input={"pod": pod["id"], "logs": MARKER})
    approval = await shop.approve(release)
    spare = await shop.approve(release)
    gone = await shop.pod(deployment, f"gone-{MARKER}")
    repo = await shop.get(
        "CreateGithubRepo",
        input={"identifier": f"{MARKER}/cells", "autoScan": False},
    )
    unloved = await shop.get(
        "CreateGithubRepo", input={"identifier": f"{MARKER}/old", "autoScan": False}
    )
    oci = await shop.get("ImportRepo", input={"reference": f"10.0.0.1/{MARKER}/cells"})
    unloved_oci = await shop.get("ImportRepo", input={"reference": f"10.0.0.1/{MARKER}/old"})
    app = (await shop.run("{ apps { id } }"))[0]["id"]
    [definition] = await shop.get("ListDefinitions")
    [flavour] = release["flavours"]
    params = {"params": {"name": MARKER}, "secrets": {MARKER: MARKER}}
    await shop.run(
        "mutation($input: ConfigureAppInput!) { configureApp(input: $input) { app } }",
        input={"app": app, **params},
    )
    digest = release["approvalDigest"]
    wish = {"release": release["id"], "mandate": MARKER, "agent": "a", "digest": digest}
    return {
        "app": {"id": app},
        "appConfiguration": {"app": app},
        "release": {"id": release["id"]},
        "flavour": {"id": flavour["id"]},
        "flavourBlok": {"id": f"{flavour['id']}:logo"},
        "definition": {"id": definition["id"]},
        "githubRepo": {"id": repo["id"]},
        "ociRepo": {"id": oci["id"]},
        "backend": {"id": backend["id"]},
        "resource": {"id": resource["id"]},
        "deployment": {"id": deployment["id"]},
        "pod": {"id": pod["id"]},
        "releaseApproval": {"id": approval["id"]},
        "podForAgent": {"clientId": f"client-{MARKER}"},
        "myPodAt": {"localId": f"pod-{MARKER}"},
        "matchFlavours": {"release": release["id"]},
        "scanRepo": {"input": {"id": repo["id"]}},
        "removeGithubRepo": {"input": {"id": unloved["id"]}},
        "removeOciRepo": {"input": {"id": unloved_oci["id"]}},
        "createGithubRepo": {"input": {"identifier": "ada/mine", "autoScan": False}},
        "importRepo": {"input": {"reference": "10.0.0.1/ada/mine"}},
        "createAppImage": {"input": image("org.example.mine")},
        "declareBackend": {"input": {"name": "Mine", "kind": "docker"}},
        "declareResource": {"input": {"backend": backend["id"], "localId": "other"}},
        "deleteBackend": {"id": backend["id"]},
        "approveRelease": {"input": wish},
        "revokeApproval": {"input": {"id": spare["id"]}},
        "createDeployment": {
            "input": {"localId": "x", "flavour": flavour["id"], "approval": approval["id"]}
        },
        "updateDeployment": {"input": {"deployment": deployment["id"], "status": "RUNNING"}},
        "openDeploymentValues": {"deployment": deployment["id"]},
        "createPod": {"input": {"deployment": deployment["id"], "localId": "x"}},
        "updatePod": {"input": {"pod": pod["id"], "status": "RUNNING"}},
        "dumpLogs": {"input": {"pod": pod["id"], "logs": "x"}},
        "deletePod": {"input": {"id": gone["id"]}},
        "configureApp": {"input": {"app": app, **params}},
    }


class Suite(TenancySuite):
    schema = SCHEMA


@pytest_asyncio.fixture
async def world(shop, stranger, configure) -> World:
    """A store with one of everything."""
    # Nothing is reached from here: neither a git host nor a registry.
    configure(sources={"git_url": "file:///nowhere/{user}/{repo}/{branch}/{path}"})
    # The strangers have a backend too, or they could not be told apart from nobody.
    await stranger.backend()
    return World(
        ours=shop.member,
        theirs=stranger.member,
        marker=MARKER,
        arguments=await _world_arguments(shop),
        creates=frozenset({"createGithubRepo", "importRepo", "createAppImage", "declareBackend"}),
    )


async def _over_all(test, *arguments) -> None:
    """Run one inherited test for every root field, and report all that fail."""
    failed = {}
    roots = root_fields(SCHEMA)
    # What takes other things with it comes last.
    for root in sorted(roots, key=lambda one: one.name == "deleteBackend"):
        try:
            await test(arguments[0], root, *arguments[1:])
        except AssertionError as error:
            failed[str(root)] = str(error).splitlines()[0]
    assert not failed, failed
    assert len(roots) > 40


async def test_every_field_refuses_the_anonymous(graphql, world):
    await _over_all(Suite().test_anonymous_is_refused, graphql, world)


async def test_every_field_refuses_members_without_roles(graphql, world, mint):
    await _over_all(Suite().test_member_without_roles_is_refused, graphql, world, mint)


async def test_no_field_tells_strangers_anything(graphql, world):
    await _over_all(Suite().test_other_organization_learns_nothing, graphql, world)


async def test_every_field_serves_ourselves(graphql, world):
    await _over_all(Suite().test_ourselves_are_served, graphql, world)
