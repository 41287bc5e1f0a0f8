"""A platform whose disk fills up: it stops taking in before anything breaks, and goes on after."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bauhof.testing import Deployment, deployment

pytestmark = pytest.mark.timeout(420)
MANDATE = "urn:fakts:grant-type:mandate-key"
CREATE = 'mutation { createFolder(input: {name: "pictures"}) { id } }'
PATIENCE_SECONDS = 120.0
Told = dict[str, Any]


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own for a home."""
    command = ["mount", "-t", "tmpfs", "-o", "size=900m", "none", str(folder)]
    if subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("this user may not mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def logged_in(platform: Deployment) -> httpx.Client:
    manifest = {
        "identifier": "org.example.disk",
        "version": "1.0",
        "scopes": ["openid", "write"],
        "requirements": [{"key": "mikro", "service": "live.arkitekt.mikro", "optional": False}],
        "device_id": "disk",
        "public_sources": [],
    }
    form = {
        "grant_type": MANDATE,
        "key": platform.mandate_key("disk"),
        "manifest": json.dumps(manifest),
        "requested_client_kind": "development",
        "requested_client_role": "agent",
        "request_auth_key": "false",
    }
    answer = httpx.post(f"{platform.url}/fakts/o/token/", data=form, timeout=120)
    assert answer.status_code == 200, answer.text
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return httpx.Client(base_url=platform.url, headers=bearer, timeout=120)


def ask(client: httpx.Client, query: str) -> Told:
    answer: Told = client.post("/mikro/graphql", json={"query": query}).json()
    return answer


def code_of(told: Told) -> str | None:
    return told["errors"][0]["extensions"]["code"] if "errors" in told else None


def until(look: Callable[[], bool]) -> None:
    """The line is looked at every few seconds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def fill(disk: Path, share: float) -> Path:
    """Fill a disk up to a share."""
    filler, usage = disk / "filler", shutil.disk_usage(disk)
    block = bytes(1_000_000)
    with filler.open("wb") as file:
        for _ in range(int(share * usage.total - usage.used) // len(block)):
            file.write(block)
    return filler


def test_it_stops_before_the_end_and_goes_on_with_room(small_disk: Path) -> None:
    home = small_disk / "home"
    # The reserve in bytes is meant for real disks.
    with (
        deployment(folder=home, env={"OBJECTSTORE__RESERVE_BYTES": "0"}) as platform,
        logged_in(platform) as client,
    ):
        told = ask(client, CREATE)
        assert "errors" not in told, told
        made = told["data"]["createFolder"]["id"]
        filler = fill(small_disk, 0.965)
        until(lambda: code_of(ask(client, CREATE)) == "DISK_FULL")
        assert made in json.dumps(ask(client, "{ folders { id } }"))
        freed = ask(client, f'mutation {{ deleteFolder(input: {{id: "{made}"}}) }}')
        assert "errors" not in freed, freed
        filler.unlink()
        until(lambda: code_of(ask(client, CREATE)) is None)
        assert platform.status()["healthy"]
