"""The embedded PostgreSQL: a child on a unix socket, one role and one database per service.

Only the programs of the wheel are used, not its Python code: that would open the folders above
the home to everyone and leave a server that is nobody's child.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from chassis.secretfile import ensure_secret
from deployment.account import Account, database_account
from deployment.child import ChildSpec, Timing, launch_command
from deployment.config import PostgresSettings
from deployment.errors import HomeUnusable, Unhealthy
from deployment.home import Home, is_locked, lock, prepare, write_private
from deployment.leftovers import clean_leftovers
from deployment.probe import command_probe
from deployment.supervisor import Patience, Stage, Supervisor
from deployment.tools import POSTGRES_MAJOR, postgres_program

PORT = 5432
SUPERUSER = "postgres"
NAME = "postgres"
#: Writing out what is in memory; killed earlier it would have to recover.
STOP_SECONDS = 60.0
_START_SECONDS = 120.0


def server_options(settings: PostgresSettings) -> dict[str, str]:
    """Return the server's settings, small enough for a laptop that does other work."""
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "shared_buffers": f"{settings.shared_buffers_mb}MB",
        "max_connections": str(settings.max_connections),
        "max_wal_size": f"{settings.max_wal_mb}MB",
        "work_mem": "4MB",
        "maintenance_work_mem": "32MB",
        "huge_pages": "off",
        # Helpers of big machines; each would be an idle process.
        "io_method": "sync",
        "jit": "off",
        "max_worker_processes": "4",
        "max_parallel_workers": "0",
        "max_parallel_workers_per_gather": "0",
        "max_logical_replication_workers": "0",
        "max_wal_senders": "0",
        "wal_level": "minimal",
        "autovacuum_max_workers": "1",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_checkpoints": "off",
        # After a crash: one call for the file system instead of opening every file.
        **({"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}),
    }


@dataclass(frozen=True)
class Cluster:
    """The database server of one home."""

    home: Home
    settings: PostgresSettings
    account: Account | None

    @property
    def command(self) -> tuple[str, ...]:
        """The server's command line; it holds no secret."""
        words = [str(postgres_program("postgres")), "-D", str(self.home.postgres_dir)]
        words += ["-k", str(self.home.postgres_socket_dir), "-p", str(PORT)]
        for key, value in server_options(self.settings).items():
            words += ["-c", f"{key}={value}"]
        return tuple(words)

    def child(self, *, path: str = os.defpath, stop_seconds: float = STOP_SECONDS) -> ChildSpec:
        """Return the server as a child of a supervisor."""
        ready = (
            str(postgres_program("pg_isready")),
            *("-q", "-h", str(self.home.postgres_socket_dir), "-p", str(PORT)),
        )
        return ChildSpec(
            name=NAME,
            command=self.command,
            probe=command_probe(ready, "does not accept connections"),
            log=self.home.log_file(NAME),
            env={"PATH": path, "LC_ALL": "C"},
            # Fast shutdown: sessions are ended, data is written out.
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            account=self.account,
            stop_seconds=max(STOP_SECONDS, stop_seconds),
        )

    def password_file(self, role: str) -> Path:
        """Where the password of a role is kept."""
        return self.home.secrets_dir / f"database-{role}"

    async def prepare(self) -> None:
        """Make the data folder when there is none; give the folders to the account."""
        self._open_to_account(self.home.root)
        self._open_to_account(self.home.run_dir)
        sockets = self.home.postgres_socket_dir
        sockets.mkdir(mode=0o700, exist_ok=True)
        self._own(sockets)
        version = self.home.postgres_dir / "PG_VERSION"
        if not version.exists():
            await self._initialise()
        found = version.read_text(encoding="utf8").strip()
        if found != str(POSTGRES_MAJOR):
            raise HomeUnusable(
                f"{self.home.postgres_dir} holds data of PostgreSQL {found}, "
                f"this is PostgreSQL {POSTGRES_MAJOR}"
            )

    async def _initialise(self) -> None:
        """Make the cluster beside its place and move it there, so that half of one never counts."""
        draft = self.home.root / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._own(draft)
        secret = self.home.postgres_socket_dir / "superuser"
        write_private(secret, ensure_secret(self.password_file(SUPERUSER)) + "\n")
        self._own(secret)
        words = [str(postgres_program("initdb")), "-D", str(draft), "-U", SUPERUSER]
        words += [f"--pwfile={secret}", "--encoding=UTF8", "--no-locale", "--no-instructions"]
        words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        words += ["--auth-local=scram-sha-256", "--auth-host=reject"]
        try:
            await _run_quietly(
                launch_command(words, account=self.account, folder=draft), name="initdb"
            )
        finally:
            secret.unlink(missing_ok=True)
        draft.rename(self.home.postgres_dir)

    async def provision(self, services: tuple[str, ...]) -> None:
        """Give every service its role, password and database, closed to the other services."""
        statements = ["SET log_min_error_statement = panic;"]
        for name in services:
            password = ensure_secret(self.password_file(name))
            statements += _provision_statements(name, password)
        await self.psql("\n".join(statements))

    async def psql(self, script: str, *, database: str = SUPERUSER) -> str:
        """Run a script as superuser; the password goes by a private file."""
        words = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        return await self._as_superuser("psql", words, database, script=script)

    async def dump(self, database: str, target: Path) -> None:
        """Write one database, as it is at this moment, to a file."""
        words = ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"]
        await self._as_superuser("pg_dump", words, database)

    async def load(self, database: str, source: Path) -> None:
        """Put what `dump` wrote in the place of a database, in one transaction."""
        await self.psql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE);")
        await self.provision((database,))
        words = ["--no-owner", "--no-privileges", f"--role={database}", "--single-transaction"]
        await self._as_superuser("pg_restore", [*words, str(source)], database)

    async def _as_superuser(
        self, program: str, words: list[str], database: str, *, script: str = ""
    ) -> str:
        password = ensure_secret(self.password_file(SUPERUSER))
        passfile = self.home.secrets_dir / "pgpass"
        write_private(passfile, f"*:*:*:{SUPERUSER}:{password}\n")
        place = ["-h", str(self.home.postgres_socket_dir), "-p", str(PORT)]
        command = [str(postgres_program(program)), *place, "-U", SUPERUSER, "-d", database, *words]
        env = {**os.environ, "PGPASSFILE": str(passfile)}
        return await _run_quietly(command, name=program, script=script, env=env)

    def _own(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)

    def _open_to_account(self, folder: Path) -> None:
        """Let the account, and nobody else, pass through a folder that stays root's."""
        if self.account is not None:
            os.chown(folder, -1, self.account.gid)
            folder.chmod(0o710)


