"""From `bauhof init` to work done in containers, told in order on one installation."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from compose_plugin import docker_config
from installation import Installation
from lab import Lab
from platform_handle import ROOT
from processes import Program, eventually

HELLO = ROOT / "examples" / "hello"
#: What stays up; migrate has done its work by then.
PARTS = {
    *("postgres", "redis", "objectstore", "fakts", "rekuest", "mikro", "kabinet"),
    *("worker", "beat", "gateway", "deployer", "backup"),
}
PATIENCE = 120.0


def called(lab: Lab, python: Path, key: str, name: str) -> Program:
    """Call the example's action until it was done."""
    calls: list[Program] = []

    def done() -> bool:
        command = (str(python), str(HELLO / "call.py"), "Ada")
        calls.append(lab.start(command, name, key=key))
        return calls[-1].ended(timeout=PATIENCE) == 0

    eventually(done, "a call of greet", timeout=PATIENCE)
    return calls[-1]


def test_the_first_start_ends_with_all_parts_healthy(installation: Installation) -> None:
    parts = installation.parts()
    assert {*parts} == PARTS
    assert all(row["healthy"] for row in parts.values()), parts
    assert installation.first["admin"]["username"] == "admin"
    # Said once: the second start has nothing to show.
    assert not (installation.root / "secrets" / "first-admin.json").exists()


def test_the_check_from_end_to_end_is_made_in_containers(installation: Installation) -> None:
    """The worker makes it each minute: log in, have an action run, write and read."""

    def made() -> bool:
        found = json.loads(installation.call("compose", "status").stdout)["check"]
        return bool(found["ok"]) and "login, assign, write, read went well" in found["text"]

    eventually(made, "a check that went well", timeout=600)
    ask = (
        "import urllib.request\n"
        "print(urllib.request.urlopen('http://127.0.0.1:8000/fakts/metrics').read().decode())"
    )
    ident = installation.containers()["fakts"]
    told = installation.docker("exec", ident, "python", "-c", ask).splitlines()
    assert "bauhof_synthetic_up 1.0" in told
    steps = [line for line in told if line.startswith("bauhof_synthetic_step_seconds{")]
    assert [re.search(r'step="(\w+)"', line)[1] for line in steps] == [
        *("login", "assign", "write", "read")
    ]
    (done,) = (line for line in told if line.startswith('bauhof_synthetic_checks{outcome="done"}'))
    assert float(done.split()[1]) >= 1


def test_the_released_clients_say_hello(lab: Lab, python: Path) -> None:
    key = lab.platform.run("key", "create", "--user", "admin", "--org", "default")["key"]
    app = lab.start((str(python), str(HELLO / "app.py")), "hello-app", key=key)
    app.wait_text("hello: logging in")
    assert called(lab, python, key, "hello-caller").output.endswith("result: Hello, Ada!")
    app.close()


def test_the_released_client_reads_back_what_it_stored(lab: Lab) -> None:
    program = lab.start(
        "imaging", "imaging", key=lab.key_of("imaging"), ONLY="plane,pyramid,files,tables"
    )
    program.ended(timeout=240)
    told = program.seen(what="check")
    assert len(told) == 4, program.errors.read_text()[-3000:]
    assert all(check["ok"] for check in told), told


def test_only_the_gateway_can_be_reached_and_nobody_is_root(installation: Installation) -> None:
    for name, ident in installation.containers().items():
        body = json.loads(installation.docker("inspect", ident))[0]
        ports = [port for port in (body["NetworkSettings"]["Ports"] or {}).values() if port]
        assert bool(ports) == (name == "gateway"), name
        assert {row["HostIp"] for port in ports for row in port} <= {"127.0.0.1"}
        assert body["Config"]["User"].split(":")[0] not in ("", "0", "root"), name
        assert body["HostConfig"]["ReadonlyRootfs"] and body["HostConfig"]["CapDrop"] == ["ALL"]
        assert body["HostConfig"]["Memory"] > 0 and body["HostConfig"]["PidsLimit"] > 0
        assert body["HostConfig"]["LogConfig"]["Config"]["max-size"] == "10m"


