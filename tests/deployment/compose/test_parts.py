"""The containers as data: what is true of each of them, and what only of some."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployment.catalog import SERVICES
from deployment.compose import operate
from deployment.compose.founding import init
from deployment.compose.parts import all_parts
from deployment.compose.plan import PROFILES, START_SECONDS, Plan, megabytes, store_address
from deployment.compose.render import (
    client_authentication,
    compose_file,
    redis_configuration,
    redis_users,
    revision,
)
from deployment.home import Home

ROOT = Path(__file__).resolve().parents[3]
PLANS = {
    "front": Plan(),
    "silo": Plan(store="silo", silo_image="docker.io/pgsty/silo:1"),
    "elsewhere": Plan(store="http://s3.example:9000"),
    "no workers": Plan(workers=False),
    "large": Plan(memory_gb=32, host="::1", port=9000),
}


@pytest.fixture(params=sorted(PLANS))
def plan(request) -> Plan:
    return PLANS[request.param]


def document(plan: Plan) -> dict[str, Any]:
    return yaml.safe_load(compose_file(plan))


def test_the_committed_file_is_the_rendered_one() -> None:
    assert (ROOT / "docker-compose.yml").read_text(encoding="utf8") == compose_file(Plan())


def test_the_same_plan_gives_the_same_bytes(plan: Plan) -> None:
    assert compose_file(plan) == compose_file(plan)


def test_no_container_is_root_or_may_do_more_than_it_must(plan: Plan) -> None:
    for name, part in document(plan)["services"].items():
        assert part["user"].startswith("${BAUHOF_USER:-10001"), name
        assert part["cap_drop"] == ["ALL"] and "cap_add" not in part, name
        more = ["label=disable"] if name == "deployer" else []
        assert part["security_opt"] == ["no-new-privileges:true", *more], name
        assert part["read_only"] is True and "privileged" not in part, name


def test_every_container_has_bounds_and_comes_back(plan: Plan) -> None:
    for name, part in document(plan)["services"].items():
        assert re.fullmatch(r"\d+m", part["mem_limit"]) and part["pids_limit"] > 0, name
        assert part["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name
        assert part["restart"] == ("no" if name == "migrate" else "unless-stopped"), name
        assert part["stop_grace_period"] in ("30s", "60s"), name


def test_every_container_that_stays_is_asked_how_it_is(plan: Plan) -> None:
    for name, part in document(plan)["services"].items():
        if name == "migrate":
            assert part["healthcheck"] == {"disable": True}
        else:
            assert part["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL"), name


def test_who_needs_another_waits_until_it_is_healthy_or_done(plan: Plan) -> None:
    parts = document(plan)["services"]
    for name, part in parts.items():
        for other, wish in part.get("depends_on", {}).items():
            assert other in parts, f"{name} waits for {other}, which is not there"
            done = "service_completed_successfully" if other == "migrate" else "service_healthy"
            assert wish["condition"] == done
    for service in SERVICES:
        if service.is_django:
            assert {"postgres", "migrate"} <= {*parts[service.name]["depends_on"]}
            assert service.name in parts["gateway"]["depends_on"]


def test_only_the_gateway_can_be_reached(plan: Plan) -> None:
    whole = document(plan)
    assert [name for name, part in whole["services"].items() if "ports" in part] == ["gateway"]
    assert whole["networks"]["core"] == {"internal": True}
    inside = {name: part for name, part in whole["services"].items() if name != "deployer"}
    assert all("core" in part["networks"] for part in inside.values())
    assert all("network_mode" not in part for part in inside.values())


def test_the_gateway_is_on_loopback_unless_the_settings_say_otherwise() -> None:
    assert document(Plan())["services"]["gateway"]["ports"] == ["127.0.0.1:8000:8080"]
    assert document(PLANS["large"])["services"]["gateway"]["ports"] == ["[::1]:9000:8080"]
    both = document(Plan(secure_port=443, plain_port=80))["services"]["gateway"]["ports"]
    assert both[1:] == ["0.0.0.0:443:8443", "0.0.0.0:80:8081"]
    secure = document(Plan(secure_port=8443))["services"]["gateway"]["ports"]
    assert secure == ["127.0.0.1:8000:8080", "0.0.0.0:8443:8443"]


def test_only_those_who_ask_hosts_elsewhere_reach_them() -> None:
    outside = {
        name
        for name, part in document(PLANS["front"])["services"].items()
        if "outside" in part.get("networks", [])
    }
    assert outside == {"kabinet", "worker"}
    remote = document(PLANS["elsewhere"])["services"]
    assert "outside" in remote["mikro"]["networks"] and "outside" in remote["rekuest"]["networks"]
    assert "outside" not in remote["fakts"]["networks"]


def test_folders_are_labelled_for_machines_that_ask_for_it(plan: Plan) -> None:
    for part in document(plan)["services"].values():
        for volume in part.get("volumes", []):
            foreign = volume.startswith("${BAUHOF_ENGINE_SOCKET")
            assert foreign or volume.rpartition(":")[2] in ("z", "ro,z"), volume


def test_what_must_not_be_lost_lies_in_folders_of_the_home(plan: Plan) -> None:
    parts = document(plan)["services"]
    kept = {volume.split(":")[1] for part in parts.values() for volume in part.get("volumes", [])}
    gateway = parts["gateway"]
    # Certificates: without them each new container would ask the authority for others.
    places = {gateway["environment"]["XDG_DATA_HOME"], "/var/lib/bauhof/postgres"}
    own = {volume.split(":")[1] for volume in gateway["volumes"]}
    assert gateway["environment"]["XDG_DATA_HOME"] in own
    if plan.workers:
        places.add("/var/lib/bauhof/redis")
    if plan.has_front:
        places |= {"/var/lib/bauhof/objects", "/var/lib/bauhof/state/objectstore"}
    assert places <= kept
    # Nothing lies in a volume that only the engine knows, or in a folder of the machine.
    hosts = {v.split(":")[0] for part in parts.values() for v in part.get("volumes", [])}
    foreign = {host for host in hosts if not host.startswith(".")}
    assert all(host.startswith("${BAUHOF_") for host in foreign), foreign
    assert "volumes" not in document(plan)


def test_the_gateway_keeps_certificates_where_it_is_told(home: Home) -> None:
    init(home, {"tls": {"mode": "domain", "names": ["lab.example"]}})
    written = json.loads((home.root / "rendered" / "gateway.json").read_text())
    parts = yaml.safe_load(home.compose_file.read_text())["services"]
    volumes = [volume.split(":")[1] for volume in parts["gateway"]["volumes"]]
    assert written["storage"]["root"] in volumes


def test_secrets_are_files_and_stand_nowhere_else(plan: Plan) -> None:
    whole = document(plan)
    for part in whole["services"].values():
        assert {*part.get("secrets", [])} <= {*whole["secrets"]}
        for key, value in part.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|KEY|TOKEN|USER_FILE", key):
                assert key.endswith("_FILE") and value.startswith("/run/secrets/")
    assert all(entry["file"].startswith("./secrets/") for entry in whole["secrets"].values())


def test_a_service_holds_its_own_secrets_only() -> None:
    parts = document(Plan())["services"]
    assert parts["fakts"]["secrets"] == ["database-fakts", "redis-fakts"]
    alone = document(PLANS["no workers"])["services"]
    assert not {"redis", "worker", "beat"} & {*alone}
    assert alone["fakts"]["secrets"] == ["database-fakts"]
    assert parts["rekuest"]["secrets"] == ["database-rekuest", "objectstore"]
    for service in SERVICES:
        if service.is_django:
            folders = [v for v in parts[service.name]["volumes"] if v.startswith("./state/")]
            assert folders == [f"./state/{service.name}:/var/lib/bauhof/state/{service.name}:z"]
    assert "secrets" not in parts["postgres"] and "secrets" not in parts["gateway"]


def test_the_object_store_is_ours_another_or_elsewhere() -> None:
    front, silo, remote = (
        document(PLANS[name])["services"] for name in ("front", "silo", "elsewhere")
    )
    assert "objectstore" in front and "s3" not in front
    assert "s3" in silo and "objectstore" not in silo
    assert silo["s3"]["image"] == "docker.io/pgsty/silo:1"
    assert "latest" not in silo["s3"]["image"]
    assert not {"s3", "objectstore"} & {*remote}
    assert {"s3-access", "s3-secret"} <= {*remote["mikro"]["secrets"]}
    assert store_address("http://s3.example:9000") == ("s3.example", 9000)
    assert store_address("http://s3.example") == ("s3.example", 80)


def test_one_image_holds_every_program_of_ours() -> None:
    images = {part["image"] for part in all_parts(Plan()).values()}
    assert images == {"${BAUHOF_IMAGE:-bauhof:latest}"}


@pytest.mark.parametrize(("memory", "factor"), [(2, 1), (4, 1), (8, 2), (16, 4), (64, 4)])
def test_a_larger_machine_gives_more_memory(memory: int, factor: int) -> None:
    least = megabytes(Plan(), "postgres")
    assert megabytes(Plan(memory_gb=memory), "postgres") == least * factor
    words = all_parts(Plan(memory_gb=memory))["postgres"]["command"]
    assert f"shared_buffers={least * factor // 4}MB" in words


def test_a_small_machine_has_room_for_all_containers() -> None:
    parts = [part for part in all_parts(Plan()).values() if "profiles" not in part]
    most = sum(int(part["mem_limit"].removesuffix("m")) for part in parts)
    # Limits are no needs: all at their limit may be a little over what the machine has.
    assert most <= 4096 * 1.25


def test_each_role_reaches_its_own_database_only() -> None:
    rows = client_authentication(["fakts", "mikro"]).splitlines()
    assert rows == [
        "local all all scram-sha-256",
        "host fakts fakts all scram-sha-256",
        "host mikro mikro all scram-sha-256",
    ]


def test_the_broker_knows_no_user_without_a_password() -> None:
    text = redis_users({"fakts": "one", "mikro": "two"})
    # No password and off: nobody logs in as it. Its rights are those of the replay after a start.
    assert text.startswith("user default off resetpass ~* &* +@all\n")
    assert "one" not in text.replace("on #", "") and ">" not in text
    rows = text.splitlines()[1:]
    assert all(re.match(r"user (\w+) on #[0-9a-f]{64} ~\1:\* ", row) for row in rows)
    assert "-@dangerous" in rows[0]
    settings = redis_configuration()
    assert "appendonly yes" in settings and "aclfile /run/secrets/redis.acl" in settings


def test_no_container_is_taken_for_ill_while_a_busy_machine_starts_all(plan: Plan) -> None:
    """A new version would be taken back for it; who waits for them waits longer still."""
    parts = document(plan)["services"]
    limits = {part["healthcheck"].get("start_period") for part in parts.values()}
    assert limits - {None} == {f"{START_SECONDS}s"} and START_SECONDS >= 240
    assert operate._LEAST_START_SECONDS > START_SECONDS


def test_the_revision_changes_with_any_file() -> None:
    texts = {"a": "1", "b": "2"}
    assert revision(texts) == revision(dict(reversed(texts.items())))
    assert len({revision(t) for t in (texts, {"a": "1"}, {"a": "12", "b": ""})}) == 3


def test_what_runs_besides_is_started_on_demand_only(plan: Plan) -> None:
    parts = document(plan)["services"]
    found = {name: part["profiles"] for name, part in parts.items() if "profiles" in part}
    assert found == {name: [profile] for profile, name in PROFILES.items()}
    needed = {other for part in parts.values() for other in part.get("depends_on", {})}
    assert not needed & {*found}


def test_the_engine_is_in_reach_of_the_deployer_alone(plan: Plan) -> None:
    parts = document(plan)["services"]
    near = [name for name, part in parts.items() if "SOCKET" in str(part.get("volumes"))]
    assert near == [name for name, part in parts.items() if "group_add" in part] == ["deployer"]
    # Its key is a file that no other container is given, and no word of its command.
    assert [name for name, part in parts.items() if "engine-key" in part.get("secrets", [])] == near
    told = {"HOME", "DOCKER_HOST", "BAUHOF_ENGINE_ALIVE", "ARKITEKT_DEVICE_ID"}
    assert parts["deployer"]["environment"].keys() == told


def test_the_deployer_goes_where_the_gateway_listens_and_is_told_what_was_set() -> None:
    plan = Plan(host="::1", port=9000, engine_organization="lab", engine_variables=("A=b=c",))
    part = document(plan)["services"]["deployer"]
    words = part["command"]
    assert words[words.index("--url") + 1] == "http://[::1]:9000"
    assert words[words.index("--org") + 1] == "lab"
    assert part["environment"]["A"] == "b=c"


def test_the_container_of_the_backups_reads_all_and_writes_little(plan: Plan) -> None:
    part = document(plan)["services"]["backup"]
    written = {volume.split(":/")[0] for volume in part["volumes"] if ":ro," not in volume}
    assert written == {"./secrets", "./work", "${BAUHOF_BACKUPS:-../bauhof-backups}"}
    assert part["networks"] == ["core"] and "secrets" not in part
