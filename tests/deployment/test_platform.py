"""A running platform: restarts seen from outside, databases apart, logs, and `bauhof.running`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import httpx
import psutil
import pytest
from standing import until_now

from bauhof.running import Deployment
from deployment.errors import DeploymentError
from deployment.home import Home
from deployment.tools import postgres_program

pytestmark = pytest.mark.timeout(420)


def test_every_service_answers_at_one_origin(platform: Deployment) -> None:
    for path in ("/fakts/ht", "/mikro/ht", "/minio/health/live", "/.well-known/fakts", "/"):
        assert httpx.get(platform.url + path).status_code == 200
    for path in ("/fakts/metrics", "/objectstore/metrics"):
        assert httpx.get(platform.url + path).status_code == 404


def test_the_discovery_document_names_the_origin_the_caller_used(platform: Deployment) -> None:
    port = platform.url.rsplit(":", 1)[1]
    for host in ("127.0.0.1", "localhost"):
        found = httpx.get(f"http://{host}:{port}/.well-known/fakts").json()
        assert found["token_endpoint"].startswith(f"http://{host}:{port}/fakts/")
    forged = httpx.get(platform.url + "/.well-known/fakts", headers={"Host": "evil.example"})
    assert "evil.example" not in forged.text


def told(platform: Deployment, service: str) -> dict[str, float]:
    """Return the metrics of a service that have no labels."""
    way = httpx.HTTPTransport(uds=str(Home(platform.home).socket(service)))
    with httpx.Client(transport=way, base_url="http://localhost", timeout=60) as client:
        answer = client.get(f"/{service}/metrics")
    assert answer.status_code == 200
    lines = [line.split(" ") for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines if name.startswith("bauhof_")}


def test_metrics_tell_of_what_services_stand_on(platform: Deployment) -> None:
    for service in ("fakts", "mikro"):
        found = told(platform, service)
        assert found["bauhof_postgres_up"] == 1
        assert found["bauhof_postgres_database_bytes"] > 1_000_000
    assert told(platform, "fakts")["bauhof_gateway_up"] == 1
    assert told(platform, "mikro")["bauhof_objectstore_up"] == 1
    assert "bauhof_objectstore_sent_bytes_total" in told(platform, "objectstore")


def test_metrics_tell_of_a_part_that_is_away(platform: Deployment) -> None:
    parts = {"objectstore": ("mikro", "bauhof_objectstore_up")}
    parts["gateway"] = ("fakts", "bauhof_gateway_up")
    for part, (service, name) in parts.items():
        platform.stop(part)
        try:
            until_now(lambda s=service, n=name: told(platform, s)[n] == 0, seconds=120)
        finally:
            platform.start(part)
        until_now(lambda s=service, n=name: told(platform, s)[n] == 1, seconds=120)
    until_now(lambda: platform.status()["healthy"], seconds=120)


def test_a_service_is_not_missed_while_it_restarts(platform: Deployment) -> None:
    before = platform.status()["services"]["mikro"]["pid"]
    platform.kill("mikro")

    answer = httpx.get(platform.url + "/mikro/ht", timeout=120)

    assert answer.status_code in (200, 503)
    until_now(lambda: platform.status()["healthy"], seconds=120)
    row = platform.status()["services"]["mikro"]
    assert row["pid"] != before
    assert row["restarts"] >= 1
    assert httpx.get(platform.url + "/mikro/ht").status_code == 200


def test_a_gateway_restart_refuses_nobody(platform: Deployment) -> None:
    for _ in range(3):
        platform.kill("gateway")
        # Nobody listens behind the socket at this moment, yet it takes the connection.
        assert httpx.get(platform.url + "/fakts/ht", timeout=120).status_code == 200
    until_now(lambda: platform.status()["healthy"], seconds=120)
    assert platform.status()["services"]["gateway"]["restarts"] >= 3


def test_a_stopped_service_is_answered_for_by_the_gateway(platform: Deployment) -> None:
    platform.stop("mikro")
    try:
        status = platform.status()
        assert (status["healthy"], status["services"]["mikro"]["state"]) == (False, "stopped")
        answer = httpx.get(platform.url + "/mikro/ht", timeout=120)
        assert (answer.status_code, answer.json()["error"]) == (503, "UNAVAILABLE")
    finally:
        platform.start("mikro")
    assert platform.status()["healthy"] is True


def test_an_unknown_part_is_refused(platform: Deployment) -> None:
    with pytest.raises(DeploymentError, match="there is no part 'lok'"):
        platform.stop("lok")


def _psql(platform: Deployment, role: str, database: str, script: str, password: str | None = None):
    home = Home(platform.home)
    passfile = platform.home / "passfile"
    word = password or (home.secrets_dir / f"database-{role}").read_text()
    passfile.write_text(f"*:*:*:{role}:{word}\n")
    passfile.chmod(0o600)
    return subprocess.run(
        [
            postgres_program("psql"),
            *("-h", home.postgres_socket_dir, "-U", role, "-d", database, "-X", "-A", "-t", "-w"),
        ],
        input=script,
        capture_output=True,
        text=True,
        env={**os.environ, "PGPASSFILE": str(passfile)},
    )


def test_a_service_reaches_its_own_database_only(platform: Deployment) -> None:
    assert _psql(platform, "mikro", "mikro", "SELECT 1").stdout == "1\n"
    foreign = _psql(platform, "mikro", "fakts", "SELECT 1")
    assert "permission denied for database" in foreign.stderr
    wrong = _psql(platform, "mikro", "mikro", "SELECT 1", password="guessed")
    assert "password authentication failed" in wrong.stderr


def test_a_service_is_no_superuser(platform: Deployment) -> None:
    done = _psql(platform, "fakts", "fakts", "COPY (SELECT 1) TO PROGRAM 'true';")
    assert "permission denied" in done.stderr


def test_the_database_is_durable_and_not_on_the_network(platform: Deployment) -> None:
    found = _psql(platform, "fakts", "fakts", "SHOW fsync; SHOW listen_addresses;")
    assert found.stdout == "on\n\n"
    postmaster = psutil.Process(platform.status()["services"]["postgres"]["pid"])
    assert postmaster.net_connections(kind="inet") == []


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs everything as itself")
def test_as_root_the_database_runs_as_its_own_user(platform: Deployment) -> None:
    postmaster = psutil.Process(platform.status()["services"]["postgres"]["pid"])
    assert postmaster.uids().real != 0
    assert platform.home.stat().st_uid == 0
    assert platform.home.stat().st_mode & 0o767 == 0o700


def test_nothing_but_the_gateway_listens_on_the_network(platform: Deployment) -> None:
    port = int(platform.url.rsplit(":", 1)[1])
    for row in platform.status()["services"].values():
        for connection in psutil.Process(row["pid"]).net_connections(kind="inet"):
            if connection.status == psutil.CONN_LISTEN:
                assert connection.laddr.port == port


def test_logs_are_kept_by_part(platform: Deployment) -> None:
    assert "ready to accept connections" in platform.logs("postgres")
    assert "postgres: " in platform.logs()
    assert "mikro: " in platform.logs()


def test_keys_differ_by_name_and_stay_by_name(platform: Deployment) -> None:
    assert platform.mandate_key("one") == platform.mandate_key("one")
    assert platform.mandate_key("one") != platform.mandate_key("two")
    assert platform.fakts_url == platform.url


def test_settings_of_a_deployment_reach_its_services(platform: Deployment) -> None:
    rendered = (platform.home / "rendered" / "services.yaml").read_text()
    assert f"public_url: {platform.url}" in rendered
    assert Path(platform.home / "rendered" / "gateway.json").stat().st_mode & 0o077 == 0
