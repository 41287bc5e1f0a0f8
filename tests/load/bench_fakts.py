"""fakts at its own socket: logins, refreshes, discovery, and lists over many clients and people."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from figures import figure, percentile
from login import log_in, manifest
from rawhttp import JSON, Connection, Where

from bauhof.running import Deployment
from bauhof.testing import deployment
from deployment.home import Home

AT_ONCE, SECONDS, COUNTED, ROUNDS = 8, 8.0, 50, 20
CLIENTS, PEOPLE, MOST_MS = 10_000, 1_000, 100
#: Those that read or write; the pool's check of a connection, which is empty, is none of them.
_STATEMENT = re.compile(
    r"fakts@fakts LOG:\s+(?:statement|execute [^:]*):\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE)\b"
)

#: Rows like the ones of the first login; what must differ between them is laid over.
FILL = """
INSERT INTO fakts_user SELECT (jsonb_populate_record(u, jsonb_build_object(
    'id', 1000000 + n, 'username', 'person-' || n))).*
FROM fakts_user u, generate_series(1, {people}) n
WHERE u.id = (SELECT min(id) FROM fakts_user);
INSERT INTO fakts_membership SELECT (jsonb_populate_record(m, jsonb_build_object(
    'id', 1000000 + n, 'user_id', 1000000 + n))).*
FROM fakts_membership m, generate_series(1, {people}) n
WHERE m.id = (SELECT min(id) FROM fakts_membership);
INSERT INTO fakts_device SELECT (jsonb_populate_record(d, jsonb_build_object(
    'id', 1000000 + n, 'fingerprint', md5(n::text), 'name', 'machine ' || n))).*
FROM fakts_device d, generate_series(1, {clients}) n
WHERE d.id = (SELECT min(id) FROM fakts_device);
INSERT INTO fakts_app SELECT (jsonb_populate_record(a, jsonb_build_object(
    'id', 1000000 + n, 'identifier', 'org.example.app-' || n))).*
FROM fakts_app a, generate_series(1, {people}) n
WHERE a.id = (SELECT min(id) FROM fakts_app);
INSERT INTO fakts_release SELECT (jsonb_populate_record(r, jsonb_build_object(
    'id', 1000000 + n, 'app_id', 1000000 + n))).*
FROM fakts_release r, generate_series(1, {people}) n
WHERE r.id = (SELECT min(id) FROM fakts_release);
INSERT INTO fakts_client SELECT (jsonb_populate_record(c, jsonb_build_object(
    'id', 1000000 + n, 'client_id', 'bench-' || n, 'membership_id', 1000001 + n % {people},
    'release_id', 1000001 + (n / 7) % {people}, 'device_id', 1000000 + n))).*
FROM fakts_client c, generate_series(1, {clients}) n
WHERE c.id = (SELECT min(id) FROM fakts_client WHERE release_id IS NOT NULL);
INSERT INTO fakts_refresh_token
    (token_hash, client_id, chain, chain_started_at, issued_at, expires_at)
SELECT md5(n::text), 1000000 + n, gen_random_uuid(), now(), now(), now() + interval '9 days'
FROM generate_series(1, {clients}) n;
INSERT INTO fakts_audit_entry (organization_id, at, action, actor_id, client_id, address,
    subject_kind, subject_id, details)
