"""`bauhof doctor`: each thing that can be wrong is found, with the way out."""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from platform_cli import Cli
from small_lab import Kept, Lab, files_below

from bauhof.running import Deployment
from chassis import clock
from deployment import doctor, launch
from deployment.backup.vault import Vault
from deployment.errors import Exit, HomeUnusable
from deployment.home import Home, prepare, write_private
from deployment.preflight import Finding
from deployment.support import write_bundle


def found(home: Home, vault: Vault) -> dict[str, Finding]:
    rows = doctor.diagnose(home, vault=vault, port=0, environ={})
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row for row in rows}


def test_a_healthy_installation_has_nothing_to_mend(resting: Lab, kept: Kept) -> None:
    rows = found(resting.home, kept.vault)
    assert {name for name, row in rows.items() if not row.ok} <= {"disk", "memory", "space"}
    assert rows["parts"].text == "not running"
    assert kept.name in rows["backup"].text


def test_before_the_first_start_there_is_only_the_machine(home: Home, vault: Vault) -> None:
    rows = found(home, vault)
    assert "none in" in rows["installation"].text
    assert "backup" not in rows


def open_a_secret(home: Home) -> None:
    (home.secrets_dir / "database-fakts").chmod(0o644)


def open_the_settings(home: Home) -> None:
    home.config_file.chmod(0o640)


def open_a_folder(home: Home) -> None:
    home.state_dir("fakts").chmod(0o755)


@pytest.mark.parametrize("spoil", [open_a_secret, open_the_settings, open_a_folder])
def test_what_others_may_read_is_found(
    resting: Lab, kept: Kept, spoil: Callable[[Home], None]
) -> None:
    spoil(resting.home)
    row = found(resting.home, kept.vault)["rights"]
    assert not row.ok and "others may read" in row.text
    assert row.hint.startswith("chmod -R go= ")
    # The way out is one, pasted into a shell as it is.
    subprocess.run(row.hint, shell=True, check=True)
    assert found(resting.home, kept.vault)["rights"].ok


def test_no_backup_is_found(resting: Lab, vault: Vault) -> None:
    row = found(resting.home, vault)["backup"]
    assert not row.ok and "bauhof backup create" in row.hint


