"""Grants end with the client they were made for."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from servers import BotoClient, FrontProcess, Refused

from chassis.objectstore.contract import Grant, GrantScope
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.removed import RemovedClients
from chassis.objectstore.stores import open_store


@dataclass
class Issuer:
    """Lists clients at an address of its own."""

    revoked: dict[str, object] = field(default_factory=dict)
    status: int = 200
    url: str = ""


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    told = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"revoked": told.revoked}).encode()
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_address[1]}/fakts/o/revocations/"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield told
        server.shutdown()
        thread.join()


def scope(client: str = "a", generation: int = 0) -> GrantScope:
    return GrantScope(bucket="mikro-zarr", prefix="o/s", client=client, generation=generation)


def is_let_in(removed: RemovedClients, scope: GrantScope | None) -> bool:
    try:
        removed.check(scope)
    except Fault as fault:
        assert fault.code == "AccessDenied"
        return False
    return True


def test_a_grant_of_before_is_refused_and_a_later_one_is_not(issuer: Issuer) -> None:
    issuer.revoked = {"a": 2}
    removed = RemovedClients(issuer.url)
    assert is_let_in(removed, scope())  # Nothing was fetched yet.
    removed.fetch()
    assert [is_let_in(removed, scope(generation=number)) for number in range(4)] == [
        False,
        False,
        True,
        True,
    ]
    assert is_let_in(removed, scope(client="b"))
    assert is_let_in(removed, scope(client=""))
    assert is_let_in(removed, None)  # A service, which is nobody's client.


@pytest.mark.parametrize("trouble", [{"status": 503}, {"revoked": {"a": "x"}}, {"revoked": 3}])
def test_the_last_list_is_used_when_there_is_no_other(
    issuer: Issuer, trouble: dict[str, object]
) -> None:
    issuer.revoked = {"a": 1}
    removed = RemovedClients(issuer.url)
    removed.fetch()
    for name, value in trouble.items():
        setattr(issuer, name, value)
    removed.fetch()
    assert not is_let_in(removed, scope())
    assert is_let_in(removed, scope(client="b"))


def test_an_issuer_that_is_away_refuses_nobody() -> None:
    removed = RemovedClients("http://127.0.0.1:1/fakts/o/revocations/")
    removed.fetch()
    assert is_let_in(removed, scope())


def test_an_issuer_that_starts_later_is_no_trouble_and_one_that_stays_away_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    removed = RemovedClients("http://127.0.0.1:1/fakts/o/revocations/")
    told = []
    for _ in range(4):
        removed.fetch()
        told.append(sum(record.levelname == "WARNING" for record in caplog.records))
    assert told == [0, 0, 1, 2]


async def test_without_an_address_nothing_is_followed() -> None:
    await RemovedClients(None).follow(1)


@pytest.fixture
def front(issuer: Issuer, home: Path, tmp_path: Path) -> Iterator[FrontProcess]:
    options = {"tokens__revocations_url": issuer.url, "tokens__revocations_seconds": "0.05"}
    process = FrontProcess(tmp_path, options=options).start()
    yield process
    process.stop()


async def grant(front: FrontProcess, of: GrantScope) -> Grant:
    store = open_store(front.target.config)
    try:
        return await store.grant_write(of)
    finally:
        await store.aclose()


async def test_the_server_refuses_a_client_soon_after_it_was_let_go(
    front: FrontProcess, issuer: Issuer
) -> None:
    gone = BotoClient(front.url, await grant(front, scope()))
    stays = BotoClient(front.url, await grant(front, scope(client="b")))
    gone.put("o/s/one", b"1")
    issuer.revoked = {"a": 1}

    wait_until(lambda: refuses(lambda: gone.get("o/s/one")))

    assert refuses(lambda: gone.put("o/s/two", b"2"))
    assert refuses(lambda: gone.delete_one("o/s/one"))
    assert stays.get("o/s/one") == b"1"
    again = BotoClient(front.url, await grant(front, scope(generation=1)))
    assert again.get("o/s/one") == b"1"


def refuses(call: Callable[[], object]) -> bool:
    try:
        call()
    except Refused as refused:
        return str(refused) == "AccessDenied"
    return False


def wait_until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.02)
