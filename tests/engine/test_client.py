"""Every document of the released client, by the client's own methods, at a running platform.

A program with the client is the deployer here: no engine is needed. Another organization watches
the same platform, and hears and sees nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from images import image
from lab import Lab
from platform_handle import Platform, clients_python
from processes import Caller, Message, Order, eventually
from shop import MAKE_MANDATE, customer_of

AGENT = "org.example.customer"
APP = "org.example.cells"
SEARCHES = {
    "asearch_backends": "Cupboard",
    "asearch_definitions": "doub",
    "asearch_deployments": "cells",
    "asearch_flavours": "vanil",
    "asearch_pods": "Cupboard",
    "asearch_release_approvals": "CELLS",
    "asearch_releases": "1.0",
    "asearch_resources": "shelf",
}
LISTS = (
    *("alist_backends", "alist_deployments", "alist_flavours", "alist_pod", "alist_releases"),
    *("alist_release_approvals", "alist_resources", "alist_definitions"),
)


class Client:
    """The client of one organization; it remembers which of its methods were called."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.used: set[str] = set()

    def __call__(self, method: str, **arguments: Any) -> Any:
        """Call a method."""
        self.used.add(method)
        return self.caller.order("kabinet", method=method, args=arguments).result()

    def refused(self, method: str, **arguments: Any) -> Message:
        """Call a method that must be refused."""
        end = self.caller.order("kabinet", method=method, args=arguments).end()
        assert "error" in end, end
        return end

    def watch(self, method: str, **arguments: Any) -> Order:
        """Call a subscription."""
        self.used.add(method)
        return self.caller.order("watch_kabinet", method=method, args=arguments)


