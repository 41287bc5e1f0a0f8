"""Every document of the released client `unlok`, sent by its own classes with a real token."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from devices import Head
from lab import Lab
from platform_handle import Platform
from processes import Message, Program

DOCUMENTS = 43
SUBJECT = {"identifier": "org.example.subject", "version": "1.0.0", "scopes": ["read"]}
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
ADMIN = "registrar"
APP = "org.example.registry"


class Registry:
    """The client program, with its methods as orders; keeps which operations were answered."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.resolved: set[str] = set()
        self._count = 0
        program.wait(id=0, done=True)

    def ask(self, method: str, **arguments: Any) -> Any:
        """Call a method of the client; what it gave, as it validated it."""
        self._count += 1
        order = {"id": self._count, "do": "invoke", "method": method, "args": arguments}
        self.program.say(order)
        end: Message = self.program.wait(id=self._count, done=True)
        assert "error" not in end, (method, end)
        self.resolved.add(end["operation"])
        return end["result"]


@pytest.fixture
def office(platform: Platform, python: Path, tmp_path: Path) -> Iterator[Lab]:
    """An organization of its own, for a second instance would be in the way of other stories."""
    with closing(Lab(platform, name="office", folder=tmp_path, python=python)) as lab:
        lab.add_user(ADMIN, lab.password, role="admin")
        yield lab


@pytest.fixture
def registry(office: Lab) -> Registry:
    """The client of an admin, logged in."""
    made = office.platform.run("key", "create", "--user", ADMIN, "--org", office.organization)
    return Registry(office.start("registry", "registry", key=made["key"], APP=APP))


def documents_of(python: Path) -> set[str]:
    """The names of the client's operations, read from its source."""
    found = next(python.parents[1].glob("lib/python3.*/site-packages/unlok/api/schema.py"))
    return {
        node.name
        for node in ast.parse(found.read_text(encoding="utf8")).body
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Query", "Mutation"))
        if any(isinstance(part, ast.ClassDef) and part.name == "Meta" for part in node.body)
    }


def picture(registry: Registry, lab: Lab) -> str:
    """Put a picture where the client is told to; its id."""
    upload = registry.ask("arequest_media_upload", key="me.png", datalayer="default")
    form = {
        "key": upload["key"],
        "policy": upload["policy"],
        "x-amz-signature": upload["xAmzSignature"],
    }
    url = f"{lab.platform.url}{upload['datalayer']}"
    httpx.post(url, data=form, files={"file": ("me.png", PICTURE)}).raise_for_status()
    return str(upload["store"])


def ask_about_people(registry: Registry, lab: Lab) -> None:
    """Who is there, and how they are shown."""
    me = registry.ask("ame")["id"]
    assert registry.ask("aprofile")["username"] == ADMIN
    assert registry.ask("auser", id=me)["username"] == ADMIN
    assert registry.ask("adetail_user", id=me)["id"] == me
    assert {one["username"] for one in registry.ask("ausers")} >= {ADMIN, lab.user}
    assert [one["value"] for one in registry.ask("auser_options", values=[me])] == [me]
    found = registry.ask("aglobal_search", search="regist", no_users=False, no_groups=False)
    assert [one["username"] for one in found["users"]] == [ADMIN]
    avatar = picture(registry, lab)
    shown = registry.ask("acreate_user_profile", user=me, name="Rae")
    shown = registry.ask("aupdate_user_profile", id=shown["id"], name="Ray", avatar=avatar)
    assert shown["name"] == "Ray"


def ask_about_groups(registry: Registry, lab: Lab) -> None:
    """Groups, made by an admin through the public API, and how they are shown."""
    head = Head(lab.platform, name=ADMIN, organization=lab.organization)
    group = head.change("createGroup", "CreateGroupInput", "id", name="optics")["id"]
    assert [one["id"] for one in registry.ask("agroups")] == [group]
    assert registry.ask("adetail_group", id=group)["name"] == "optics"
    assert registry.ask("agroup_options", search="opt") == [{"value": group, "label": "optics"}]
    first, second = picture(registry, lab), picture(registry, lab)
    shown = registry.ask("acreate_group_profile", group=group, name="Optics", avatar=first)
    shown = registry.ask("aupdate_group_profile", id=shown["id"], name="Lasers", avatar=second)
    assert shown["name"] == "Lasers"


