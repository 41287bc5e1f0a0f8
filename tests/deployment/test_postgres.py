"""The database server of a home, without the rest of the platform."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from standing import supervisor

from deployment import postgres
from deployment.child import ChildSpec
from deployment.config import PostgresSettings
from deployment.errors import HomeUnusable, ToolMissing, Unhealthy
from deployment.home import Home, prepare
from deployment.postgres import Cluster, cluster_of, server_options
from deployment.probe import command_probe
from deployment.supervisor import Stage
from deployment.tools import postgres_program

SERVICES = ("fakts", "rekuest")


@pytest.fixture
def cluster(home: Home) -> Cluster:
    prepare(home, SERVICES)
    return cluster_of(home, PostgresSettings())


def server(cluster: Cluster):
    """A supervisor with the database as its only child."""
    ready = (
        str(postgres_program("pg_isready")),
        *("-q", "-h", str(cluster.home.postgres_socket_dir)),
    )
    spec = ChildSpec(
        name="postgres",
        command=cluster.command,
        probe=command_probe(ready, "does not accept connections"),
        log=cluster.home.log_file("postgres"),
        env={"PATH": os.defpath},
        stop_signal=signal.SIGINT,
        account=cluster.account,
        stop_seconds=60.0,
    )
    return supervisor(Stage([spec], before=cluster.prepare))


async def test_roles_and_databases_are_made_and_may_be_made_again(cluster: Cluster) -> None:
    crew = server(cluster)
    await crew.start()
    try:
        await cluster.provision(SERVICES)
        await cluster.provision((*SERVICES, "mikro"))
        found = await cluster.psql(
            "SELECT datname, pg_get_userbyid(datdba) FROM pg_database "
            "WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1;"
        )
        assert found.split() == ["fakts|fakts", "mikro|mikro", "rekuest|rekuest"]
        supers = await cluster.psql("SELECT rolname FROM pg_roles WHERE rolsuper;")
        assert supers.split() == ["postgres"]
        await _a_lost_password_is_replaced(cluster)
        assert (await cluster.psql("SHOW server_encoding;")).strip() == "UTF8"
    finally:
        await crew.stop()
    log = cluster.home.log_file("postgres").read_text()
    assert "database system is shut down" in log
    for file in cluster.home.secrets_dir.glob("database-*"):
        assert file.read_text() not in log


async def _a_lost_password_is_replaced(cluster: Cluster) -> None:
    file = cluster.password_file("fakts")
    before = file.read_text()
    file.unlink()
    await cluster.provision(SERVICES)
    assert file.read_text() != before
    assert file.stat().st_mode & 0o077 == 0


async def test_what_was_written_survives_a_crash(cluster: Cluster) -> None:
    crew = server(cluster)
    await crew.start()
    try:
        await cluster.psql("CREATE TABLE fact (word text); INSERT INTO fact VALUES ('kept');")
        child = crew.child("postgres")
        child._settled.clear()
        await child.kill()
        await child.wait_settled()
        assert (await cluster.psql("SELECT word FROM fact;")).strip() == "kept"
    finally:
        await crew.stop()


async def test_a_wrong_statement_is_one_line(cluster: Cluster) -> None:
    crew = server(cluster)
    await crew.start()
    try:
        with pytest.raises(Unhealthy, match=r"psql failed: .*syntax error") as problem:
            await cluster.psql("SELEKT 1;")
        assert "\n" not in problem.value.message
    finally:
        await crew.stop()


async def test_half_a_cluster_does_not_count(cluster: Cluster) -> None:
    draft = cluster.home.root / "postgres.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("half")
    await cluster.prepare()
    assert not draft.exists()
    assert (cluster.home.postgres_dir / "PG_VERSION").read_text().strip() == "18"


async def test_data_of_another_version_is_left_alone(cluster: Cluster) -> None:
    cluster.home.postgres_dir.mkdir()
    (cluster.home.postgres_dir / "PG_VERSION").write_text("16\n")
    with pytest.raises(HomeUnusable, match="data of PostgreSQL 16, this is PostgreSQL 18"):
        await cluster.prepare()


def test_the_command_line_holds_no_secret(cluster: Cluster) -> None:
    asyncio.run(cluster.prepare())
    secret = cluster.password_file(postgres.SUPERUSER).read_text()
    assert secret not in " ".join(cluster.command)


def test_settings_reach_the_server() -> None:
    options = server_options(PostgresSettings(shared_buffers_mb=20, max_connections=30))
    assert options["shared_buffers"] == "20MB"
    assert options["max_connections"] == "30"
    assert options["listen_addresses"] == ""
    assert "fsync" not in options
    assert "synchronous_commit" not in options


def test_a_missing_wheel_is_told_with_what_to_do(monkeypatch) -> None:
    monkeypatch.setattr("deployment.tools._POSTGRES_WHEEL", "no_such_wheel")
    with pytest.raises(ToolMissing, match="PostgreSQL 18 is not installed") as problem:
        postgres_program("postgres")
    assert "pip install" in (problem.value.hint or "")
