"""`bauhof engine docker`: its folders, its key, what its process sees, and keeping it alive."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deployment import engine
from deployment.administration import run_operation
from deployment.errors import Exit, NotRunning, ToolMissing
from deployment.home import Home, write_private
from deployment.tools import python_module


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def place(home: Home) -> engine.Place:
    place = engine.place_of(home, "lab")
    engine.claim(home, place)
    return place


def program(folder: Path, body: str) -> Path:
    """A stand-in for the interpreter of the deployer's environment."""
    file = folder / "python"
    file.write_text(f"#!{sys.executable}\n{body}\n")
    file.chmod(0o755)
    return file


def test_its_folders_are_private(home: Home, place: engine.Place) -> None:
    for folder in (home.root, home.secrets_dir, place.folder):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o077 in (0, 0o010)
    assert place.folder == home.root / "engine" / "lab"


def test_it_sees_its_own_sources_and_the_rules_of_the_store(place: engine.Place) -> None:
    given = Path(sys.executable)
    for _ in range(2):
        assert engine.prepare(place, lambda _: None, given) == given
    assert sorted(path.name for path in place.sources.iterdir()) == ["deployers", "kabinet_server"]
    assert (place.sources / "deployers" / "docker" / "__main__.py").exists()
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            "import sys; sys.path[:0] = sys.argv[1:]; import deployers",
            str(place.sources),
        ],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_link_of_another_version_is_replaced(place: engine.Place, tmp_path: Path) -> None:
    place.sources.mkdir()
    (place.sources / "deployers").symlink_to(tmp_path)
    engine.prepare(place, lambda _: None, Path(sys.executable))
    assert (place.sources / "deployers").resolve() == engine.package_folder("deployers").resolve()


def test_a_package_that_is_missing_is_named() -> None:
    with pytest.raises(ToolMissing, match="no_such_package"):
        engine.package_folder("no_such_package")


def test_the_pins_agree_with_those_the_clients_are_tested_with() -> None:
    def pins(file: Path) -> dict[str, str]:
        lines = [line.partition("==") for line in file.read_text().splitlines() if "==" in line]
        return {name.lower().replace("_", "-"): version for name, _, version in lines}

    tested = Path(__file__).parents[1] / "acceptance" / "requirements-clients.lock"
    ours = pins(engine.package_folder("deployers") / "docker" / "requirements.lock")
    theirs = pins(tested)
    assert {"arkitekt", "rekuest", "kabinet", "docker"} <= set(ours)
    different = {name: (v, theirs[name]) for name, v in ours.items() if theirs.get(name, v) != v}
    assert different == {}


def test_packages_that_are_there_are_not_installed_again(place: engine.Place) -> None:
    pins = engine.package_folder("deployers") / "docker" / "requirements.lock"
    (place.environment / "bin").mkdir(parents=True)
    (place.environment / "bin" / "python").symlink_to(sys.executable)
    digest = engine.hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()
    (place.environment / "pins").write_text(digest)
    notes: list[str] = []
    assert engine.install(place.environment, notes.append) == place.environment / "bin" / "python"
    assert notes == []