def ask_about_apps(registry: Registry) -> None:
    """What is installed, this very program among it."""
    client = next(one for one in registry.ask("aclients") if APP in one["name"])["id"]
    mine = [one["id"] for one in registry.ask("amy_managed_clients", kind="DEVELOPMENT")]
    assert client in mine
    detail = registry.ask("adetail_client", id=client)
    assert registry.ask("aclient", client_id=detail["clientId"])["id"] == client
    app = next(one["id"] for one in registry.ask("aapps") if one["identifier"] == APP)
    assert registry.ask("aapp", id=app)["identifier"] == APP
    assert registry.ask("adetail_app", id=app)["id"] == app
    release = next(
        one["id"] for one in registry.ask("areleases") if one["app"]["identifier"] == APP
    )
    assert registry.ask("arelease", id=release)["version"] == "1.0.0"
    assert registry.ask("adetail_release", id=release)["id"] == release
    assert "read" in [one["value"] for one in registry.ask("ascopes")]
    assert "read" in [one["value"] for one in registry.ask("ascopes_options")]


def ask_about_services(registry: Registry) -> None:
    """What is offered, and a second instance of it."""
    rekuest = next(
        one for one in registry.ask("alist_services") if one["identifier"].endswith(".rekuest")
    )
    assert registry.ask("aget_service", id=rekuest["id"])["identifier"] == rekuest["identifier"]
    releases = [
        one["id"]
        for one in registry.ask("alist_service_releases")
        if one["service"]["id"] == rekuest["id"]
    ]
    assert registry.ask("aget_service_release", id=releases[0])["id"] == releases[0]
    second = registry.ask("acreate_service_instance", identifier="second", service=rekuest["id"])
    assert second["id"] in [one["id"] for one in registry.ask("alist_service_instances")]
    me = registry.ask("ame")["id"]
    changed = registry.ask("aupdate_service_instance", id=second["id"], denied_users=[me])
    assert [one["id"] for one in changed["deniedUsers"]] == [me]
    assert registry.ask("aget_service_instance", id=second["id"])["instanceId"] == "second"
    layer = registry.ask("alayers")[0]["id"]
    assert registry.ask("adetail_layer", id=layer)["id"] == layer


def hand_keys_out(registry: Registry) -> None:
    """A key for another app, and a mandate by which this one makes keys, until it is revoked."""
    issued = registry.ask(
        "aissue_mandate_key",
        manifest=SUBJECT,
        expires_in_days=1,
        any_version=True,
        allow_mesh=False,
    )
    assert issued["key"].startswith("bmk_")
    mandate = registry.ask("acreate_mandate", agent=APP, manifest=SUBJECT)["id"]
    child = registry.ask("aissue_child_mandate_key", mandate=mandate, device_id="bench-1")
    assert child["mandate"]["parent"]["id"] == mandate
    assert mandate in [one["id"] for one in registry.ask("alist_mandates")]
    assert registry.ask("aget_mandate", id=mandate)["isLive"]
    assert not registry.ask("arevoke_mandate", id=mandate)["isLive"]


def test_every_document_of_the_client_resolves(
    registry: Registry,
    office: Lab,
    python: Path,
    record_property: Callable[[str, object], None],
) -> None:
    ask_about_people(registry, office)
    ask_about_groups(registry, office)
    ask_about_apps(registry)
    ask_about_services(registry)
    hand_keys_out(registry)

    documents = documents_of(python)
    # Shown at the end of the run, also when a worker process ran this test.
    told = f"unlok: {len(registry.resolved)} of {len(documents)} documents resolve"
    record_property("figure", told)
    assert len(documents) == DOCUMENTS
    assert registry.resolved == documents
