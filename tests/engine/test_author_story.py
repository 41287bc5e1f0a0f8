"""Each step of an author by the released command line, each step of a lab by `bauhof store`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import daemon
import httpx
import pytest
import yaml
from author import Author
from platform_handle import BAUHOF, Platform, clients_python
from shop import Shop

APP = "org.example.steps"
Cli = Callable[..., Any]


@pytest.fixture(scope="module")
def author(engine: daemon.Engine, base: str, git_host: Path) -> Author:
    """An author whose checkout lies on the git host."""
    folder = git_host / "org" / "steps"
    return Author(folder, identifier=APP, base=base, engine=engine, python=clients_python())


@pytest.fixture(scope="module")
def repository(registry: str, tag: str) -> str:
    """Where the author pushes to."""
    return f"{registry}/{tag}/steps"


@pytest.fixture(scope="module")
def cli(platform: Platform, shop: Shop) -> Cli:
    """`bauhof store ... --json` in the name of the lab's boss; an error is given back too."""
    who = ("--org", shop.lab.organization, "--user", shop.lab.user)
    place = ("--home", str(platform.deployed.home), "--json")

    def run(*words: str, code: int = 0) -> Any:
        done = subprocess.run(
            [str(BAUHOF), "store", *words, *who, *place],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, f"{words}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    return run


def tags(repository: str) -> list[str]:
    host, _, name = repository.partition("/")
    return list(httpx.get(f"http://{host}/v2/{name}/tags/list").json().get("tags") or [])


def test_init_makes_a_flavour(author: Author) -> None:
    author.init()
    flavour = author.folder / ".arkitekt" / "flavours" / "vanilla"
    assert yaml.safe_load((flavour / "config.yaml").read_text())
    assert "FROM" in (flavour / "Dockerfile").read_text()


def test_build_makes_an_image_and_asks_it_what_it_offers(
    author: Author, engine: daemon.Engine
) -> None:
    author.build()
    builds = (author.folder / ".arkitekt" / "builds.yaml").read_text()
    assert "count_words" in builds.lower() or "Count words" in builds
    (build,) = yaml.safe_load(builds)["builds"]
    assert engine.docker("images", "--quiet", build["build_id"])


def test_publish_pushes_it_and_writes_it_down(author: Author, repository: str) -> None:
    written = yaml.safe_load(author.publish(f"{repository}:0.1.0"))
    (image,) = written["app_images"]
    assert image["manifest"]["identifier"] == APP
    assert "0.1.0" in tags(repository)


def test_an_import_reads_what_was_written_down(cli: Cli, author: Author) -> None:
    assert cli("search", "steps") == []
    assert cli("import", "github:org/steps")["releases"] == 1
    (found,) = cli("search", "steps")
    assert (found["app"], found["version"], found["approval"]) == (APP, "0.1.0", "none")
    assert APP in [row["app"] for row in cli("search", "remember")]
    told = cli("show", APP)
    assert {one["name"] for one in told["release"]["flavours"][0]["definitions"]} >= {
        "Count Words",
        "Remember",
    }
    assert told["matchFlavours"]["fits"]


def test_what_nobody_approved_is_not_installed(cli: Cli, author: Author) -> None:
    refused = cli("install", APP, code=1)["error"]
    assert "approve" in refused["message"]


def test_approved_and_installed_it_answers(cli: Cli, shop: Shop, author: Author) -> None:
    assert cli("approve", APP)["agent"] == "live.bauhof.docker"
    made = cli("install", APP)
    assert (made["app"], made["version"], made["status"]) == (APP, "0.1.0", "RUNNING")
    assert shop.call(APP, "count_words", text="one two three") == 3
    assert shop.call(APP, "remember", word="old") == "old"


def test_release_brings_a_newer_one(cli: Cli, author: Author, repository: str) -> None:
    author.write("0.2.0")
    author.release(repository)
    assert any("0.2.0" in tag for tag in tags(repository))
    cli("import", f"oci:{repository}")
    assert [row["version"] for row in cli("search", "steps")] == ["0.2.0", "0.1.0"]
    (row,) = cli("list")
    assert row["update"] == "0.2.0"


def test_update_and_back_keep_the_data(cli: Cli, shop: Shop, author: Author) -> None:
    cli("approve", f"{APP}:0.2.0")
    assert cli("update", APP)["version"] == "0.2.0"
    shop.until_served_by(APP, "0.2.0")
    assert shop.call(APP, "tell_version") == "0.2.0"
    assert shop.call(APP, "remember", word="new") == "old new"
    assert cli("back", APP)["version"] == "0.1.0"
    shop.until_served_by(APP, "0.1.0")
    assert shop.call(APP, "tell_version") == "0.1.0"
    assert shop.call(APP, "remember", word="back") == "old new back"


def test_its_log_is_followed(cli: Cli, platform: Platform, shop: Shop, author: Author) -> None:
    words = [str(BAUHOF), "store", "logs", APP, "--org", shop.lab.organization]
    words += ["--user", shop.lab.user, "--home", str(platform.deployed.home), "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        line = json.loads(following.stdout.readline())["line"]
        following.terminate()
    assert "counter 0.1.0 starts" in line


def test_stop_and_start_by_words(cli: Cli, shop: Shop, author: Author) -> None:
    assert cli("stop", APP)["status"] == "STOPPED"
    assert shop.containers() == []
    assert cli("start", APP)["status"] == "RUNNING"
    assert shop.call(APP, "count_words", text="a b") == 2


def test_revoked_it_stops_and_its_mandate_is_dead(cli: Cli, shop: Shop, author: Author) -> None:
    release = shop.release(APP, "0.1.0")
    details = shop.kabinet("aget_release", id=release["id"])
    (pod,) = shop.pods()
    revoked = cli("revoke", f"{APP}:0.1.0")["revoked"]
    assert len(revoked) == 1, details
    shop.until(pod["id"], "STOPPED")
    assert shop.containers() == []
    approval = shop.kabinet("aget_release_approval", id=revoked[0])
    mandate = shop.fakts(
        "query Mandate($id: ID!) { mandate(id: $id) { isLive } }", id=approval["mandateId"]
    )
    assert mandate["mandate"]["isLive"] is False
    assert cli("start", APP, code=1)["error"]["code"] == "FAILED"


def test_removed_it_is_gone(cli: Cli, shop: Shop, author: Author) -> None:
    cli("remove", APP, "--with-data")
    assert cli("list") == []
    assert shop.pods() == []
    assert cli("remove", APP, code=1)["error"]["code"] == "NOT_FOUND"
