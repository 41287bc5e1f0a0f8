"""Withdrawing a mandate at fakts: whose token goes there, and what stands in the way."""

from __future__ import annotations

import json

import pytest
from servers import serving

from kabinet_server.adapters.mandates import withdraw
from kabinet_server.domain.errors import MandateLeft

DONE = {"data": {"revokeMandate": {"id": "7"}}}
GONE = {"data": None, "errors": [{"message": "x", "extensions": {"code": "NOT_FOUND"}}]}
REFUSED = {"data": None, "errors": [{"message": "x", "extensions": {"code": "PERMISSION_DENIED"}}]}


def answering(body: object, status: int = 200):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return serving(lambda *_: (status, {"Content-Type": "application/json"}, text))


@pytest.mark.parametrize("body", [DONE, GONE], ids=["withdrawn", "gone before"])
def test_the_token_of_the_caller_withdraws_it(body):
    with answering(body) as fakts:
        withdraw(f"{fakts.address}/graphql", mandate="7", token="mine")
    [(method, path, headers)] = fakts.asked
    assert (method, path, headers["authorization"]) == ("POST", "/graphql", "Bearer mine")
    sent = json.loads(fakts.bodies[0])
    assert sent["variables"] == {"id": "7"}
    assert "revokeMandate" in sent["query"]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (REFUSED, 200, "PERMISSION_DENIED"),
        ({"errors": [{}]}, 200, "no reason given"),
        ({"errors": [{"extensions": None}]}, 200, "no reason given"),
        (["odd"], 200, "no reason given"),
        (b"<html>", 502, "cannot be asked"),
    ],
)
def test_what_fakts_says_instead_is_told(body, status, reason):
    with (
        answering(body, status) as fakts,
        pytest.raises(MandateLeft, match=reason) as left,
    ):
        withdraw(f"{fakts.address}/graphql", mandate="7", token="mine")
    assert "mine" not in str(left.value)


def test_nobody_is_asked_without_a_token():
    with answering(DONE) as fakts, pytest.raises(MandateLeft, match="brought no token"):
        withdraw(f"{fakts.address}/graphql", mandate="7", token=None)
    assert fakts.asked == []


def test_fakts_is_not_there():
    with answering(DONE) as fakts:
        pass
    with pytest.raises(MandateLeft, match="cannot be asked"):
        withdraw(f"{fakts.address}/graphql", mandate="7", token="mine")


def test_the_token_is_shown_to_no_proxy(monkeypatch):
    with answering(DONE) as fakts, answering(DONE) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        for name in ("NO_PROXY", "no_proxy", "http_proxy"):
            monkeypatch.delenv(name, raising=False)
        withdraw(f"{fakts.address}/graphql", mandate="7", token="mine")
    assert len(fakts.asked) == 1 and proxy.asked == []
