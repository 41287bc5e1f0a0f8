"""mikro at its own socket: grants, datasets of three levels, lists and search over many datasets.

`MIKRO_BENCH_ROWS` makes the table smaller than a million rows.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
from figures import figure, percentile

from bauhof.testing import deployment
from chassis.objectstore.config import ObjectStoreConfig
from chassis.objectstore.stores import open_store
from chassis.testing.mint import TokenMint
from deployment.home import Home

ROWS = int(os.environ.get("MIKRO_BENCH_ROWS", "1000000"))
GRANTS, DATASETS, ROUNDS = 300, 60, 40
AXES = [{"name": "y", "type": "SPACE"}, {"name": "x", "type": "SPACE"}]
GRANT = "mutation { requestZarrUpload(input: {}) { store bucket key accessKey } }"
FINISH = "mutation($s: String!) { finishZarrUpload(input: {storeId: $s, valid: true}) { id } }"
CREATE = "mutation($i: CreateArrayDatasetInput!) { createArrayDataset(input: $i) { id } }"
LIST = """
query($f: ArrayDatasetFilter, $o: [ArrayDatasetOrder!]! = []) {
  arrayDatasets(filters: $f, ordering: $o, pagination: {limit: 50}) { id name createdAt }
}
"""
NEWEST = [{"createdAt": "DESC"}]
#: What is asked of the full table.
ASKED: dict[str, dict[str, Any]] = {
    "newest": {"o": NEWEST},
    "any_order": {},
    "rare_word": {"f": {"search": "sample777"}, "o": NEWEST},
    "common_word": {"f": {"search": "cells"}, "o": NEWEST},
    "two_words": {"f": {"search": "cells sample4242"}},
    "no_such_word": {"f": {"search": "zzzzz"}, "o": NEWEST},
    "channels": {
        "f": {"requires": [{"key": "@mikro/n_channels", "operator": "EQUALS", "value": 3}]},
        "o": NEWEST,
    },
    "multiscale": {"f": {"multiscale": True}, "o": NEWEST},
}
FILL = """
INSERT INTO mikro_coordinatesystem (id, organization_id, creator_id, client_id, name, is_shared,
                                    transform_version, created_at)
SELECT 10000000 + n, '1', '1', 'test-client', 'd', false, 0, now() - n * interval '1 second'
FROM generate_series(1, {rows}) n;
INSERT INTO mikro_arraydataset (id, organization_id, creator_id, client_id, name,
                                intrinsic_system_id, shape, axis_names, levels, spec, descriptors,
                                created_at)
SELECT 10000000 + n, '1', '1', 'test-client',
       (ARRAY['cells', 'nuclei', 'tissue', 'beads'])[1 + n % 4] || '_sample' || n % 10000,
       10000000 + n, ARRAY[64, 96], ARRAY['y', 'x'], 1 + n % 3, ARRAY['IMAGE'],
       jsonb_build_object('@mikro/n_channels', n % 5, '@mikro/dtype', 'uint16'),
       now() - n * interval '1 second'
