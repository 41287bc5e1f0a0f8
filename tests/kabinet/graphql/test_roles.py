"""Every mutation against every role, and what bad input is told: over the wire, at real rows."""

from __future__ import annotations

import pytest
import pytest_asyncio
from images import image, without
from shop import AGENT

from chassis.permissions import BUILTIN_ROLES
from chassis.testing.tenancy import SHARED
from kabinet_server.graphql.schema import SCHEMA

NOWHERE = {"sources": {"git_url": "file:///nowhere/{user}/{repo}/{branch}/{path}"}}
ALL = set(BUILTIN_ROLES)
IMPORTERS = {"admin", "editor", "deployer"}
APPROVERS = {"admin", "editor", "user", "deployer"}
RUNNERS = {"admin", "deployer"}
#: Who may call a mutation. All act as the user and client that the rows belong to.
MAY = {
    "createGithubRepo": IMPORTERS,
    "scanRepo": IMPORTERS,
    "rescanRepos": IMPORTERS,
    "importRepo": IMPORTERS,
    "removeGithubRepo": IMPORTERS,
    "removeOciRepo": IMPORTERS,
    "createAppImage": IMPORTERS,
    "approveRelease": APPROVERS,
    "revokeApproval": APPROVERS,
    "declareBackend": RUNNERS,
    "declareResource": RUNNERS,
    "createDeployment": RUNNERS,
    "updateDeployment": RUNNERS,
    "openDeploymentValues": RUNNERS,
    "createPod": RUNNERS,
    "updatePod": RUNNERS,
    "dumpLogs": RUNNERS,
    "deletePod": RUNNERS,
    "deleteBackend": RUNNERS,
    "configureApp": {"admin"},
}
#: Mutations whose answer has no fields to choose.
BARE = {"removeGithubRepo", "removeOciRepo", "deleteBackend", "deletePod"}
SHOWN = {"openDeploymentValues": "params", "configureApp": "app"}


def call(name):
    """The text of a mutation; its arguments come as variables of the types of the schema."""
    what = SCHEMA._schema.mutation_type.fields[name]
    declared = ", ".join(f"${key}: {arg.type}" for key, arg in what.args.items())
    given = ", ".join(f"{key}: ${key}" for key in what.args)
    head = f"mutation({declared})" if declared else "mutation"
    args = f"({given})" if given else ""
    fields = "" if name in BARE else f"{{ {SHOWN.get(name, 'id')} }}"
    return f"{head} {{ {name}{args} {fields} }}"


@pytest_asyncio.fixture
async def rows(shop, configure):
    """The arguments with which each mutation succeeds for an admin, in an order that works."""
    configure(**NOWHERE)
    release = await shop.release()
    backend = await shop.backend()
    resource = await shop.resource(backend)
    deployment = await shop.deploy(release)
    pod = await shop.pod(deployment, "c1")
    approval, spare = await shop.approve(release), await shop.approve(release)
    repo = await shop.get("CreateGithubRepo", input={"identifier": "a/b", "autoScan": False})
    oci = await shop.get("ImportRepo", input={"reference": "10.0.0.1/a/b"})
    [app] = await shop.run("{ apps { id } }")
    flavour = release["flavours"][0]["id"]
    wish = {"release": release["id"], "mandate": "m", "agent": AGENT}
    wish["digest"] = release["approvalDigest"]
    shop.found = {"resource": resource["id"]}
    return {
        "createGithubRepo": {"input": {"identifier": "ada/cells", "autoScan": False}},
        "scanRepo": {"input": {"id": repo["id"]}},
        "rescanRepos": {},
        "importRepo": {"input": {"reference": "10.0.0.1/ada/cells"}},
        "removeOciRepo": {"input": {"id": oci["id"]}},
        "createAppImage": {"input": image("org.example.other")},
        "approveRelease": {"input": wish},
        "revokeApproval": {"input": {"id": spare["id"]}},
        "declareBackend": {"input": {"name": "Docker", "kind": "docker"}},
        "declareResource": {"input": {"backend": backend["id"], "localId": "node"}},
        "createDeployment": {
            "input": {"localId": "x", "flavour": flavour, "approval": approval["id"]}
        },
        "updateDeployment": {"input": {"deployment": deployment["id"], "status": "RUNNING"}},
        "openDeploymentValues": {"deployment": deployment["id"]},
        "createPod": {"input": {"deployment": deployment["id"], "localId": "c2"}},
        "updatePod": {"input": {"pod": pod["id"], "status": "RUNNING"}},
        "dumpLogs": {"input": {"pod": pod["id"], "logs": "x"}},
        "configureApp": {"input": {"app": app["id"], "params": {}}},
        "removeGithubRepo": {"input": {"id": repo["id"]}},
        "deletePod": {"input": {"id": pod["id"]}},
        "deleteBackend": {"id": backend["id"]},
    }


def test_every_mutation_is_in_the_table():
    assert set(SCHEMA._schema.mutation_type.fields) - SHARED == set(MAY)


async def test_roles_that_may_not_are_refused_and_an_admin_is_served(shop, mint, rows):
    assert set(rows) == set(MAY)
    wrong = {}
    for name, arguments in rows.items():
        for role in sorted(ALL - MAY[name]):
            member = mint.member(sub="1", org="1", active_org="first", roles=[role])
            answer = await shop.graphql(call(name), member, **arguments)
            if answer.codes != ["PERMISSION_DENIED"]:
                wrong[name, role] = answer.codes
    assert wrong == {}
    # Nothing was changed by those who were refused, so everything is still there.
    for name, arguments in rows.items():
        assert (await shop.graphql(call(name), shop.member, **arguments)).ok(), name


