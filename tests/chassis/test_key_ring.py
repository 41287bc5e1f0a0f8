"""Where public keys come from: a file, or the address of the issuer, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from chassis.config import TokensConfig
from chassis.errors import Unavailable
from chassis.identity import keys
from chassis.identity.keys import KeyRing
from chassis.testing import TokenMint
from chassis.testing.mint import KEY_ID


class Issuer:
    """An issuer that answers what a test wants, and counts."""

    def __init__(self) -> None:
        self.status, self.body, self.asked = 200, b"{}", 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                self.send_response(issuer.status)
                self.end_headers()
                self.wfile.write(issuer.body)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/jwks"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture
def jwks(tmp_path: Path) -> bytes:
    return TokenMint(tmp_path).jwks_file.read_bytes()


async def test_keys_come_from_the_issuer(issuer: Issuer, jwks: bytes) -> None:
    issuer.body = jwks
    ring = KeyRing(TokensConfig(jwks_url=issuer.url))
    assert not ring.holds(KEY_ID)
    key = await ring.get(KEY_ID)
    assert key is not None and key.key_id == KEY_ID
    assert ring.holds(KEY_ID) and not ring.holds("other")
    assert await ring.get("other") is None
    assert issuer.asked == 1


async def test_all_who_come_at_once_ask_once(issuer: Issuer, jwks: bytes) -> None:
    issuer.body = jwks
    ring = KeyRing(TokensConfig(jwks_url=issuer.url))
    found = await asyncio.gather(*(ring.get(KEY_ID) for _ in range(20)))
    assert all(key is found[0] for key in found) and issuer.asked == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (404, b"nothing"),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"keys": [{"kty": "nonsense"}]}'),
        (200, b'{"keys": [{}]}'),
    ],
)
async def test_an_issuer_that_answers_nonsense_is_unavailable(
    issuer: Issuer, status: int, body: bytes
) -> None:
    issuer.status, issuer.body = status, body
    with pytest.raises(Unavailable, match="issuer cannot be reached"):
        await KeyRing(TokensConfig(jwks_url=issuer.url)).get(KEY_ID)


async def test_nonsense_later_does_not_take_the_keys_away(issuer: Issuer, jwks: bytes) -> None:
    issuer.body = jwks
    ring = KeyRing(TokensConfig(jwks_url=issuer.url))
    await ring.get(KEY_ID)
    ring._tried_at = float("-inf")
    issuer.body = b"<html>"
    assert await ring.get("new") is None
    assert await ring.get(KEY_ID) is not None
    assert issuer.asked == 2


async def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await KeyRing(TokensConfig(jwks_url="http://127.0.0.1:1/jwks")).get(KEY_ID)


async def test_nothing_configured_names_the_key() -> None:
    with pytest.raises(Unavailable, match=r"tokens\.jwks_url"):
        await KeyRing(TokensConfig()).get(KEY_ID)


async def test_a_file_wins_over_an_address(issuer: Issuer, tmp_path: Path, jwks: bytes) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(jwks)
    ring = KeyRing(TokensConfig(jwks_file=file, jwks_url=issuer.url))
    assert await ring.get(KEY_ID) is not None
    assert issuer.asked == 0


@pytest.mark.parametrize("text", ["", "[]", "{"])
async def test_a_file_that_is_no_key_set_is_unavailable(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(text)
    with pytest.raises(Unavailable):
        await KeyRing(TokensConfig(jwks_file=file)).get(KEY_ID)


async def test_keys_without_a_name_are_left_out(tmp_path: Path, jwks: bytes) -> None:
    entry = json.loads(jwks)["keys"][0]
    nameless = {key: value for key, value in entry.items() if key != "kid"}
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [nameless, entry]}))
    ring = KeyRing(TokensConfig(jwks_file=file))
    assert await ring.get(KEY_ID) is not None
    assert len(ring._keys) == 1


async def test_who_comes_while_a_new_key_is_fetched_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [public] = json.loads(TokenMint(tmp_path).jwks_file.read_text())["keys"]
    now = 0.0
    monkeypatch.setattr(keys, "time", SimpleNamespace(monotonic=lambda: now))
    begun, let_go = asyncio.Event(), asyncio.Event()
    answers = [[{**public, "kid": "older"}], [{**public, "kid": "older"}, public]]

    async def source() -> dict[str, object]:
        if len(answers) == 1:
            begun.set()
            await let_go.wait()
        return {"keys": answers.pop(0)}

    ring = KeyRing(TokensConfig(refresh_seconds=10), source)
    assert await ring.get("older") is not None
    now = 11.0
    first = asyncio.create_task(ring.get(KEY_ID))
    await begun.wait()
    second = asyncio.create_task(ring.get(KEY_ID))
    assert await ring.get("older") is not None  # A key that is known needs no fetch.
    let_go.set()
    assert await first is not None
    assert await second is not None