FROM generate_series(1, {rows}) n;
ANALYZE mikro_coordinatesystem;
ANALYZE mikro_arraydataset;
"""


def zarr_json(shape: tuple[int, int]) -> bytes:
    """The metadata of an array."""
    return json.dumps(
        {
            "zarr_format": 3,
            "node_type": "array",
            "shape": shape,
            "data_type": "uint16",
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shape}},
            "codecs": [{"name": "bytes"}],
            "fill_value": 0,
        }
    ).encode()


class Service:
    """Asks mikro at its socket, on one connection."""

    def __init__(self, home: Home, token: str) -> None:
        transport = httpx.HTTPTransport(uds=str(home.socket("mikro")))
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(
            transport=transport, base_url="http://localhost", headers=headers, timeout=120
        )

    def ask(self, query: str, **variables: Any) -> Any:
        """Return the data of an answer without errors."""
        body = {"query": query, "variables": variables}
        answer = self._client.post("/mikro/graphql", json=body).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def timed(self, query: str, **variables: Any) -> float:
        """Return the milliseconds of a call."""
        started = time.perf_counter()
        self.ask(query, **variables)
        return (time.perf_counter() - started) * 1000


def uploads(service: Service, home: Home) -> list[list[str]]:
    """Upload the levels of each dataset to be made."""
    secret = home.secrets_dir / "objectstore"
    config = ObjectStoreConfig(uds=home.socket("objectstore"), secret_file=secret)
    shapes = [(64, 96), (32, 48), (16, 24)]

    async def put(grants: list[dict[str, str]]) -> None:
        store = open_store(config)
        for number, grant in enumerate(grants):
            data = zarr_json(shapes[number % 3])
            await store.put(grant["bucket"], f"{grant['key']}/zarr.json", data)
        await store.aclose()

    grants = [service.ask(GRANT)["requestZarrUpload"] for _ in range(3 * DATASETS)]
    asyncio.run(put(grants))
    for grant in grants:
        service.ask(FINISH, s=grant["store"])
    stores = [grant["store"] for grant in grants]
    return [stores[at : at + 3] for at in range(0, len(stores), 3)]


def measure_writing(service: Service, home: Home) -> bool:
    """Grants and datasets of three levels."""
    [service.ask(GRANT) for _ in range(20)]
    grants = [service.timed(GRANT) for _ in range(GRANTS)]
    ok = figure("mikro", "grant_p50", statistics.median(grants), "ms", most=5, against="front")
    figure("mikro", "grant_p95", percentile(grants, 0.95), "ms")
    times = []
    for first, *rest in uploads(service, home):
        scales = [{"level": level, "array": store} for level, store in enumerate(rest, 1)]
        draft = {"data": first, "scales": scales, "name": "bench", "axes": AXES}
        times.append(service.timed(CREATE, i=draft))
    ok &= figure("mikro", "create_three_levels_p50", statistics.median(times), "ms", most=20)
    figure("mikro", "create_three_levels_p95", percentile(times, 0.95), "ms")
    return ok


def measure_reading(service: Service, scans: Callable[[], int]) -> bool:
    """Lists and search over the full table."""
    ok = True
    before = scans()
    for name, variables in ASKED.items():
        [service.ask(LIST, **variables) for _ in range(3)]
        times = [service.timed(LIST, **variables) for _ in range(ROUNDS)]
        against = f"{ROWS} datasets"
        p95 = percentile(times, 0.95)
        ok &= figure("mikro", f"list_{name}_p95", p95, "ms", most=200, against=against)
    time.sleep(1.5)  # PostgreSQL tells its counters once a second
    return ok & figure("mikro", "sequential_scans", scans() - before, "scans", most=0)


def main() -> bool:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        mint = TokenMint(Path(folder), issuer="bench", audience="mikro")
        env = {
            "MIKRO__TOKENS__JWKS_FILE": str(mint.jwks_file),
            "MIKRO__TOKENS__ISSUER": "bench",
        }
        with deployment(env=env, services=["fakts", "mikro", "objectstore"]) as platform:
            home = Home(platform.home)
            service = Service(home, mint.member().token)
            ok = measure_writing(service, home)
            password = (home.secrets_dir / "database-postgres").read_text().strip()
            with psycopg.connect(
                host=str(home.postgres_socket_dir),
                user="postgres",
                password=password,
                dbname="mikro",
                autocommit=True,
            ) as link:
                started = time.perf_counter()
                link.execute(FILL.format(rows=ROWS))
                figure("mikro", "fill", time.perf_counter() - started, "s", against=f"{ROWS} rows")

                def scans() -> int:
                    row = link.execute(
                        "SELECT seq_scan FROM pg_stat_user_tables"
                        " WHERE relname = 'mikro_arraydataset'"
                    ).fetchone()
                    assert row is not None
                    return int(row[0])

                return measure_reading(service, scans) and ok
