"""The doors every service has, on this one."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


async def test_health_is_ready_with_the_database(http):
    answer = await http.get("/mikro/ht")
    assert answer.status_code == 200, answer.text


async def test_the_served_schema_is_the_committed_one(http):
    answer = await http.get("/mikro/schema")
    assert answer.status_code == 200
    assert answer.text == (ROOT / "mikro" / "schema.graphql").read_text(encoding="utf8")


async def test_metrics_are_exposition_text(http):
    answer = await http.get("/mikro/metrics")
    assert answer.status_code == 200
    assert "# TYPE" in answer.text


async def test_an_unknown_address_is_a_typed_answer(http):
    answer = await http.get("/mikro/nothing-here")
    assert answer.status_code == 404
    assert answer.json()["error"] == "NOT_FOUND"
