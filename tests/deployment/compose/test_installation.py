"""Making an installation in containers, building its files, and moving it between the shapes."""

from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployment.catalog import SERVICES, service_names
from deployment.compose import operate
from deployment.compose.founding import init, machine_memory_gb
from deployment.compose.installation import build, found, plan_of, project_of, user_of
from deployment.compose.move import move
from deployment.config import Settings, load_settings
from deployment.errors import AlreadyRunning, ConfigProblem, DeploymentError
from deployment.home import Home, database_listens, is_locked, lock, prepare, write_private


def settings_of(home: Home) -> Settings:
    return load_settings(home.config_file, {}, service_names())


@pytest.fixture
def made(home: Home) -> Home:
    init(home, {"gateway": {"port": 9000}, "compose": {"memory_gb": 4}})
    return home


def rendered(home: Home) -> dict[str, Any]:
    return yaml.safe_load((home.root / "rendered" / "services.yaml").read_text())


def files(home: Home) -> dict[str, bytes]:
    return {
        path.relative_to(home.root).as_posix(): path.read_bytes()
        for path in sorted(home.root.rglob("*"))
        if path.is_file()
    }


def test_init_writes_settings_secrets_and_files_once(made: Home) -> None:
    assert made.is_compose and made.compose_file.exists()
    assert yaml.safe_load(made.config_file.read_text())["gateway"] == {"port": 9000}
    for service in SERVICES:
        if service.is_django:
            assert (made.secrets_dir / f"database-{service.name}").exists()
    before = files(made)
    with pytest.raises(DeploymentError, match="there is an installation") as refused:
        init(made, {})
    assert "bauhof build" in (refused.value.hint or "")
    assert files(made) == before


def test_a_choice_that_cannot_be_used_leaves_no_settings(home: Home) -> None:
    with pytest.raises(ConfigProblem, match=r"gateway\.port") as refused:
        init(home, {"gateway": {"port": -1}})
    assert refused.value.field == "gateway.port"
    assert not home.config_file.exists() and not home.is_compose


def test_init_notes_the_memory_of_the_machine(home: Home) -> None:
    settings = init(home, {"gateway": {"host": None}})
    assert settings.compose.memory_gb == machine_memory_gb() >= 2
    assert settings.gateway.host == "127.0.0.1"


