"""What a task costs beside a million stored ones, as a ratio to the same on an empty database.

`HISTORY_BENCH_TASKS` for fewer.
"""

from __future__ import annotations

import os
import time
from statistics import median

import psutil
import uvloop
from broker import Broker, Caller, broker
from figures import figure

BENCH = "rekuest_history"
STORED = int(os.environ.get("HISTORY_BENCH_TASKS", "1000000"))
FIRST = 1_000_001
ROUNDS = 5
TASKS = 1500
AT_ONCE = 16

#: Copies of a finished task and of its four events, under references of their own. Nothing is left
#: for the database to tidy up while it is measured.
FILL = f"""
CREATE TEMPORARY TABLE one AS
  SELECT * FROM rekuest_task WHERE is_done ORDER BY id DESC LIMIT 1;
DO $$
DECLARE others text;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ') INTO others FROM pg_attribute
    WHERE attrelid = 'rekuest_task'::regclass AND attnum > 0 AND NOT attisdropped
      AND attname NOT IN ('id', 'reference');
  EXECUTE format('INSERT INTO rekuest_task (id, reference, %1$s) '
    'SELECT n, ''old-'' || n, %1$s FROM one, generate_series({FIRST}, {FIRST} + {STORED} - 1) AS n',
    others);
END
$$;
INSERT INTO rekuest_taskevent (task_id, kind, message, progress, returns, level, created_at)
SELECT n, e.kind, e.message, e.progress, e.returns, e.level, e.created_at
FROM generate_series({FIRST}, {FIRST} + {STORED} - 1) AS n,
  (SELECT * FROM rekuest_taskevent WHERE task_id = (SELECT id FROM one)) AS e;
SELECT setval(pg_get_serial_sequence('rekuest_task', 'id'), {FIRST} + {STORED});
VACUUM (ANALYZE) rekuest_task;
VACUUM (ANALYZE) rekuest_taskevent;
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