def test_a_service_does_not_reach_what_is_anothers(installation: Installation) -> None:
    probe = (
        "import sys, psycopg; from pathlib import Path\n"
        "word = Path('/run/secrets/database-mikro').read_text().strip()\n"
        "psycopg.connect(host='postgres', dbname=sys.argv[1], user='mikro', password=word)\n"
    )

    def reach(database: str) -> subprocess.CompletedProcess[bytes]:
        ident = installation.containers()["mikro"]
        words = ["docker", "exec", ident, "python", "-c", probe, database]
        return subprocess.run(words, env=installation.environ, capture_output=True, timeout=120)

    assert reach("mikro").returncode == 0
    assert b"no pg_hba.conf entry" in reach("fakts").stderr


def test_jobs_run_in_the_worker(installation: Installation) -> None:
    """The worker takes from its queue what beat, or here we, put there."""
    put = (
        "import django; django.setup()\n"
        "from chassis.config import ServiceConfig, current\n"
        "from chassis.jobs import celery_app\n"
        "from fakts_server.app import JOBS\n"
        "config = current(ServiceConfig)\n"
        "app = celery_app(config.service, config.jobs, JOBS)\n"
        "app.send_task(JOBS[0].name)\n"
        "link = app.connection().default_channel.client\n"
        "import time\n"
        "limit = time.monotonic() + 120\n"
        "while link.llen('fakts') and time.monotonic() < limit: time.sleep(0.2)\n"
        "print('left', link.llen('fakts'))\n"
    )
    ident = installation.containers()["fakts"]
    env = ("--env", "DJANGO_SETTINGS_MODULE=fakts_server.settings")
    assert "left 0" in installation.docker("exec", *env, ident, "python", "-c", put)
    assert installation.parts()["worker"]["healthy"]


def test_metrics_tell_of_what_services_stand_on(installation: Installation) -> None:
    ask = (
        "import sys; from urllib.request import urlopen\n"
        "print(urlopen(sys.argv[1]).read().decode())\n"
    )

    def told(name: str, port: int = 8000) -> dict[str, float]:
        address = f"http://127.0.0.1:{port}/{name}/metrics"
        ident = installation.containers()[name]
        text = installation.docker("exec", ident, "python", "-c", ask, address)
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {metric: float(value) for metric, _, value in lines if metric}

    for name in ("fakts", "mikro", "kabinet"):
        found = told(name)
        assert found["bauhof_postgres_up"] == found["bauhof_redis_up"] == 1, name
        assert 0 < found["bauhof_redis_memory_bytes"] < found["bauhof_redis_memory_limit_bytes"]
        assert found["bauhof_redis_connections"] >= 1
        assert found["bauhof_redis_rejected_connections_total"] == 0
        assert found["bauhof_redis_saved_timestamp_seconds"] > 0
        assert found["bauhof_redis_saving_ok"] == 1
    assert told("fakts")["bauhof_gateway_up"] == 1
    assert told("mikro")["bauhof_objectstore_up"] == 1
    assert told("objectstore", 9000)["bauhof_objectstore_received_bytes_total"] > 0


def test_another_shape_is_not_started_on_the_same_folder(installation: Installation) -> None:
    refused = installation.call("up", "--detach")
    assert refused.returncode and "bauhof compose up" in refused.stderr
    refused = installation.call("move", "--to", "embedded")
    assert refused.returncode and "bauhof compose down" in refused.stderr


def test_the_rendered_file_of_a_store_of_its_own_is_understood(
    environ: dict[str, str], tmp_path: Path
) -> None:
    """No image of that store can be had here, so its part is checked and not run."""
    made = Installation(tmp_path / "silo", environ | docker_config())
    besides = ("--with", "engine", "--with", "backup")
    made.run("init", "--store", "silo", "--image", "bauhof:test", *besides)
    digest = f"docker.io/pgsty/silo@sha256:{'0' * 64}"
    made.configure("compose", silo_image=digest)
    made.run("build")
    words = ["docker", "compose", "--project-directory", str(made.root), "config", "--format"]
    done = subprocess.run([*words, "json"], env=made.environ, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    body = json.loads(done.stdout)
    # Pinned as the operator has it; by default a dated tag, for no digest can be asked for here.
    assert body["services"]["s3"]["image"] == digest
    assert "objectstore" not in body["services"]
    assert {"deployer", "backup"} <= {*body["services"]}
    assert body["services"]["deployer"]["network_mode"] == "host"
    assert body["name"] == made.project