@pytest.mark.parametrize("role", sorted(APPROVERS - {"admin"}))
async def test_roles_that_may_are_served(shop, mint, rows, role):
    member = mint.member(sub="1", org="1", active_org="first", roles=[role])
    served = [name for name in rows if role in MAY[name]]
    codes = {name: (await shop.graphql(call(name), member, **rows[name])).codes for name in served}
    assert {name: found for name, found in codes.items() if found} == {}


@pytest.mark.parametrize("role", sorted(ALL))
async def test_everybody_with_a_role_reads_what_is_there(shop, mint, rows, role):
    member = mint.member(sub="5", org="1", active_org="first", roles=[role])
    lists = ("apps", "releases", "flavours", "definitions", "githubRepos", "ociRepos", "backends")
    lists += ("resources", "deployments", "pods", "releaseApprovals")
    text = "{ " + " ".join(f"{name} {{ id }}" for name in lists) + " }"
    found = (await shop.graphql(text, member)).ok()
    assert [name for name, listed in found.items() if not listed] == []


async def test_what_is_not_there_is_not_found_whatever_its_id_looks_like(shop, rows):
    """Each mutation that names a row, with ids of nothing in the place of that row."""
    places = {
        "scanRepo": "id",
        "removeGithubRepo": "id",
        "removeOciRepo": "id",
        "approveRelease": "release",
        "revokeApproval": "id",
        "declareResource": "backend",
        "createDeployment": "flavour",
        "updateDeployment": "deployment",
        "createPod": "deployment",
        "updatePod": "pod",
        "dumpLogs": "pod",
        "deletePod": "id",
        "configureApp": "app",
    }
    wrong = {}
    for name, place in places.items():
        for bad in ("999999999", "x", "", "-1", "9" * 40, "1\u0661"):
            given = {**rows[name]["input"], place: bad}
            codes = (await shop.graphql(call(name), shop.member, input=given)).codes
            if codes != ["NOT_FOUND"]:
                wrong[name, bad] = codes
    for name, place in (("deleteBackend", "id"), ("openDeploymentValues", "deployment")):
        codes = (await shop.graphql(call(name), shop.member, **{place: "x"})).codes
        if codes != ["NOT_FOUND"]:
            wrong[name] = codes
    assert wrong == {}


LONG = "x" * 1001
#: By mutation: changes of good input, and the field that is told.
BAD = [
    ("createDeployment", {"localId": " "}, "localId"),
    ("createDeployment", {"localId": LONG}, "localId"),
    ("createDeployment", {"localId": "a\x00b"}, None),
    ("createDeployment", {"params": [1]}, "params"),
    ("createDeployment", {"params": "text"}, "params"),
    ("createDeployment", {"secretParams": 3}, "secretParams"),
    ("createDeployment", {"approval": None}, "approval"),
    ("createPod", {"localId": ""}, "localId"),
    ("createPod", {"localId": LONG}, "localId"),
    ("updatePod", {"pod": None}, "pod"),
    ("declareBackend", {"name": ""}, "name"),
    ("declareBackend", {"name": "x" * 401}, "name"),
    ("declareBackend", {"kind": " "}, "kind"),
    ("declareBackend", {"kind": "x" * 201}, "kind"),
    ("declareResource", {"localId": " "}, "localId"),
    ("declareResource", {"localId": "x" * 401}, "localId"),
    ("declareResource", {"name": "x" * 401}, "name"),
    ("declareResource", {"qualifiers": [{"key": "", "value": "x"}]}, "qualifiers.key"),
    ("approveRelease", {"agent": " "}, "agent"),
    ("approveRelease", {"mandate": ""}, "agent"),
    ("approveRelease", {"digest": ""}, "digest"),
    ("approveRelease", {"consents": [{"name": "camera", "granted": True}]}, "grants"),
    ("configureApp", {"params": []}, "params"),
    ("configureApp", {"params": {"": 1}}, "params"),
    ("configureApp", {"params": {"x" * 201: 1}}, "params"),
    ("configureApp", {"secrets": "hush"}, "secrets"),
    ("configureApp", {"secrets": {str(number): 1 for number in range(201)}}, "secrets"),
    ("createAppImage", {"selectors": [{"kind": "quantum"}]}, "selectors"),
]


async def test_bad_input_is_refused_at_its_field_and_changes_nothing(shop, rows):
    counted = "{ deployments { id localId } pods { id } backends { name kind } resources { name } }"
    before = (await shop.graphql(counted, shop.member)).ok()
    wrong = []
    for name, changes, field in BAD:
        given = {**rows[name]["input"], **changes}
        answer = await shop.graphql(call(name), shop.member, input=given)
        told = [
            (one["extensions"]["code"], one["extensions"].get("field")) for one in answer.errors
        ]
        code = "RELEASE_CHANGED" if field == "digest" else "INVALID_INPUT"
        if told != [(code, field)]:
            wrong.append((name, changes, told))
    assert wrong == []
    assert (await shop.graphql(counted, shop.member)).ok() == before


@pytest.mark.parametrize("path", ["identifier", "version"])
async def test_an_image_without_an_identity_is_refused_at_its_manifest(shop, path):
    given = image()
    given["manifest"][path] = " "
    answer = await shop.ask("CreateAppImage", input=given)
    assert answer.codes == ["INVALID_INPUT"]
    assert answer.errors[0]["extensions"]["field"] == "manifest"
    answer = await shop.ask("CreateAppImage", input=without(image(), "manifest", path))
    assert answer.data is None
    assert path in answer.errors[0]["message"]
    assert await shop.get("ListReleases") == []
