"""What a new installation must be on its own: nobody else's secrets, addresses, users or parts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployment.catalog import SERVICES, service_names
from deployment.compose import operate
from deployment.compose.founding import init
from deployment.config import load_settings
from deployment.home import Home, write_private
from deployment.render import STORE_USERS
from gateway_server.routes import ROUTES

#: Addresses that an installation may know: its own parts and this machine.
OWN = {*service_names(), "gateway", "127.0.0.1", "localhost", "redis", "postgres", "s3"}


@pytest.fixture
def made(home: Home) -> Home:
    init(home, {"gateway": {"port": 9000}, "compose": {"memory_gb": 4}})
    return home


def rendered(home: Home) -> dict[str, Any]:
    return yaml.safe_load((home.root / "rendered" / "services.yaml").read_text())


def secrets(home: Home) -> set[str]:
    kept = {path.name: path.read_text() for path in home.secrets_dir.iterdir()}
    # Hashes of those others.
    kept.pop("redis.acl")
    return {*kept.values()}


def test_it_trusts_nobody_but_itself(made: Home) -> None:
    texts = [path.read_text() for path in (made.root / "rendered").rglob("*") if path.is_file()]
    named = {host for text in texts for host in re.findall(r"\b\w+://(?:\w+@)?([\w.-]+)", text)}
    # A namespace of drawings is no address anybody asks.
    assert named - {"www.w3.org"} <= OWN


def test_it_starts_no_part_nobody_asked_for(made: Home) -> None:
    parts = yaml.safe_load(made.compose_file.read_text())["services"]
    assert {name for name, part in parts.items() if "profiles" not in part} == {
        *service_names(),
        *("postgres", "redis", "migrate", "worker", "beat", "gateway"),
    }


def test_two_installations_share_no_secret(made: Home, folder: Path) -> None:
    other = Home(folder / "other")
    init(other, {})
    mine = secrets(made)
    assert len(mine) == len([*made.secrets_dir.iterdir()]) - 1
    assert not mine & secrets(other)
    assert all(len(word.strip()) >= 20 for word in mine)


def test_each_service_has_a_role_and_a_password_of_its_own(made: Home) -> None:
    document = rendered(made)
    stored = [service.name for service in SERVICES if service.is_django]
    for key in ("user", "name", "password_file"):
        assert len({document[name]["database"][key] for name in stored}) == len(stored)


def test_repositories_of_the_settings_reach_the_app_store(made: Home) -> None:
    wanted = ["github:user/repo"]
    text = json.dumps({"sources": {"default_repos": wanted}})
    write_private(made.config_file, f"kabinet: {text}\n")
    operate.rebuild(made, load_settings(made.config_file, {}, service_names()))
    assert rendered(made)["kabinet"]["sources"]["default_repos"] == wanted


def test_who_has_buckets_knows_their_store(made: Home) -> None:
    document = rendered(made)
    for name in STORE_USERS:
        assert document[name]["storage"]["endpoint"] == "http://objectstore:9000"


def test_every_service_that_is_known_is_there_from_end_to_end(made: Home) -> None:
    parts = yaml.safe_load(made.compose_file.read_text())["services"]
    gateway = (made.root / "rendered" / "gateway.json").read_text()
    offered = {row["service"] for row in rendered(made)["fakts"]["instances"]}
    for service in SERVICES:
        assert service.name in parts and service.name in rendered(made), service.name
        assert service.name in {route.service for route in ROUTES}
        assert f'"{service.name}:' in gateway
        assert service.identifier is None or service.identifier in offered


def test_images_are_of_one_version_and_never_the_newest(home: Home) -> None:
    init(home, {"compose": {"store": "silo"}})
    parts = yaml.safe_load(home.compose_file.read_text())["services"]
    lines = (home.root / ".env").read_text().splitlines()
    chosen = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    images = {part["image"] for part in parts.values()} | {chosen["BAUHOF_IMAGE"]}
    moving = {image for image in images if image.endswith((":latest", ":dev", ":next"))}
    assert not moving and all(":" in image.rpartition("/")[2] for image in images)
