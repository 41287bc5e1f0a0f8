"""No secret of a home is to be seen from outside: a list made from the home, not by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from platform_cli import Cli
from small_lab import files_below

from bauhof.running import Deployment
from deployment.home import Home

#: Notes beside the keys, no secrets: looked at by name, so that a new file counts as one.
NOTES = {"disk.jsonl", "synthetic.json", "jwks.json"}
#: What is answered by whom, well and ill.
ADDRESSES = (
    *("/", "/config.js", "/people", "/_gateway/health", "/.well-known/fakts", "/nothing/here"),
    *("/fakts/login/", "/fakts/o/jwks/", "/fakts/setup/wrong", "/fakts/graphql", "/fakts/ht"),
    *("/mikro/graphql", "/mikro/ht", "/rekuest/ht", "/mikro-zarr/1/2", "/minio/health/live"),
    *("/fakts/metrics", "/objectstore/metrics", "/%00", "/fakts/media/x"),
    "/fakts/o/authorize/?client_id=x",
)


def secrets_of(home: Home) -> Iterator[tuple[Path, str]]:
    """Every line of every file in which a secret lies."""
    for path in (*files_below(home.secrets_dir), *files_below(home.root / "state")):
        if path.name in NOTES:
            continue
        lines = [line.strip() for line in path.read_text(errors="replace").splitlines()]
        # Frames of PEM and passwords too short to be one are no secrets by themselves.
        found = [line for line in lines if len(line) >= 12 and not line.startswith("-----")]
        assert found, f"{path} holds nothing that could be looked for"
        yield from ((path, line) for line in found)


def processes_of(platform: Deployment) -> Iterator[tuple[str, str]]:
    """What others see of the processes, and what only their owner sees."""
    top = psutil.Process(int(platform.status()["pid"]))
    for process in (top, *top.children(recursive=True)):
        try:
            words, variables = process.cmdline(), process.environ()
        except psutil.NoSuchProcess:
            continue
        yield f"arguments of {process.pid}", "\0".join(words)
        yield f"environment of {process.pid}", json.dumps(variables)


def pages_of(platform: Deployment) -> Iterator[tuple[str, str]]:
    for address in ADDRESSES:
        for method in ("GET", "POST"):
            answer = httpx.request(method, platform.url + address, timeout=120)
            yield f"{method} {address}", f"{answer.headers}{answer.text}"


def metrics_of(platform: Deployment) -> Iterator[tuple[str, str]]:
    counted = dict.fromkeys(("fakts", "mikro"), "bauhof_http_requests_total")
    counted["objectstore"] = "bauhof_objectstore_requests_total"
    for service, name in counted.items():
        way = httpx.HTTPTransport(uds=str(Home(platform.home).socket(service)))
        with httpx.Client(transport=way, base_url="http://localhost", timeout=120) as client:
            answer = client.get(f"/{service}/metrics")
        assert answer.status_code == 200 and name in answer.text
        yield f"metrics of {service}", answer.text


def files_of(home: Home) -> Iterator[tuple[str, str]]:
    for folder in (home.logs_dir, home.rendered_dir):
        for path in files_below(folder):
            yield str(path), path.read_text(errors="replace")
    for path in (home.run_file, home.children_file, home.config_file):
        yield str(path), path.read_text()


def test_no_secret_of_the_home_is_seen_from_outside(platform: Deployment, tmp_path: Path) -> None:
    home = Home(platform.home)
    key = platform.key("org.example.outside")
    cli = Cli(home, tmp_path)
    secrets = [*secrets_of(home), (Path("a mandate key"), key)]
    secrets += [(Path("the first admin"), platform.admin["password"])]
    assert len({path.parent for path, _ in secrets}) >= 4
    seen = dict(
        [*processes_of(platform), *pages_of(platform), *metrics_of(platform), *files_of(home)]
    )
    for words in (
        ("status",),
        ("doctor",),
        ("key", "list"),
        ("org", "list"),
        ("logs", "-n", "500"),
    ):
        seen[" ".join(words)] = cli.run(*words, "--json").stdout
    assert len(seen) > 2 * len(ADDRESSES)
    told = [
        f"{path} in {place}" for place, text in seen.items() for path, w in secrets if w in text
    ]
    assert told == []


@pytest.mark.parametrize("place", ["secrets", "state"])
def test_a_new_file_is_looked_for_without_being_named(home: Home, place: str) -> None:
    folder = home.root / place / "deeper"
    folder.mkdir(parents=True)
    (folder / "tomorrow").write_text("a secret of tomorrow\n")
    assert [*secrets_of(home)] == [(folder / "tomorrow", "a secret of tomorrow")]