@pytest.fixture(scope="module")
def ours(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The client of an admin."""
    yield from client(platform, "keepers", tmp_path_factory.mktemp("keepers"))


@pytest.fixture(scope="module")
def theirs(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The client of an admin of another organization."""
    yield from client(platform, "strangers", tmp_path_factory.mktemp("strangers"))


def client(platform: Platform, name: str, folder: Path) -> Iterator[Client]:
    lab = Lab(platform, name=name, folder=folder, python=clients_python())
    with closing(lab):
        lab.add_user(f"{name}-boss", "seven blue doors", role="admin")
        lab.user = f"{name}-boss"
        yield Client(customer_of(lab))


def watching(client: Client, method: str, poke: Any, **arguments: Any) -> Order:
    """Start a subscription; it has begun once it tells of a change, which is made until then."""
    order = client.watch(method, **arguments)

    def heard() -> bool:
        poke()
        return any(isinstance(value, dict) for value in order.values())

    eventually(heard, f"{method} to begin")
    return order


def told(order: Order, kind: str, **fields: Any) -> Message:
    """Wait until a subscription tells of an object."""

    def find() -> Message | None:
        rows = [value.get(kind) for value in order.values() if isinstance(value, dict)]
        return next(
            (row for row in rows if row and fields.items() <= row.items()),
            None,
        )

    found: Message = eventually(find, f"{kind} {fields}")
    return found


def test_every_method_answers_and_nothing_leaks(ours: Client, theirs: Client) -> None:
    document = image(APP)
    release = ours(
        "acreate_app_image",
        manifest=document["manifest"],
        selectors=[],
        app_image_id=document["appImageId"],
        inspection=document["inspection"],
        image=document["image"],
        flavour_name="vanilla",
    )
    backend = ours("adeclare_backend", name="Cupboard", kind="cupboard")
    resource = ours(
        "adeclare_resource",
        backend=backend["id"],
        local_id="shelf",
        name="shelf",
        qualifiers=[{"key": "cpu.count", "value": "4"}],
    )
    wish = {"agent": AGENT, "manifest": release["mandateManifest"]}
    made = ours.caller.order("fakts", document=MAKE_MANDATE, variables=wish).result()
    approval = ours(
        "aapprove_release",
        release=release["id"],
        mandate=made["createMandate"]["id"],
        agent=AGENT,
        digest=release["approvalDigest"],
        backends=[backend["id"]],
    )
    flavour = release["flavours"][0]["id"]
    deployment = ours(
        "acreate_deployment",
        local_id="cells-1",
        flavour=flavour,
        approval=approval["id"],
        last_pulled="2026-01-02T03:04:05Z",
        secret_params={"password": "hush"},
    )
    pod = ours(
        "acreate_pod",
        deployment=deployment["id"],
        local_id="container-1",
        resource=resource["id"],
        client_id="client-of-it",
    )
    kept = {
        "backend": backend["id"],
        "resource": resource["id"],
        "release": release["id"],
        "flavour": flavour,
        "deployment": deployment["id"],
        "pod": pod["id"],
        "release_approval": approval["id"],
    }
    watches = _watch(ours, theirs, pod["id"])
    _read(ours, theirs, kept)
    _lists(ours, theirs, kept)
    ours("adump_logs", pod=pod["id"], logs="one line")
    assert ours("acreate_github_repo", identifier="ada/cells", auto_scan=False)["repo"] == "cells"
    assert ours("aimport_repo", reference="127.0.0.1:1/ada/cells")["repository"] == "ada/cells"
    assert len(ours("aoci_repos")) == 1
    assert theirs("aoci_repos") == []
    assert ours("arevoke_approval", id=approval["id"])["isActive"] is False
    theirs.refused("adelete_pod", id=pod["id"])
    assert ours("adelete_pod", id=pod["id"]) == pod["id"]
    _hears_of_its_own(ours, watches, pod["id"])
    assert ours.used == methods()


def _watch(ours: Client, theirs: Client, pod: str) -> dict[str, Order]:
    states = iter(("RUNNING", "STOPPED") * 1000)

    def poke() -> None:
        ours("aupdate_pod", local_id="container-1", status=next(states))

    watches = {
        "all": watching(ours, "awatch_pods", poke),
        "one": watching(ours, "awatch_pod", poke, pod_id=pod),
        "strangers": theirs.watch("awatch_pods"),
    }
    # One of another organization is as one that is not there.
    assert "error" in theirs.watch("awatch_pod", pod_id=pod).end()
    return watches


def _hears_of_its_own(ours: Client, watches: dict[str, Order], pod: str) -> None:
    for name in ("all", "one"):
        eventually(
            lambda: any(
                isinstance(value, dict) and value.get("delete") == pod
                for value in watches[name].values()  # noqa: B023 - asked at once
            ),
            f"the end of the pod in {name}",
        )
    told(watches["all"], "update", id=pod)
    assert [value for value in watches["strangers"].values() if isinstance(value, dict)] == []


def _read(ours: Client, theirs: Client, kept: dict[str, str]) -> None:
    for kind, identifier in kept.items():
        assert ours(f"aget_{kind}", id=identifier)["id"] == identifier
        theirs.refused(f"aget_{kind}", id=identifier)
    blok = ours("aget_flavour_blok", id=f"{kept['flavour']}:panel")
    assert blok["key"] == "panel"
    (definition,) = ours("alist_definitions")
    assert ours("aget_definition", id=definition["id"])["name"] == "Double"
    assert ours("aget_definition_by_hash", hash=definition["hash"])["id"] == definition["id"]
    assert ours("aget_installable", id=definition["id"])["flavours"][0]["id"] == kept["flavour"]
    theirs.refused("aget_definition", id=definition["id"])
    assert ours("amy_pod_at", local_id="container-1")["id"] == kept["pod"]
    assert theirs("amy_pod_at", local_id="container-1") is None


def _lists(ours: Client, theirs: Client, kept: dict[str, str]) -> None:
    for method in LISTS:
        assert len(ours(method)) == 1, method
        assert theirs(method) == [], method
    assert [one["id"] for one in ours("amy_pods", backend=kept["backend"])] == [kept["pod"]]
    assert len(ours("asearch_installable", search="DOUBLE")) == 1
    assert theirs("asearch_installable", search="DOUBLE") == []
    for method, text in SEARCHES.items():
        (found,) = ours(method, search=text)
        assert found["label"], method
        assert ours(method, search="no such thing") == [], method
        assert ours(method, values=[found["value"]]) == [found], method
        assert theirs(method, search=text) == [], method


def methods() -> set[str]:
    """The methods the client has for its documents."""
    source = next(
        clients_python().parents[1].glob("lib/python*/site-packages/kabinet/api/schema.py")
    )
    tree = ast.parse(source.read_text(encoding="utf8"))
    (api,) = [
        node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "KabinetApi"
    ]
    found = {node.name for node in api.body if isinstance(node, ast.AsyncFunctionDef)}
    return found - {"aexecute", "asubscribe"}
