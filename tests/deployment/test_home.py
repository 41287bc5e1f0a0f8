"""The home folder: modes, secrets made once, the lock, and readable complaints."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deployment.errors import AlreadyRunning, Exit, HomeUnusable
from deployment.home import (
    DEFAULT_HOME,
    Home,
    find_home,
    is_locked,
    lock,
    prepare,
    readable_errors,
    write_private,
)

SERVICES = ("fakts", "rekuest")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_home_is_found_by_option_then_variable_then_default(tmp_path: Path) -> None:
    environ = {"BAUHOF_HOME": str(tmp_path / "b")}
    assert find_home(tmp_path / "a", environ).root == tmp_path / "a"
    assert find_home(None, environ).root == tmp_path / "b"
    assert find_home(None, {}).root == Path(DEFAULT_HOME).expanduser()
    assert find_home(None, {"BAUHOF_HOME": ""}).root == Path(DEFAULT_HOME).expanduser()


def test_everything_in_the_home_is_private(home: Home) -> None:
    prepare(home, SERVICES)
    for path in [home.root, home.run_dir, *home.root.rglob("*")]:
        assert mode(path) & 0o077 == 0, path


def test_rights_of_others_on_an_old_folder_are_taken_away(home: Home) -> None:
    home.root.mkdir()
    home.root.chmod(0o755)
    home.secrets_dir.mkdir(mode=0o777)
    home.secrets_dir.chmod(0o777)
    prepare(home, SERVICES)
    assert mode(home.root) & 0o067 == 0
    assert mode(home.secrets_dir) == 0o700


def test_the_identity_is_made_once_and_the_settings_are_kept(home: Home) -> None:
    first = prepare(home, SERVICES)
    home.config_file.write_text("gateway: {port: 1}\n")
    again = prepare(home, SERVICES)
    assert again == first
    assert first.issuer == f"bauhof-{first.id}"
    assert home.config_file.read_text() == "gateway: {port: 1}\n"


def test_homes_differ(folder: Path) -> None:
    one, two = Home(folder / "one"), Home(folder / "two")
    assert prepare(one, ()).id != prepare(two, ()).id
    assert one.run_dir != two.run_dir
    for each in (one, two):
        each.run_dir.rmdir()


def test_sockets_have_short_paths_whatever_the_home(folder: Path) -> None:
    deep = Home(folder / ("x" * 120) / ("y" * 120))
    longest = deep.postgres_socket_dir / ".s.PGSQL.5432.lock"
    assert len(str(longest)) < 100


def test_a_home_of_a_newer_version_is_left_alone(home: Home) -> None:
    prepare(home, SERVICES)
    body = json.loads((home.root / "home.json").read_text())
    (home.root / "home.json").write_text(json.dumps({**body, "format": 99}))
    with pytest.raises(HomeUnusable, match="newer Bauhof"):
        prepare(home, SERVICES)


def test_a_damaged_identity_is_named(home: Home) -> None:
    prepare(home, SERVICES)
    (home.root / "home.json").write_text("{")
    with pytest.raises(HomeUnusable, match=r"home\.json is damaged"):
        prepare(home, SERVICES)


def test_a_run_folder_of_someone_else_is_not_used(home: Home, folder: Path) -> None:
    home.run_dir.symlink_to(folder)
    try:
        with pytest.raises(HomeUnusable, match="belongs to someone else"):
            prepare(home, SERVICES)
    finally:
        home.run_dir.unlink()


def test_only_one_process_holds_the_lock(home: Home) -> None:
    prepare(home, SERVICES)
    assert not is_locked(home)
    with lock(home):
        assert is_locked(home)
        write_private(home.run_file, json.dumps({"pid": 42, "url": "http://127.0.0.1:8000"}))
        with pytest.raises(AlreadyRunning) as refusal:
            lock(home)
    assert "http://127.0.0.1:8000 (process 42)" in refusal.value.message
    assert "bauhof down" in (refusal.value.hint or "")
    assert not is_locked(home)


def test_children_do_not_inherit_the_lock(home: Home) -> None:
    prepare(home, SERVICES)
    with lock(home):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert not is_locked(home)
    child.communicate(b"\n")


@pytest.mark.parametrize("parent", ["/proc", "/dev/null", "/sys"])
def test_a_place_that_cannot_be_written_is_one_clear_line(parent: str) -> None:
    home = Home(Path(parent) / "bauhof-home")
    with pytest.raises(HomeUnusable) as problem:
        prepare(home, SERVICES)
    assert problem.value.message.startswith(f"cannot use the home folder {home.root}: ")
    assert "\n" not in problem.value.message
    assert problem.value.exit_code == Exit.HOME_UNUSABLE


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "may not write"),
        (errno.EDQUOT, "quota"),
    ],
)
def test_the_usual_troubles_come_with_a_hint(home: Home, number: int, hint: str) -> None:
    with pytest.raises(HomeUnusable) as problem, readable_errors(home):
        raise OSError(number, os.strerror(number), str(home.root / "x"))
    assert hint in (problem.value.hint or "")


def test_a_file_is_replaced_in_one_step_and_private(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    target.chmod(0o644)
    write_private(target, "new")
    assert target.read_text() == "new"
    assert mode(target) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
