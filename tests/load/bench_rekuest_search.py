"""Search for actions by their ports, among ten thousand."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import uvloop
from broker import PATH, Broker, broker
from figures import figure, percentile
from rawhttp import JSON, Connection

BENCH = "rekuest_search"
ACTIONS = 10_000
SEARCHES = 200
#: Copies of the agent's action, with a structure of their own in front and shared ones behind.
FILL = f"""
INSERT INTO rekuest_action
SELECT made.* FROM (SELECT * FROM rekuest_action ORDER BY id LIMIT 1) AS one,
  generate_series(1, {ACTIONS}) AS n,
  LATERAL jsonb_populate_record(NULL::rekuest_action, to_jsonb(one) || jsonb_build_object(
    'id', 1000000 + n, 'hash', md5(n::text), 'key', 'made-' || n, 'name', 'Made ' || n,
    'definition', one.definition || jsonb_build_object('key', 'made-' || n, 'args',
      jsonb_build_array(
        jsonb_build_object('key', 'a', 'kind', 'STRUCTURE', 'nullable', false,
          'identifier', '@bench/own-' || n, 'children', NULL),
        jsonb_build_object('key', 'b', 'kind', 'STRUCTURE', 'nullable', n % 2 = 0,
          'identifier', '@bench/shared-' || n % 20, 'children', NULL))))) AS made;
ANALYZE rekuest_action;
"""
QUERY = """query($demands: [PortDemandInput!]) {
  actions(filters: {demands: $demands}, pagination: {limit: 20}) { id name key }
}"""


def demand(*matches: dict[str, Any]) -> list[dict[str, Any]]:
    """What the arguments must hold."""
    return [{"kind": "ARGS", "matches": list(matches)}]


def of(identifier: str, **more: Any) -> dict[str, Any]:
    """A match of a structure."""
    return {"kind": "STRUCTURE", "identifier": identifier, **more}


async def search(
    connection: Connection, token: str, demands: list[dict[str, Any]]
) -> tuple[float, list[str]]:
    """Search; return milliseconds and the keys found."""
    body = msgspec.json.encode({"query": QUERY, "variables": {"demands": demands}})
    started = time.perf_counter()
    status, answer = await connection.post(PATH, body, JSON, token)
    spent = (time.perf_counter() - started) * 1000
    parsed = msgspec.json.decode(answer)
    if status != 200 or parsed.get("errors"):
        raise RuntimeError(f"the search answered {status}: {answer[:500]!r}")
    return spent, [row["key"] for row in parsed["data"]["actions"]]


async def measure(service: Broker) -> bool:
    """Print all figures."""
    met = []
    async with service.agents(1):
        await service.cluster.psql("\\c rekuest\n" + FILL)
        token = await service.token("org.example.caller")
        async with Connection(service.where) as connection:
            for name, searches, expected in (
                (
                    "one_of_its_kind",
                    [demand(of(f"@bench/own-{n + 1}")) for n in range(SEARCHES)],
                    1,
                ),
                (
                    "five_hundred_alike",
                    [demand(of(f"@bench/shared-{n % 20}")) for n in range(SEARCHES)],
                    20,
                ),
                (
                    "two_ports",
                    [
                        demand(
                            of(f"@bench/own-{n + 1}", at=0),
                            of(f"@bench/shared-{(n + 1) % 20}", at=1),
                        )
                        for n in range(SEARCHES)
                    ],
                    1,
                ),
            ):
                await search(connection, token, searches[0])
                found = [await search(connection, token, one) for one in searches]
                if any(len(keys) != expected for _, keys in found):
                    raise RuntimeError(f"{name}: not {expected} found")
                note = f"median of {SEARCHES} searches by ports among {ACTIONS} actions"
                p50 = percentile([spent for spent, _ in found], 0.5)
                met.append(figure(BENCH, name, p50, "ms", most=50, against=note))
    return all(met)


def main() -> bool:
    """Measure."""
    with broker() as service:
        return uvloop.run(measure(service))