def cluster_of(home: Home, settings: PostgresSettings) -> Cluster:
    """Return the database server of a home."""
    account = database_account(program=postgres_program("postgres"), data_dir=home.root)
    return Cluster(home=home, settings=settings, account=account)


@asynccontextmanager
async def serving(home: Home, settings: PostgresSettings) -> AsyncIterator[Cluster]:
    """Yield the database server of a home.

    That is the server of the platform that runs there; where none runs, one is started for as long
    as the block lasts, and the home stays locked meanwhile.
    """
    cluster = cluster_of(home, settings)
    if is_locked(home):
        yield cluster
        return
    prepare(home, ())
    with lock(home):
        clean_leftovers(home)
        stage = Stage(children=[cluster.child()], before=cluster.prepare)
        patience = Patience(timing=Timing(), start_seconds=_START_SECONDS)
        supervisor = Supervisor([stage], patience=patience, emit=lambda _: None)
        try:
            await supervisor.start()
            yield cluster
        finally:
            await supervisor.stop()
            # Sockets only; the next start makes them again.
            shutil.rmtree(home.run_dir, ignore_errors=True)


def _provision_statements(name: str, password: str) -> list[str]:
    """SQL that may be repeated. Names come from the table, passwords are URL-safe words."""
    return [
        f"SELECT 'CREATE ROLE {name} LOGIN' "  # noqa: S608
        f"WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec",
        f"ALTER ROLE {name} PASSWORD '{password}';",
        f"SELECT 'CREATE DATABASE {name} OWNER {name}' "  # noqa: S608
        f"WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec",
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;",
    ]


async def _run_quietly(
    words: list[str], *, name: str, script: str = "", env: dict[str, str] | None = None
) -> str:
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=env,
    )
    out, err = await process.communicate(script.encode())
    if process.returncode != 0:
        lines = [line for line in err.decode(errors="replace").splitlines() if line.strip()]
        telling = [line for line in lines if "error" in line.lower() or "FATAL" in line]
        raise Unhealthy(f"{name} failed: {[*telling, *reversed(lines), 'no message'][0]}")
    return out.decode(errors="replace")
