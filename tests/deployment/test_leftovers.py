"""What a killed supervisor left behind."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from standing import alive

from deployment.home import Home, prepare
from deployment.leftovers import clean_leftovers, note_children


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["/bin/sleep", "600"])


def test_noted_children_are_ended(home: Home) -> None:
    prepare(home, ())
    with sleeper() as child:
        note_children(home, {"one": child.pid})
        home.run_file.write_text("{}")
        assert clean_leftovers(home) == ["one"]
    assert not alive(child.pid)
    assert not home.children_file.exists()
    assert not home.run_file.exists()


def test_another_process_with_the_same_id_is_spared(home: Home) -> None:
    prepare(home, ())
    with sleeper() as innocent:
        note_children(home, {"one": innocent.pid})
        noted = json.loads(home.children_file.read_text())
        noted["one"]["started"] -= 1000
        home.children_file.write_text(json.dumps(noted))
        assert clean_leftovers(home) == []
        assert alive(innocent.pid)
        innocent.kill()


def test_this_very_process_named_by_a_postmaster_file_is_spared(home: Home) -> None:
    prepare(home, ())
    home.postgres_dir.mkdir()
    (home.postgres_dir / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert clean_leftovers(home) == []


def test_damaged_notes_are_no_obstacle(home: Home) -> None:
    prepare(home, ())
    for text in ("", "{", "[]", '{"a": 1}', '{"a": {"pid": "x", "started": 1}}'):
        home.children_file.write_text(text)
        assert clean_leftovers(home) == []


def test_ended_children_are_not_noted(home: Home) -> None:
    prepare(home, ())
    done = subprocess.run(["/bin/sh", "-c", "echo $$"], capture_output=True, text=True)
    note_children(home, {"gone": int(done.stdout)})
    assert json.loads(Path(home.children_file).read_text()) == {}