def test_a_package_index_that_is_away_is_one_line(
    place: engine.Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(folder: Path, **_: object) -> None:
        (folder / "bin").mkdir(parents=True)
        program(folder / "bin", "import sys; sys.stderr.write('no index\\n'); sys.exit(1)")

    monkeypatch.setattr(engine.venv, "create", make)
    with pytest.raises(ToolMissing, match="no index") as caught:
        engine.install(place.environment, lambda _: None)
    assert "again" in (caught.value.hint or "")
    assert not (place.environment / "pins").exists()


def test_its_process_sees_nothing_of_the_services(place: engine.Place) -> None:
    found = engine.environment(
        place,
        {
            "PATH": "/bin",
            "DOCKER_HOST": "unix:///x",
            "BAUHOF_ENGINE_NAME": "one",
            "BAUHOF_CONFIG": "/secret.yaml",
            "FAKTS__ADMIN": "x",
            "KABINET__DATABASE__PASSWORD_FILE": "/secret",
            "AWS_SECRET_ACCESS_KEY": "x",
            "PYTHONPATH": "/elsewhere",
            "FAKTS_MANDATE_KEY": "of somebody else",
        },
        url="http://127.0.0.1:8000",
        key="bmk_1",
    )
    assert found["DOCKER_HOST"] == "unix:///x"
    assert found["BAUHOF_ENGINE_NAME"] == "one"
    assert found["FAKTS_MANDATE_KEY"] == "bmk_1"
    assert found["PYTHONPATH"] == str(place.sources)
    assert found["BAUHOF_ENGINE_STATE"] == str(place.state)
    assert found["BAUHOF_ENGINE_ALIVE"] == str(place.state / "alive")
    assert Path(found["REKUEST_JOURNAL_PATH"]).parent == place.state
    hidden = {"BAUHOF_CONFIG", "KABINET__DATABASE__PASSWORD_FILE", "AWS_SECRET_ACCESS_KEY"}
    assert hidden.isdisjoint(found)


def test_a_platform_that_does_not_run_is_said_with_the_way_out(home: Home) -> None:
    with pytest.raises(NotRunning, match="no platform runs") as caught:
        engine.running_url(home)
    assert "`bauhof up`" in (caught.value.hint or "")
    assert "--url" in (caught.value.hint or "")
    home.root.mkdir(parents=True)
    home.shape_file.write_text("compose\n")
    for ask in (engine.running_url, lambda place: run_operation(place, "org.list")):
        with pytest.raises(NotRunning) as inside:
            ask(home)
        assert "bauhof compose up" in (inside.value.hint or "")
    with pytest.raises(NotRunning):
        engine.key_of(home, organization="lab", username="ada")


def test_the_address_of_the_running_platform_is_found(home: Home) -> None:
    home.root.mkdir(parents=True)
    write_private(home.run_file, json.dumps({"pid": 1, "url": "http://127.0.0.1:8000"}))
    assert engine.running_url(home) == "http://127.0.0.1:8000"


def test_the_key_is_made_once_for_the_app_and_kept_private(
    home: Home, place: engine.Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []

    def answer(_: Home, op: str, **arguments: object) -> dict[str, str]:
        asked.append({"op": op, **arguments})
        return {"key": f"bmk_{len(asked)}"}

    monkeypatch.setattr(engine, "run_operation", answer)
    first = engine.key_of(home, organization="lab", username="ada")
    assert engine.key_of(home, organization="lab", username="ada") == first == "bmk_1"
    assert asked == [
        {"op": "key.create", "username": "ada", "organization": "lab", "app": engine.AGENT}
    ]
    file = home.secrets_dir / "engine-lab.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert engine.key_of(home, organization="lab", username="bob") == "bmk_2"
    assert engine.key_of(home, organization="other", username="bob") == "bmk_3"
    engine.forget_key(home, "lab")
    engine.forget_key(home, "lab")
    assert engine.key_of(home, organization="lab", username="bob") == "bmk_4"


def watched(folder: Path) -> dict[str, str]:
    return {**os.environ, "BAUHOF_ENGINE_ALIVE": str(folder / "alive")}


def test_a_deployer_that_dies_is_started_again(tmp_path: Path) -> None:
    count = tmp_path / "count"
    body = (
        f"import os, signal; file = open({str(count)!r}, 'a'); file.write('x'); file.close()\n"
        f"if len(open({str(count)!r}).read()) < 3: os.kill(os.getpid(), signal.SIGKILL)"
    )
    notes: list[str] = []
    waits: list[float] = []
    code = engine.keep_running(
        program(tmp_path, body), watched(tmp_path), notes.append, waits.append
    )
    assert code == 0
    assert count.read_text() == "xxx"
    assert waits == [1.0, 2.0]
    assert all("starts again" in note for note in notes)


def test_one_that_says_what_is_wrong_is_not_started_again(tmp_path: Path) -> None:
    notes: list[str] = []
    code = engine.keep_running(
        program(tmp_path, "raise SystemExit(1)"), watched(tmp_path), notes.append, lambda _: None
    )
    assert code == 1
    assert notes == []


def test_one_that_has_worked_is_tried_until_its_platform_is_back(tmp_path: Path) -> None:
    """It works, is refused by a platform that goes, is refused at its login, works and ends."""
    count = tmp_path / "count"
    body = (
        f"import os; file = open({str(count)!r}, 'a'); file.write('x'); file.close()\n"
        f"turn = len(open({str(count)!r}).read())\n"
        "if turn == 1: open(os.environ['BAUHOF_ENGINE_ALIVE'], 'w').close()\n"
        "raise SystemExit(0 if turn == 4 else 1)"
    )
    notes: list[str] = []
    env = watched(tmp_path)
    code = engine.keep_running(program(tmp_path, body), env, notes.append, lambda _: None)
    assert (code, count.read_text()) == (0, "xxxx")
    assert len(notes) == 3

    def leave(_: float) -> None:
        raise KeyboardInterrupt

    # Nobody has to wait for its next try.
    count.write_text("")
    assert engine.keep_running(program(tmp_path, body), env, notes.append, leave) == 0
    assert count.read_text() == "x"
    notes.clear()
    # The next command does not take the work of this one for its own.
    said = program(tmp_path, "raise SystemExit(1)")
    assert engine.keep_running(said, env, notes.append, lambda _: None) == 1
    assert notes == []


def test_the_wish_to_end_is_passed_on(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    stand_in = program(
        tmp_path,
        "import signal, sys, time\n"
        f"def end(*_):\n    open({str(ended)!r}, 'w').close(); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        f"open({str(tmp_path / 'up')!r}, 'w').close()\ntime.sleep(60)",
    )
    keeper = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import os, sys; from pathlib import Path; from deployment import engine;"
            "sys.exit(engine.keep_running(Path(sys.argv[1]), os.environ, print))",
            str(stand_in),
        ],
        env=watched(tmp_path),
    )
    deadline = time.monotonic() + 30
    while not (tmp_path / "up").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    keeper.send_signal(signal.SIGTERM)
    assert keeper.wait(30) == 0
    assert ended.exists()


def run(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*python_module("deployment.cli"), "engine", "docker", *words, "--home", str(home)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        ((), "no platform runs", Exit.NOT_RUNNING),
        (("--url", "https://lab.example.org"), "needs a key", Exit.REFUSED),
        (
            ("--url", "https://lab.example.org", "--key-file", "/nowhere/key"),
            "cannot read",
            Exit.REFUSED,
        ),
    ],
)
def test_what_is_missing_is_one_line(
    tmp_path: Path, words: tuple[str, ...], message: str, code: Exit
) -> None:
    done = run(*words, home=tmp_path / "home")
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