SELECT m.organization_id, now(), 'bench.done', m.user_id, '', '', '', '', '{{}}'
FROM fakts_membership m, generate_series(1, 10);
ANALYZE;
"""

_PAGE = "(pagination: {limit: 100})"
_CLIENT = "id clientId release { version app { identifier } } node { name } user { username }"
LISTS = {
    "clients": f"{{ clients{_PAGE} {{ {_CLIENT} }} }}",
    "apps": f"{{ apps{_PAGE} {{ id identifier releases {{ version }} }} }}",
    "releases": f"{{ releases{_PAGE} {{ id version app {{ identifier }} }} }}",
    "devices": f"{{ devices{_PAGE} {{ id name clients {{ id clientId }} }} }}",
    "users": f"{{ users{_PAGE} {{ id username }} }}",
    "memberships": f"{{ memberships{_PAGE} {{ id user {{ username }} roles {{ identifier }} }} }}",
    "appSessions": f"{{ appSessions {{ id lastUsedAt client {{ {_CLIENT} }} }} }}",
    "auditEntries": f"{{ auditEntries{_PAGE} {{ id action actor {{ username }} }} }}",
}


class Load:
    """Asks fakts at its socket."""

    def __init__(self, platform: Deployment) -> None:
        self._platform = platform
        self._home = Home(platform.home)
        self._where = Where(socket=self._home.socket("fakts"), origin=platform.url)
        self._keys = [platform.key() for _ in range(AT_ONCE)]

    async def rate(self, turn: Callable[[Connection, int], Awaitable[Any]]) -> float:
        """Return how often per second something can be done by clients at once."""
        done = 0
        ends = time.perf_counter() + SECONDS

        async def client(number: int) -> None:
            nonlocal done
            async with Connection(self._where) as connection:
                while time.perf_counter() < ends:
                    await turn(connection, number)
                    done += 1

        started = time.perf_counter()
        await asyncio.gather(*(client(number) for number in range(AT_ONCE)))
        return done / (time.perf_counter() - started)

    async def login(self, connection: Connection, number: int) -> dict[str, Any]:
        """Log an app in again by its mandate key."""
        return await log_in(connection, self._keys[number], f"org.example.bench-{number}")

    async def tokens(self) -> list[dict[str, Any]]:
        """Let apps in by code, as only those have refresh tokens; return their envelopes."""
        async with Connection(self._where) as connection:
            return [await self._let_in(connection, number) for number in range(AT_ONCE)]

    async def _let_in(self, connection: Connection, number: int) -> dict[str, Any]:
        body = json.dumps({"manifest": manifest(f"org.example.let-in-{number}")}).encode()
        _, answer = await connection.post("/fakts/o/app-authorization/", body, JSON)
        started = json.loads(answer)
        await asyncio.to_thread(
            self._platform.admin_operation,
            "device.approve",
            user_code=started["user_code"],
            username="admin",
            organization="default",
        )
        return await connection.form(
            "/fakts/o/token/",
            grant_type="urn:ietf:params:oauth:grant-type:device_code",
            device_code=started["device_code"],
            client_id=started["client_id"],
        )

    def database(self, name: str) -> psycopg.Connection[Any]:
        """Connect as the superuser."""
        return psycopg.connect(
            host=str(self._home.postgres_socket_dir),
            user="postgres",
            password=(self._home.secrets_dir / "database-postgres").read_text().strip(),
            dbname=name,
            autocommit=True,
        )

    async def statements(self, turn: Callable[[Connection, int], Awaitable[Any]]) -> float:
        """Count what one turn sends to the database."""
        with self.database("fakts") as link:
            _log_statements(link, "all")
            try:
                before = self._logged()
                async with Connection(self._where) as connection:
                    for _ in range(COUNTED):
                        await turn(connection, 0)
                return (self._logged() - before) / COUNTED
            finally:
                _log_statements(link, "none")

    def _logged(self) -> int:
        return len(_STATEMENT.findall(self._platform.logs("postgres")))

    async def milliseconds(self, turn: Callable[[Connection], Awaitable[Any]]) -> list[float]:
        """Time something on one connection, again and again."""
        times = []
        async with Connection(self._where) as connection:
            await turn(connection)
            for _ in range(ROUNDS):
                started = time.perf_counter()
                await turn(connection)
                times.append((time.perf_counter() - started) * 1000)
        return times


def _log_statements(link: psycopg.Connection[Any], value: str) -> None:
    link.execute(f"ALTER SYSTEM SET log_statement = '{value}'")
    link.execute("SELECT pg_reload_conf()")
    time.sleep(1)


async def measure_doors(load: Load) -> list[bool]:
    """Logins and refreshes per second, and what they cost the database; discovery."""
    held = await load.tokens()

    async def refresh(connection: Connection, number: int) -> None:
        held[number] = await connection.form(
            "/fakts/o/token/",
            grant_type="refresh_token",
            refresh_token=held[number]["refresh_token"],
            client_id=held[number]["client_id"],
        )

    async def discover(connection: Connection) -> None:
        await connection.post("/fakts/.well-known/fakts", b"", JSON, method="GET")

    note = f"{AT_ONCE} clients at once, one process"
    met = []
    for name, turn, least, most in (("login", load.login, 150, 2), ("refresh", refresh, 300, 2)):
        rate = await load.rate(turn)
        met.append(figure("fakts", f"{name}s_per_second", rate, "1/s", least=least, against=note))
        cost = await load.statements(turn)
        met.append(figure("fakts", f"statements_per_{name}", cost, "statements", most=most))
    times = await load.milliseconds(discover)
    met.append(figure("fakts", "discovery_p50", percentile(times, 0.5), "ms", most=3))
    return met


async def measure_lists(load: Load) -> list[bool]:
    """Lists over many rows, a hundred of them each."""
    token = str((await load.tokens())[0]["access_token"])
    with load.database("fakts") as link:
        for statement in FILL.format(people=PEOPLE, clients=CLIENTS).split(";\n"):
            link.execute(statement)
    met = []
    for name, document in LISTS.items():

        def ask(connection: Connection, document: str = document) -> Awaitable[Any]:
            return connection.graphql("/fakts/graphql", token, document)

        times = await load.milliseconds(ask)
        note = f"{CLIENTS} clients, {PEOPLE} people"
        slow = percentile(times, 0.95)
        met.append(figure("fakts", f"list_{name}_p95", slow, "ms", most=MOST_MS, against=note))
    return met


async def measure(platform: Deployment) -> bool:
    """Measure all."""
    load = Load(platform)
    return all([*await measure_doors(load), *await measure_lists(load)])


def main() -> bool:
    """Measure."""
    with deployment(services=["fakts", "rekuest", "objectstore"]) as platform:
        return asyncio.run(measure(platform))
