"""A running platform is backed up by the command line, lost, restored; clients stay logged in."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from platform_cli import Cli
from small_lab import Kept, Lab
from standing import until_now

from bauhof.running import Deployment, deployment
from deployment.backup.vault import default_vault
from deployment.errors import Exit
from deployment.home import Home

pytestmark = pytest.mark.timeout(420)
SERVICES = ("fakts", "objectstore")
MANDATE = "urn:fakts:grant-type:mandate-key"


def token(url: str, **form: str) -> httpx.Response:
    return httpx.post(f"{url}/fakts/o/token/", data=form, timeout=120)


def log_in(platform: Deployment, name: str) -> dict[str, Any]:
    manifest = {
        "identifier": f"org.example.{name}",
        "version": "1.0",
        "scopes": ["openid"],
        "requirements": [],
        "device_id": name,
        "public_sources": [],
    }
    answer = token(
        platform.url,
        grant_type=MANDATE,
        key=platform.mandate_key(name),
        manifest=json.dumps(manifest),
        requested_client_kind="development",
        requested_client_role="agent",
        request_auth_key="false",
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def asked(platform: Deployment, access_token: str) -> httpx.Response:
    return httpx.post(
        f"{platform.url}/fakts/graphql",
        json={"query": "{ me { id } }"},
        headers={"Authorization": f"Bearer {access_token}"},
    )


@contextmanager
def work_going_on(platform: Deployment, lab: Lab) -> Iterator[list[int]]:
    """While the block lasts people log in, objects are written, and rows that speak of them."""
    seen: list[int] = []
    done = threading.Event()
    platform.mandate_key("busy")

    def go() -> None:
        while not done.is_set():
            number = len(seen)
            log_in(platform, "busy")
            lab.put(busy_object(number), f"piece {number} ".encode() * 1000)
            platform.admin_operation("org.create", slug=f"busy-{number}")
            seen.append(number)

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def busy_object(number: int) -> str:
    return f"mikro-zarr/org/busy-{number}/c/0"


def organizations(platform: Deployment) -> set[str]:
    return {row["slug"] for row in platform.admin_operation("org.list")["organizations"]}


def test_clients_stay_logged_in_over_loss_and_restore(home: Home, folder: Path) -> None:
    cli = Cli(home, folder)
    lab = Lab(home)
    with deployment(services=SERVICES, folder=home.root) as platform:
        session = log_in(platform, "kept")
        keys = httpx.get(f"{platform.url}/fakts/o/jwks/").json()
        lab.put("mikro-zarr/org/one/c/0", b"image " * 50_000)
        with work_going_on(platform, lab) as work:
            until_now(lambda: work, 60)
            before, worked = organizations(platform), len(work)
            made = cli.json("backup", "create")
            assert len(work) > worked, "nobody worked while the backup was made"
            verified = cli.json("backup", "verify")
        written = lab.objects()
        recovery = cli.json("backup", "key")["key"]
        known = dict(platform._keys)
    assert made["services"] == ["fakts"] and 1 < made["objects"] <= len(written)
    assert verified["databases"]["fakts"] > 20
    rows = verified["databases"]["fakts"]

    shutil.rmtree(home.root)  # the disk is gone; the backups beside it and the key are not
    refused = cli.json("backup", "restore", code=Exit.REFUSED)
    assert refused["error"]["field"] == "key-file"
    key = folder / "key"
    key.write_text(recovery)
    done = cli.json("backup", "restore", "--key-file", str(key))
    assert (done["name"], done["moved_to"]) == (made["name"], None)
    objects = lab.objects()
    assert len(objects) == made["objects"]
    assert objects.items() <= written.items(), "bytes that came back are others than were written"
    again = cli.json("backup", "verify")
    assert again["databases"]["fakts"] == rows

    with deployment(services=SERVICES, folder=home.root) as platform:
        assert platform.admin == {}, "the restored home was taken for a new one"
        assert httpx.get(f"{platform.url}/fakts/o/jwks/").json() == keys
        restored = organizations(platform)
        assert before <= restored
        # What a row speaks of is there: databases are kept before the objects.
        spoken_of = {slug.removeprefix("busy-") for slug in restored if slug.startswith("busy-")}
        assert spoken_of and {busy_object(int(n)) for n in spoken_of} <= objects.keys()
        # Tokens of before are taken, forged ones are not; a key of before logs in again.
        assert asked(platform, session["access_token"]).json()["data"] is not None
        assert asked(platform, session["access_token"][:-8] + "AAAAAAAA").status_code == 403
        platform._keys.update(known)
        assert log_in(platform, "kept")["client_id"] == session["client_id"]


@pytest.fixture
def cli(lab: Lab, folder: Path) -> Cli:
    """The command line on a lab that is not running."""
    return Cli(lab.home, folder)


def test_a_first_backup_says_where_it_is_and_what_to_keep(cli: Cli) -> None:
    (cli.home.secrets_dir / "backup-key").unlink()
    made = cli.run("backup", "create")
    assert made.returncode == 0, made.stderr
    assert "2 databases, 3 objects" in made.stdout
    assert str(default_vault(cli.home).root) in made.stderr
    assert "bauhof backup key" in made.stderr
    key = cli.run("backup", "key")
    assert key.stdout.startswith("AGE-SECRET-KEY-1") and key.stdout.count("\n") == 1
    assert key.stdout.strip() not in made.stdout + made.stderr
    again = cli.run("backup", "create")
    assert "bauhof backup key" not in again.stderr


def test_backups_are_listed_and_thinned_out(cli: Cli, folder: Path) -> None:
    place = folder / "elsewhere"
    assert cli.json("backup", "list", "--from", str(place)) == []
    assert cli.run("backup", "list", "--from", str(place)).stdout.strip() == "none"
    names = [cli.json("backup", "create", "--to", str(place))["name"] for _ in range(2)]
    assert [row["name"] for row in cli.json("backup", "list", "--from", str(place))] == names
    last = cli.json("backup", "create", "--to", str(place), "--keep", "1")
    assert last["removed"] == names
    assert last["folder"] == str(place)
    shown = cli.run("backup", "list", "--from", str(place)).stdout
    assert last["name"] in shown and names[0] not in shown
    pruned = cli.json("backup", "prune", "--keep", "3", "--from", str(place))
    assert (pruned["removed"], pruned["kept"]) == ([], [last["name"]])
    for path in place.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o007 == 0 or path.is_file(), path
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_the_folder_may_be_named_by_the_environment(cli: Cli, kept: Kept) -> None:
    cli.env["BAUHOF_BACKUPS"] = str(kept.vault.root)
    assert [row["name"] for row in cli.json("backup", "list")] == [kept.name]


def test_refusals_are_one_clear_line(cli: Cli, kept: Kept, folder: Path) -> None:
    source = ("--from", str(kept.vault.root))
    foreign = folder / "foreign"
    foreign.mkdir()
    (foreign / "holiday.jpg").write_bytes(b"jpg")
    broken = folder / "broken-key"
    broken.write_text("no key")
    cases = (
        (("restore", *source), "there is an installation", "force"),
        (("restore", "--from", str(folder / "absent")), "there is no backup in", None),
        (("verify", "yesterday", *source), "there is no backup 'yesterday'", "name"),
        (("verify", *source, "--key-file", str(broken)), "no recovery key", None),
        (("verify", *source, "--key-file", "/absent"), "cannot read /absent", "key-file"),
        (("create", "--to", str(foreign)), "holds other things", None),
    )
    for words, sentence, field in cases:
        done = cli.run("backup", *words)
        assert done.returncode == Exit.REFUSED, (words, done.stderr)
        assert sentence in done.stderr and done.stderr.count("\n") == 1, done.stderr
        assert done.stdout == ""
        error = cli.json("backup", *words, code=Exit.REFUSED)["error"]
        assert error.get("field") == field, words
    for words in (("prune",), ("prune", "--keep", "0"), ("create", "--keep", "x"), ("nothing",)):
        assert cli.run("backup", *words).returncode == Exit.USAGE


def test_a_damaged_backup_is_refused_by_its_code(cli: Cli, kept: Kept) -> None:
    path = kept.vault.archive(kept.name)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    error = cli.json("backup", "verify", "--from", str(kept.vault.root), code=Exit.REFUSED)["error"]
    assert error["code"] == "BACKUP_DAMAGED"


def test_a_restore_in_place_says_where_the_old_home_is(cli: Cli, lab: Lab, kept: Kept) -> None:
    lab.put("mikro-zarr/org/later", b"later")
    done = cli.run("backup", "restore", "--force", "--from", str(kept.vault.root))
    assert done.returncode == 0, done.stderr
    assert "bauhof up" in done.stdout and "-replaced-" in done.stdout
    assert "mikro-zarr/org/later" not in lab.objects()
    assert asyncio.run(lab.rows("fakts")).startswith("1|fakts\n")
