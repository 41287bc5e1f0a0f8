"""What a task costs beside a million stored ones, as a ratio to the same on an empty database."""

from __future__ import annotations

import time
from statistics import median

import psutil
import uvloop
from broker import Broker, Caller, broker
from figures import figure

BENCH = "rekuest_history"
STORED = 1_000_000
ROUNDS = 5
TASKS = 1500
AT_ONCE = 16

#: Copies of a finished task and of its four events, under references of their own.
FILL = f"""
WITH one AS (SELECT * FROM rekuest_task WHERE is_done ORDER BY id DESC LIMIT 1)
INSERT INTO rekuest_task
SELECT made.* FROM one, generate_series(1000001, 1000000 + {STORED}) AS n,
  LATERAL jsonb_populate_record(NULL::rekuest_task, to_jsonb(one)
    || jsonb_build_object('id', n, 'reference', 'old-' || n)) AS made;
INSERT INTO rekuest_taskevent (task_id, kind, message, progress, returns, level, created_at)
SELECT n, e.kind, e.message, e.progress, e.returns, e.level, e.created_at
FROM generate_series(1000001, 1000000 + {STORED}) AS n,
  (SELECT * FROM rekuest_taskevent WHERE task_id =
    (SELECT id FROM rekuest_task WHERE is_done AND id < 1000000 ORDER BY id DESC LIMIT 1)) AS e;
SELECT setval(pg_get_serial_sequence('rekuest_task', 'id'), 2000001 + {STORED});
ANALYZE rekuest_task;
ANALYZE rekuest_taskevent;
CHECKPOINT;
"""


async def cost(service: Broker, caller: Caller, agent: str) -> float:
    """Return milliseconds of CPU, of the broker and the database, per task."""
    postgres = psutil.Process(int(service.platform.status()["services"]["postgres"]["pid"]))

    def spent() -> float:
        parts = [postgres, *postgres.children(recursive=True), service.process]
        return sum(sum(part.cpu_times()[:2]) for part in parts)

    costs = []
    for _ in range(ROUNDS):
        before = spent()
        await caller.calls([agent], TASKS, AT_ONCE)
        costs.append((spent() - before) / TASKS * 1000)
    return median(costs)


async def measure(service: Broker) -> bool:
    """Print all figures."""
    async with service.agents(1) as (agent,), service.caller() as caller:
        await caller.calls([agent.agent_id], 500, AT_ONCE)
        empty = await cost(service, caller, agent.agent_id)
        started = time.perf_counter()
        await service.cluster.psql("\\c rekuest\n" + FILL)
        filled_in = time.perf_counter() - started
        await caller.calls([agent.agent_id], 500, AT_ONCE)
        full = await cost(service, caller, agent.agent_id)
    note = f"CPU of broker and database per task, median of {ROUNDS}; filled in {filled_in:.0f} s"
    figure(BENCH, "cost_when_empty", empty, "ms", against=note)
    figure(BENCH, "cost_when_full", full, "ms", against=f"beside {STORED} stored tasks")
    return figure(BENCH, "cost_ratio", full / empty, "times", most=1.15, against="full to empty")


def main() -> bool:
    """Measure."""
    with broker() as service:
        return uvloop.run(measure(service))