def test_nothing_of_an_installation_can_be_read_by_others(made: Home) -> None:
    open_ones = [
        path
        for path in made.root.rglob("*")
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_ones == []


def test_building_twice_gives_the_same_bytes(made: Home) -> None:
    before = files(made)
    again = operate.rebuild(made, settings_of(made))
    assert not again.changed
    assert files(made) == before


def test_a_setting_changes_the_files_and_their_revision(made: Home) -> None:
    first = operate.rebuild(made, settings_of(made))
    text = made.config_file.read_text().replace("9000", "9001")
    write_private(made.config_file, text)
    second = operate.rebuild(made, settings_of(made))
    assert second.changed and second.revision != first.revision
    assert "127.0.0.1:9001:8080" in made.compose_file.read_text()
    assert second.revision in (made.root / ".env").read_text()


def test_no_secret_stands_in_what_is_built(made: Home) -> None:
    operate.rebuild(made, settings_of(made))
    secrets = [
        path.read_text().strip() for path in made.secrets_dir.iterdir() if path.name != "redis.acl"
    ]
    assert len(secrets) >= 8
    for name in ("docker-compose.yml", ".env", "secrets/redis.acl"):
        text = (made.root / name).read_text()
        assert not [secret for secret in secrets if secret in text], name
    for path in (made.root / "rendered").rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert not [secret for secret in secrets if secret in text], path


def test_services_find_each_other_by_name(made: Home) -> None:
    document = rendered(made)
    mikro = document["mikro"]
    assert mikro["database"]["host"] == "postgres"
    assert mikro["database"]["password_file"] == "/run/secrets/database-mikro"
    assert mikro["tokens"]["jwks_url"] == "http://fakts:8000/fakts/o/jwks/"
    assert document["fakts"]["synthetic"]["address"] == "http://gateway:8080"
    assert mikro["storage"]["endpoint"] == "http://objectstore:9000"
    assert mikro["jobs"]["password_file"] == "/run/secrets/redis-mikro"
    assert {"localhost", "fakts", "rekuest"} <= {*document["fakts"]["allowed_hosts"]}
    assert {row["identifier"] for row in document["fakts"]["instances"]} >= {"mikro", "s3"}
    assert mikro["logs"]["format"] == "json"


def test_services_run_their_own_jobs_by_one_setting(home: Home) -> None:
    init(home, {"compose": {"workers": False}})
    assert "jobs" not in rendered(home)["mikro"]
    assert "\n  worker:" not in home.compose_file.read_text()


def test_the_user_may_have_logs_for_people(made: Home) -> None:
    write_private(made.config_file, "fakts: {logs: {format: console}}\n")
    operate.rebuild(made, settings_of(made))
    assert rendered(made)["fakts"]["logs"]["format"] == "console"
    assert rendered(made)["mikro"]["logs"]["format"] == "json"


def test_the_gateway_dials_names_of_containers(made: Home) -> None:
    text = (made.root / "rendered" / "gateway.json").read_text()
    assert json.loads(text)["apps"]["http"]["servers"]["gateway"]["listen"] == [":8080"]
    assert '"fakts:8000"' in text and '"objectstore:9000"' in text


@pytest.mark.parametrize(
    ("store", "driver", "endpoint"),
    [
        ("front", None, "http://objectstore:9000"),
        ("silo", "sts", "http://s3:9000"),
        ("http://s3.example:9001", "sts", "http://s3.example:9001"),
    ],
)
def test_the_object_store_is_one_setting(
    home: Home, store: str, driver: str | None, endpoint: str
) -> None:
    init(home, {"compose": {"store": store}})
    storage = rendered(home)["mikro"]["storage"]
    assert (storage.get("driver"), storage["endpoint"]) == (driver, endpoint)
    assert (home.secrets_dir / "s3-access").exists() == (store == "silo")


def test_another_word_for_the_store_is_refused(home: Home) -> None:
    with pytest.raises(ConfigProblem) as refused:
        init(home, {"compose": {"store": "minio"}})
    assert refused.value.field == "compose.store"
    assert plan_of(Settings()).has_front


def test_containers_do_not_run_as_root(made: Home) -> None:
    uid, gid = user_of(made)
    assert uid != 0 and gid != 0
    assert f"BAUHOF_USER={uid}:{gid}\n" in (made.root / ".env").read_text()
    for name in ("objects", "redis", "gateway", "secrets", "state/fakts", "secrets/objectstore"):
        assert (made.root / name).stat().st_uid == uid, name


def test_installations_on_one_machine_do_not_share_containers(made: Home, folder: Path) -> None:
    other = Home(folder / "another")
    init(other, {})
    assert project_of(made) != project_of(other)
    assert f"COMPOSE_PROJECT_NAME={project_of(made)}\n" in (made.root / ".env").read_text()


def test_a_home_without_containers_is_told_what_to_do(home: Home) -> None:
    with pytest.raises(DeploymentError, match="no installation") as refused:
        operate.rebuild(home, Settings())
    assert "bauhof init" in (refused.value.hint or "")
    prepare(home, ())
    with pytest.raises(DeploymentError, match="without containers") as refused:
        operate.rebuild(home, Settings())
    assert "bauhof move" in (refused.value.hint or "")


def test_an_installation_moves_there_and_back_with_its_keys(home: Home) -> None:
    names = service_names()
    prepare(home, names)
    write_private(home.config_file, "gateway: {port: 9000}\n")
    write_private(home.state_dir("fakts") / "signing.pem", "a key")
    identity = (home.root / "home.json").read_bytes()

    there = move(home, settings_of(home), "compose")
    assert (there.shape, there.before) == ("compose", "embedded")
    assert home.is_compose and home.compose_file.exists()
    back = move(home, settings_of(home), "embedded")
    assert back.shape == "embedded"
    assert not home.is_compose and not home.compose_file.exists()
    assert not (home.root / ".env").exists()
    assert (home.state_dir("fakts") / "signing.pem").read_text() == "a key"
    assert (home.root / "home.json").read_bytes() == identity
    assert home.secrets_dir.stat().st_uid == os.getuid()


def test_a_move_is_refused_where_it_makes_no_sense(home: Home) -> None:
    with pytest.raises(DeploymentError, match="no installation"):
        move(home, Settings(), "compose")
    prepare(home, ())
    for to, message in (("cloud", "must be compose or embedded"), ("embedded", "already")):
        with pytest.raises(DeploymentError, match=message) as refused:
            move(home, Settings(), to)
        assert refused.value.field == "to"
    with lock(home), pytest.raises(AlreadyRunning):
        move(home, Settings(), "compose")


def test_objects_of_another_store_do_not_move(home: Home) -> None:
    settings = init(home, {"compose": {"store": "silo"}})
    with pytest.raises(ConfigProblem) as refused:
        move(home, settings, "embedded")
    assert refused.value.field == "compose.store"
    assert home.is_compose


def test_the_database_of_a_container_is_found_by_a_short_path(made: Home) -> None:
    assert not database_listens(made) and not is_locked(made)
    assert made.postgres_socket_dir.readlink() == made.shared_sockets_dir
    assert len(str(made.postgres_socket_dir / ".s.PGSQL.5432")) < 100


def test_files_that_are_there_stay(made: Home) -> None:
    secret = (made.secrets_dir / "database-fakts").read_bytes()
    found(made, settings_of(made))
    build(made, settings_of(made))
    assert (made.secrets_dir / "database-fakts").read_bytes() == secret


@pytest.mark.parametrize(
    ("section", "field"),
    [
        ({"compose": {"profiles": ["motor"]}}, "compose.profiles"),
        ({"compose": {"engine_variables": ["PATH=/"]}}, "compose.engine_variables"),
        ({"compose": {"engine_variables": ["BAUHOF_ENGINE_NAME"]}}, "compose.engine_variables"),
        ({"compose": {"profiles": ["engine"]}, "gateway": {"port": 80}}, "gateway.port"),
    ],
)
def test_a_wish_for_more_that_cannot_be_met_is_named(
    made: Home, section: dict[str, Any], field: str
) -> None:
    write_private(made.config_file, yaml.safe_dump(section))
    with pytest.raises(ConfigProblem) as refused:
        plan_of(settings_of(made))
    assert refused.value.field == field


def environment_of(home: Home) -> dict[str, str]:
    lines = (home.root / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def test_what_runs_besides_is_named_beside_the_file(made: Home, folder: Path) -> None:
    assert environment_of(made)["COMPOSE_PROFILES"] == ""
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(folder / "engine.sock"))
        write_private(
            made.config_file,
            yaml.safe_dump(
                {
                    "compose": {
                        "profiles": ["engine", "backup"],
                        "engine_socket": str(folder / "engine.sock"),
                        "backup_folder": str(folder / "kept here"),
                    }
                }
            ),
        )
        operate.rebuild(made, settings_of(made))
        found = environment_of(made)
        assert found["BAUHOF_ENGINE_GROUP"] == str((folder / "engine.sock").stat().st_gid)
    assert found["COMPOSE_PROFILES"] == "backup,engine"
    assert found["BAUHOF_ENGINE_SOCKET"] == f"'{folder / 'engine.sock'}'"
    assert found["BAUHOF_BACKUPS"] == f"'{folder / 'kept here'}'"
    # Those who make backups find their folder and their key, and can read what they keep.
    uid, _ = user_of(made)
    assert (folder / "kept here").stat().st_uid == uid
    for path in (made.root / "home.json", made.config_file, made.secrets_dir / "backup-key"):
        assert path.stat().st_uid == uid, path


def test_without_an_engine_at_the_socket_nothing_is_started(made: Home) -> None:
    choices = {"profiles": ["engine"], "engine_socket": str(made.root / "none.sock")}
    write_private(made.config_file, yaml.safe_dump({"compose": choices}))
    with pytest.raises(ConfigProblem) as refused:
        operate._refuse_without_socket(settings_of(made))
    assert refused.value.field == "compose.engine_socket"


def test_init_beside_an_embedded_installation_names_the_move(home: Home) -> None:
    prepare(home, ())
    with pytest.raises(DeploymentError, match="already") as refused:
        init(home, {})
    assert "bauhof move --to compose" in str(refused.value.hint)
    assert not home.is_compose
