"""The app store: importing a registry of 200 releases, and searching 5,000 definitions."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from figures import figure, percentile
from login import MANDATE, manifest
from rawhttp import JSON, Connection, Where

from bauhof.testing import deployment

sys.path.insert(0, str(Path(__file__).parents[1] / "kabinet"))

from images import descriptor
from servers import Registry, Site, serving

RELEASES = 200
ACTIONS = 25
SEARCHES = 200
IMPORT = "mutation($input: ImportRepoInput!) { importRepo(input: $input) { flavours { id } } }"
SEARCH = """query($search: String!) {
  definitions(filters: {search: $search}, pagination: {limit: 10}) {
    id hash name description flavours { id release { id version app { identifier } } } } }"""
COUNT = "{ definitions(pagination: {limit: 1, offset: 4999}) { id } }"


def filled() -> Registry:
    """A registry with many releases, each with actions of its own, and an image beside each."""
    registry = Registry()
    for number in range(RELEASES):
        keys = tuple(f"action_{number}_{place}" for place in range(ACTIONS))
        version = f"1.{number}.0"
        registry.release(version, descriptor("org.example.many", version, keys=keys))
        registry.image(f"{version}-vanilla")
    return registry


async def ask(connection: Connection, token: str, query: str, **variables: Any) -> Any:
    """Send a document; return the value of its one root field."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    status, answer = await connection.post("/kabinet/graphql", body, JSON, token)
    document = json.loads(answer)
    assert status == 200 and not document.get("errors"), document
    [value] = document["data"].values()
    return value


async def log_in(connection: Connection, key: str) -> str:
    """Log an app in that needs the store; return its token."""
    needs = [{"key": "kabinet", "service": "live.arkitekt.kabinet", "optional": False}]
    answer = await connection.form(
        "/fakts/o/token/",
        grant_type=MANDATE,
        key=key,
        manifest=json.dumps(manifest("org.example.bench") | {"requirements": needs}),
        requested_client_kind="development",
        requested_client_role="interface",
        request_auth_key="false",
    )
    return str(answer["access_token"])


async def measure(where: Where, key: str, site: Site) -> tuple[float, list[float]]:
    """Return the seconds of the import and the milliseconds of each search."""
    async with Connection(where) as connection:
        token = await log_in(connection, key)
        started = time.perf_counter()
        reference = {"reference": f"{site.host}/org/cells"}
        found = await ask(connection, token, IMPORT, input=reference)
        seconds = time.perf_counter() - started
        assert found["flavours"], "nothing was imported"
        assert len(await ask(connection, token, COUNT)) == 1
        times = []
        for number in range(SEARCHES):
            started = time.perf_counter()
            rows = await ask(connection, token, SEARCH, search=f"ACTION {number}")
            times.append((time.perf_counter() - started) * 1000)
            assert rows
    return seconds, times


def main() -> bool:
    """Measure."""
    with serving(filled().answer) as site:
        allowed = {"KABINET__SOURCES__ALLOWED_HOSTS": json.dumps([site.host])}
        with deployment(env=allowed) as platform:
            where = Where(origin=platform.url)
            seconds, times = asyncio.run(measure(where, platform.key(), site))
    against = f"{RELEASES} releases with {ACTIONS} actions each, registry on the same machine"
    return all(
        (
            figure("kabinet", "import", seconds, "s", most=30, against=against),
            figure(
                "kabinet",
                "search at 5,000 definitions, p50",
                percentile(times, 0.5),
                "ms",
                most=50,
                against="through the gateway, with flavours and releases",
            ),
            figure("kabinet", "search at 5,000 definitions, p95", percentile(times, 0.95), "ms"),
        )
    )
