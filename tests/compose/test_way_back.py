"""Ways back, told in order on one installation: out of containers, from loss and from upgrades."""

from __future__ import annotations

import hashlib
import shutil
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import daemon
import httpx
import pytest
from backed_up import Kept, damaged_copy, kept_in
from broken_image import broken_image
from installation import Installation, free_port
from lab import Lab

from deployment.home import Home
from deployment.version import version

APP = "org.example.workshop"
PATIENCE = 240.0
OLDER = "0.0.9"
UPLOAD = "20000000"


@dataclass
class Before:
    """What was there before anything went wrong."""

    url: str
    orgs: set[str]
    #: The digest of every stored object by its path.
    objects: dict[str, str]
    #: Somebody who logged in then.
    token: str
    #: The folder of the backups, the newest one's name, and a file with the key that opens it.
    vault: Path
    name: str
    recovery: Path

    def kept(self, name: str) -> Kept:
        """What a backup holds."""
        return kept_in(self.vault, name, self.recovery)


@pytest.fixture(scope="module")
def before(
    lab: Lab, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Before:
    """A backup that was made while tasks were done and files written."""
    vault = tmp_path_factory.mktemp("kept") / "backups"
    orgs, objects = organizations(installation), objects_of(installation)
    token = logged_in(lab, installation)
    made = run_under_load(lab, installation, "backup", "create", "--to", str(vault))
    recovery = vault.with_name("recovery.key")
    recovery.write_text(installation.run("backup", "key")["key"])
    return Before(installation.url, orgs, objects, token, vault, made["name"], recovery)


class Doors:
    """Where https is spoken, and where plain http is sent on to it."""

    def __init__(self) -> None:
        self.secure, self.plain = free_port(), free_port()
        self.url = f"https://localhost:{self.secure}"
        #: The certificate of the authority that a browser knows.
        self.trusted = ""

    def certificate(self) -> str:
        """What is shown to who comes."""
        return ssl.get_server_certificate(("localhost", self.secure), timeout=60)

    def are_open(self) -> None:
        """The dashboard and the services are there for who trusts the authority."""
        context = ssl.create_default_context(cadata=self.trusted)
        with httpx.Client(base_url=self.url, verify=context, timeout=60) as browser:
            page = browser.get("/")
            assert page.status_code == 200 and "<html" in page.text
            for service in ("fakts", "rekuest", "mikro", "kabinet"):
                assert browser.get(f"/{service}/ht").status_code == 200, service


@pytest.fixture(scope="module")
def doors() -> Doors:
    """One pair for all that is said of https."""
    return Doors()


@pytest.fixture(scope="module")
def broken(
    engine: daemon.Engine, image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An image of a version that cannot be upgraded to."""
    name = broken_image(engine, image, tmp_path_factory.mktemp("broken"))
    yield name
    engine.docker("rmi", "--force", name)


def test_a_flipped_bit_is_found(installation: Installation, before: Before, tmp_path: Path) -> None:
    vault = ("--from", str(before.vault))
    counted = installation.run("backup", "verify", *vault)["databases"]
    assert {*counted} == {"fakts", "rekuest", "mikro", "kabinet"} and all(counted.values())
    damaged = damaged_copy(before.vault, tmp_path / "damaged")
    refused = installation.call("backup", "verify", "--from", str(damaged))
    assert refused.returncode and "BACKUP_DAMAGED" in refused.stdout + refused.stderr, refused
    # The container of the backups has made one by itself, in its own folder.
    assert installation.run("backup", "verify")["databases"].keys() == counted.keys()


def test_it_moves_out_of_its_containers(
    lab: Lab, installation: Installation, before: Before
) -> None:
    lab.close()
    installation.run("compose", "down")
    assert installation.containers() == {}
    assert installation.run("move", "--to", "embedded")["shape"] == "embedded"
    assert installation.run("up", "--detach")["url"] == installation.url
    all_is_well(lab, installation, before)
    installation.run("down")


def test_it_is_lost_and_restored_on_another_home(
    installation: Installation, before: Before
) -> None:
    written = objects_of(installation)
    shutil.rmtree(installation.root)
    installation.root = installation.home = installation.root.with_name("ein anderer")
    vault = ("--from", str(before.vault), "--key-file", str(before.recovery))
    assert installation.run("backup", "restore", *vault)["name"] == before.name
    restored = objects_of(installation)
    assert restored == before.kept(before.name).objects
    assert lasting(before.objects).items() <= restored.items()
    assert lasting(restored).items() <= written.items()
    assert same_rows(installation, before)


def test_an_upgrade_that_breaks_is_put_back(
    installation: Installation, before: Before, broken: str
) -> None:
    """The folder is one an older version left; it goes back into containers of a newer one."""
    noted = installation.root / "version"
    noted.write_text(f"{OLDER}\n")
    assert installation.run("move", "--to", "compose")["shape"] == "compose"
    installation.configure("compose", image=broken)
    failed = installation.call("compose", "up")
    assert failed.returncode
    assert f"the databases are as Bauhof {OLDER} left them" in failed.stderr, failed.stderr
    assert noted.read_text() == f"{OLDER}\n"
    assert same_rows(installation, before)


def test_the_next_one_holds_and_speaks_https(
    lab: Lab, installation: Installation, before: Before, image: str, doors: Doors
) -> None:
    installation.configure("compose", image=image)
    words = ("--name", "localhost", "--host", "127.0.0.1", "--port", str(doors.secure))
    installation.run("tls", "enable", "--internal", *words)
    installation.configure("tls", plain_port=doors.plain)
    url, local = installation.up()["url"], before.url
    assert url == doors.url
    assert (installation.root / "version").read_text() == f"{version()}\n"
    doors.trusted = (installation.root / "secrets" / "tls-root").read_text()
    doors.are_open()
    # What apps of this machine log in by goes on, and plain http elsewhere leads to https.
    installation.url = local
    all_is_well(lab, installation, before)
    sent_on = httpx.get(f"http://localhost:{doors.plain}/runs?x=1", timeout=60)
    assert sent_on.is_redirect and sent_on.headers["location"] == f"{url}/runs?x=1"


def test_an_upgrade_is_taken_back(
    lab: Lab, installation: Installation, before: Before, doors: Doors
) -> None:
    shown = doors.certificate()
    lab.platform.run("org", "create", "late")
    installation.run("compose", "down")
    assert installation.run("rollback", "--yes")["version"] == OLDER
    assert (installation.root / "version").read_text() == f"{OLDER}\n"
    assert same_rows(installation, before)
    assert installation.up()["url"] == doors.url
    doors.are_open()
    assert doors.certificate() == shown
    installation.url = before.url
    all_is_well(lab, installation, before)


def run_under_load(lab: Lab, installation: Installation, *words: str) -> Any:
    """Run a command while tasks are done and a file is written; what it printed.

    The calling program is a new one: one of before the gateway went away waits for ever.
    """
    lab.running_workshop()
    caller = lab.caller()
    add = caller.implementation(APP, "add")
    upload = lab.start("imaging", "upload", key=lab.key_of("uploads"), ONLY="files", BIG=UPLOAD)
    upload.wait(what="writing", size=int(UPLOAD), timeout=PATIENCE)
    done = 0
    with installation.begun(*words) as command:
        while command.running():
            assert caller.call(add, a=done, b=1).result(timeout=PATIENCE) == done + 1
            done += 1
    assert done, "nobody worked meanwhile"
    upload.ended(timeout=PATIENCE)
    assert upload.wait(what="check", name="files")["ok"]
    return command.result


def organizations(installation: Installation) -> set[str]:
    """Those that people made; the check of each minute has one of its own."""
    return {row["slug"] for row in installation.run("org", "list")} - {"bauhof.check"}


def objects_of(installation: Installation) -> dict[str, str]:
    """The digest of every stored object by its path."""
    top = Home(installation.root).objects_dir
    return {
        path.relative_to(top).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for bucket in top.iterdir()
        if not bucket.name.startswith(".")
        for path in bucket.rglob("*")
        if path.is_file()
    }


def lasting(objects: dict[str, str]) -> dict[str, str]:
    """All but those of the check that the installation makes each minute and clears away."""
    return {path: digest for path, digest in objects.items() if "/check" not in path}


def logged_in(lab: Lab, installation: Installation) -> str:
    """The access token of somebody who logs in now."""
    answer = httpx.post(
        f"{installation.url}/fakts/o/token/",
        data={
            "grant_type": "urn:fakts:grant-type:mandate-key",
            "key": lab.key(),
            "manifest": MANIFEST,
            "requested_client_kind": "development",
            "requested_client_role": "agent",
            "request_auth_key": "false",
        },
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


MANIFEST = (
    '{"identifier": "org.example.witness", "version": "1.0", "scopes": ["openid"], '
    '"requirements": [], "device_id": "witness", "public_sources": []}'
)


def same_rows(installation: Installation, before: Before) -> bool:
    """Whether the databases hold, row by row, what the backup does: told by one more backup."""
    name = installation.run("backup", "create", "--to", str(before.vault))["name"]
    return before.kept(name).rows == before.kept(before.name).rows


def all_is_well(lab: Lab, installation: Installation, before: Before) -> None:
    """What was there is there, and everybody is still logged in."""
    assert organizations(installation) == before.orgs
    asked = httpx.post(
        f"{installation.url}/fakts/graphql",
        json={"query": "{ me { id } }"},
        headers={"Authorization": f"Bearer {before.token}"},
        timeout=60,
    )
    assert asked.status_code == 200 and asked.json()["data"]["me"], asked.text
    lab.workshop()
    caller = lab.caller()
    add = caller.implementation(APP, "add")
    assert caller.call(add, a=1, b=2).result(timeout=PATIENCE) == 3
    lab.close()
