"""The released client runs work again that failed, as its policy says, and its caller waits on."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab import Platform
from processes import Caller, Program

sys.path.insert(0, str(Path(__file__).parents[1] / "load"))

from broker import Broker

APP = "org.example.workshop"
POLICY = """
\\c rekuest
INSERT INTO rekuest_runpolicy (organization_id, action_id, rerun_lost, max_retries, retry_seconds,
  retry_on, updated_at)
SELECT organization_id, id, false, 2, 0.1, '["CRITICAL"]', now() FROM rekuest_action
WHERE key = 'stumble';
"""


def test_a_caller_sees_the_end_of_the_last_run_only(
    platform: Platform, workshop: Program, caller: Caller, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as aside:  # Other stories leave the loop of a browser here.
        aside.submit(lambda: asyncio.run(Broker(platform.deployed).cluster.psql(POLICY))).result()
    stumble = caller.implementation(APP, "stumble")
    (tmp_path / "twice").mkdir()
    order = caller.watch(stumble, folder=str(tmp_path / "twice"), times=2)
    assert order.result() == "COMPLETED"
    assert order.event("YIELD")["returns"] == {"return0": 3}
    (tmp_path / "often").mkdir()
    order = caller.watch(stumble, folder=str(tmp_path / "often"), times=9)
    assert order.result() == "CRITICAL"
    assert len(list((tmp_path / "often").iterdir())) == 3
