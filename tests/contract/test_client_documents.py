"""Every document of the released clients against the committed schemas; N of M may never fall."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import ratchet
from documents import CLIENTS, Client, misfits, operations
from graphql import build_schema


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_client_documents_validate_and_never_fall(
    client: Client, packages: Path, record_property: Callable[[str, object], None]
) -> None:
    documents, bad = ratchet.measured(client, packages)
    valid = set(documents) - set(bad)
    # Shown at the end of the run, also when a worker process ran this test.
    record_property("figure", f"{client.name}: {len(valid)} of {len(documents)} documents valid")
    known = set(ratchet.committed().get(client.name, ()))
    fallen = {name: bad[name] for name in sorted(known & set(bad))}
    assert not fallen, f"documents that validated before: {fallen}"
    assert known <= set(documents), "the ratchet names documents the wheel does not hold"
    grown = sorted(valid - known)
    assert not grown, f"take the growth in: python tests/contract/ratchet.py --write ({grown})"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_client_wheel_holds_the_expected_number_of_documents(
    client: Client, packages: Path
) -> None:
    assert len(operations(packages, client.name)) == client.documents


def test_a_missing_field_is_reported_with_its_reason() -> None:
    schema = build_schema("type Query { here: Int }")
    found = misfits(schema, {"A": "query A { here }", "B": "query B { gone }"})
    assert list(found) == ["B"]
    assert "gone" in found["B"][0]


def test_a_service_without_schema_serves_nothing() -> None:
    assert list(misfits(None, {"A": "query A { here }"})) == ["A"]
