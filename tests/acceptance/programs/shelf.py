"""Puts one app into the store and has it run, as a deployer would tell of it; no engine needed.

The image need not exist: what is looked at is what the store knows. The end is one line:
{"what": "stored", "app", "pod"}.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import Any

from arkitekt import App, connect
from kabinet.arkitekt import kabinet as kabinet_service
from kabinet.kabinet import Kabinet

IDENTIFIER = "org.example.cells"
DEPLOYER = "org.example.shelf"
DIGEST = "sha256:" + "a" * 64
FLAVOURS = "query Flavours($id: ID!) { release(id: $id) { app { id } flavours { id } } }"
app = App(DEPLOYER, "1.0.0", services=[kabinet_service])


def implementation(key: str, description: str) -> dict[str, Any]:
    """An action of the app, one number in and one out."""
    number = {"kind": "INT", "nullable": False}
    return {
        "interface": key,
        "definition": {
            "key": key,
            "version": "1",
            "name": key.replace("_", " ").capitalize(),
            "description": description,
            "kind": "FUNCTION",
            "args": [{"key": "number", **number}],
            "returns": [{"key": "return0", **number}],
        },
    }


def image(version: str, flavour: str, *selectors: dict[str, Any]) -> dict[str, Any]:
    """One flavour of a version, as it is found in an image."""
    return {
        "app_image_id": f"{IDENTIFIER}-{version}-{flavour}",
        "flavour_name": flavour,
        "manifest": {
            "identifier": IDENTIFIER,
            "version": version,
            "author": "ada",
            "scopes": ["openid"],
            "entrypoint": "app",
        },
        "selectors": list(selectors),
        "inspection": {
            "size": 640_000_000,
            "implementations": [
                implementation("count_cells", "Counts the cells of a picture."),
                implementation("segment_cells", "Draws a line round each cell."),
            ],
            "states": [],
            "locks": [],
            "requirements": [{"key": "rekuest", "service": "live.arkitekt.rekuest"}],
        },
        "image": {
            "image_string": f"registry.example.org/{IDENTIFIER}@{DIGEST}",
            "build_at": datetime.now(UTC),
        },
    }


async def stock(store: Kabinet) -> dict[str, str]:
    """Two versions of an app, the older one running on one of two nodes; ids to look at."""
    graphics = {"kind": "cuda", "required": True}
    await store.acreate_app_image(**image("1.1.0", "vanilla"))
    release = await store.acreate_app_image(**image("1.0.0", "vanilla"))
    release = await store.acreate_app_image(**image("1.0.0", "cuda", graphics))
    backend = await store.adeclare_backend(name="bench", kind="docker")
    plain = [{"key": "cpu.count", "value": "8"}, {"key": "cpu.arch", "value": "x86_64"}]
    resource = await store.adeclare_resource(
        backend=backend.id, local_id="node-1", name="bench-1", qualifiers=plain
    )
    approval = await store.aapprove_release(
        release=release.id, mandate="1", agent=DEPLOYER, digest=release.approval_digest
    )
    known = (await store.rath.aquery(FLAVOURS, {"id": release.id})).data["release"]
    deployment = await store.acreate_deployment(
        local_id="cells", flavour=known["flavours"][0]["id"], approval=approval.id
    )
    pod = await store.acreate_pod(deployment=deployment.id, local_id="c1", resource=resource.id)
    await store.aupdate_pod(local_id="c1", status="RUNNING")
    await store.adump_logs(pod=pod.id, logs="the app begins\nconnected\nready for work\n")
    return {"app": str(known["app"]["id"]), "pod": str(pod.id)}


async def main() -> None:
    """Stock the store."""
    async with connect(app, headless=True, mesh=None) as runtime:
        said = {"what": "stored", **await stock(runtime.require(Kabinet))}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