def test_an_old_backup_is_found(resting: Lab, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(days=9)
    monkeypatch.setattr(doctor, "now", lambda: later)
    row = found(resting.home, kept.vault)["backup"]
    assert not row.ok and "9 days old" in row.text


def test_a_disk_that_fills_up_is_found(
    resting: Lab, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "disk_usage", lambda _: SimpleNamespace(total=100, free=10))
    row = found(resting.home, kept.vault)["space"]
    assert not row.ok and "90% of the disk" in row.text


def test_a_disk_that_goes_on_filling_is_foretold(
    resting: Lab, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "disk_usage", lambda _: SimpleNamespace(total=100, free=50))
    assert "days" not in found(resting.home, kept.vault)["space"].text
    notes = resting.home.state_dir("fakts") / "disk.jsonl"
    notes.parent.mkdir(parents=True, exist_ok=True)
    # A tenth a day; half a line is what a crash leaves.
    lines = [json.dumps({"at": hour * 3600, "share": 0.4 + hour / 240}) for hour in range(25)]
    notes.write_text("\n".join([*lines, '{"at": 9']))
    row = found(resting.home, kept.vault)["space"]
    assert row.ok and "after 4.5 days" in row.text


def test_an_older_program_is_found(resting: Lab, kept: Kept) -> None:
    (resting.home.root / "version").write_text("99.0")
    assert not found(resting.home, kept.vault)["version"].ok
    (resting.home.root / "version").write_text("0.0.1")
    assert found(resting.home, kept.vault)["version"].text == "0.0.1"


@pytest.mark.parametrize(
    ("row", "sentence", "ok"),
    [
        ({"healthy": False, "state": "failed", "restarts": 0, "reason": "died"}, "died", False),
        ({"healthy": False, "state": "stopped", "restarts": 0}, "mikro (stopped)", False),
        ({"healthy": True, "state": "healthy", "restarts": 7}, "mikro 7 times", False),
        ({"healthy": True, "state": "healthy", "restarts": 1}, "all 1 healthy at", True),
    ],
)
def test_parts_that_are_ill_or_restless_are_found(
    resting: Lab, kept: Kept, monkeypatch: pytest.MonkeyPatch, row: dict, sentence: str, ok: bool
) -> None:
    status = {"url": "http://127.0.0.1:1", "services": {"mikro": row}}
    monkeypatch.setattr(launch, "status", lambda _: status)
    finding = found(resting.home, kept.vault)["parts"]
    assert finding.ok is ok and sentence in finding.text
    assert ok or finding.hint.endswith("bauhof logs mikro")


def test_a_running_platform_is_looked_at(
    platform: Deployment, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Other tests kill parts of the platform they share.
    monkeypatch.setattr(doctor, "_RESTARTS", 1_000_000)
    rows = found(Home(platform.home), vault)
    assert rows["parts"].ok and platform.url in rows["parts"].text
    assert "is running" in rows["port"].text
    platform.stop("mikro")
    try:
        assert "mikro" in found(Home(platform.home), vault)["parts"].text
    finally:
        platform.start("mikro")


def test_the_command_exits_by_what_it_found(resting: Lab, kept: Kept, folder: Path) -> None:
    cli = Cli(resting.home, folder)
    cli.env["BAUHOF_BACKUPS"] = str(folder / "none")
    body = cli.json("doctor", code=Exit.REFUSED)
    assert body["ok"] is False
    assert [row["name"] for row in body["checks"] if not row["ok"]][-1] == "backup"
    shown = cli.run("doctor")
    assert "✘ backup" in shown.stdout and "bauhof backup create" in shown.stdout


def test_a_support_bundle_holds_no_secret(platform: Deployment, folder: Path) -> None:
    home = Home(platform.home)
    key = platform.key("org.example.secret")
    write_private(home.log_file("stray"), f"somebody logged {key} and the rest of the line\n")
    cli = Cli(home, folder)
    target = folder / "bundle.tar.gz"
    try:
        made = cli.json("support-bundle", "--to", str(target))
    finally:
        home.log_file("stray").unlink()
    assert target.stat().st_mode & 0o777 == 0o600 and made["size"] == target.stat().st_size
    with tarfile.open(target) as archive:
        texts = {
            member.name.removeprefix("bauhof-support/"): archive.extractfile(member).read().decode()  # type: ignore[union-attr]
            for member in archive
        }
    assert set(texts) == set(made["files"])
    assert json.loads(texts["status.json"])["url"] == platform.url
    assert json.loads(texts["machine.json"])["packages"]["Django"].startswith("5.2")
    assert {row["name"] for row in json.loads(texts["doctor.json"])} >= {"parts", "backup"}
    assert "and the rest of the line" in texts["logs/stray.log"]
    everything = "\n".join(texts.values())
    secrets = [path.read_text().strip() for path in files_below(home.secrets_dir)]
    secrets += [p.read_text().strip() for p in files_below(home.root / "state")]
    for secret in (key, *secrets):
        for line in secret.splitlines():
            assert len(line) < 20 or line not in everything


def test_a_bundle_overwrites_nothing(resting: Lab, vault: Vault, folder: Path) -> None:
    target = folder / "thesis.tar.gz"
    target.write_text("do not touch")
    with pytest.raises(HomeUnusable, match="cannot write"):
        write_bundle(resting.home, target, vault=vault, environ={})
    assert target.read_text() == "do not touch"


def test_a_bundle_of_what_does_not_run_says_so(resting: Lab, kept: Kept, folder: Path) -> None:
    made = write_bundle(resting.home, folder / "b.tgz", vault=kept.vault, environ={})
    with tarfile.open(made.path) as archive:
        status = json.load(archive.extractfile("bauhof-support/status.json"))  # type: ignore[arg-type]
        backups = json.load(archive.extractfile("bauhof-support/backups.json"))  # type: ignore[arg-type]
    assert status["error"]["code"] == "NOT_RUNNING"
    assert [row["name"] for row in backups] == [kept.name]


def test_a_home_that_was_only_prepared_has_a_bundle_too(home: Home, vault: Vault) -> None:
    prepare(home, ())
    made = write_bundle(home, home.root / "b.tgz", vault=vault, environ={})
    assert "config.yaml" in made.files
