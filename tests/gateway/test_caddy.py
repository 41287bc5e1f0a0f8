"""The real gateway: what passes, what is taken away, and what happens while parts are missing."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import socket
import threading

import httpx
import pytest
import websockets
from lane import Lane, until
from websockets.sync import client as sync_client


def test_path_query_and_host_reach_the_service_unchanged(lane: Lane) -> None:
    seen = httpx.get(lane.url + "/alpha/a%2Fb/c?x=1&y=%20z").json()
    headers = dict(seen["headers"])

    assert seen["path"] == "/alpha/a/b/c"
    assert seen["query"] == "x=1&y=%20z"
    assert headers["host"] == f"127.0.0.1:{lane.port}"


def test_host_is_kept_as_the_client_wrote_it(lane: Lane) -> None:
    seen = httpx.get(lane.url + "/alpha/x", headers={"Host": "lab.example:81"}).json()

    assert dict(seen["headers"])["host"] == "lab.example:81"
    assert dict(seen["headers"])["x-forwarded-host"] == "lab.example:81"


@pytest.mark.parametrize("path", ["/alpha", "/alpha/", "/alpha/x/y", "/.well-known/fakts"])
def test_paths_of_the_table_are_served(lane: Lane, path: str) -> None:
    assert httpx.get(lane.url + path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/alphabet", "/gamma/x", "/_gateway/../etc/passwd", "/_gateway/none"]
)
def test_other_paths_are_not_found_as_json(lane: Lane, path: str) -> None:
    answer = httpx.get(lane.url + path)

    assert answer.status_code == 404
    assert answer.json()["error"] == "NOT_FOUND"


def test_forwarded_headers_of_a_client_are_dropped(lane: Lane) -> None:
    forged = {
        "Forwarded": "for=6.6.6.6",
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "1",
        "X-Forwarded-Prefix": "/evil",
        "X-Real-IP": "6.6.6.6",
        "X-Original-URL": "/admin",
    }
    headers = dict(httpx.get(lane.url + "/alpha/x", headers=forged).json()["headers"])

    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["x-forwarded-host"] == f"127.0.0.1:{lane.port}"
    for name in ("forwarded", "x-forwarded-port", "x-forwarded-prefix", "x-real-ip"):
        assert name not in headers
    assert "x-original-url" not in headers


def test_answers_do_not_name_the_software(lane: Lane) -> None:
    for path in ("/alpha/x", "/", "/nothing"):
        headers = httpx.get(lane.url + path).headers
        assert "server" not in headers
        assert "via" not in headers


@pytest.mark.parametrize("path", ["/alpha/metrics", "/alpha/metrics/", "/alpha//metrics"])
def test_metrics_are_not_shown_outside(lane: Lane, path: str) -> None:
    assert httpx.get(lane.url + path).status_code == 404


def test_a_service_that_is_away_gives_503_with_retry_after(lane: Lane) -> None:
    answer = httpx.get(lane.url + "/beta/x", timeout=120)

    assert answer.status_code == 503
    assert answer.json()["error"] == "UNAVAILABLE"
    assert int(answer.headers["retry-after"]) >= 1


def test_a_service_may_answer_503_in_its_own_words(lane: Lane) -> None:
    answer = httpx.get(lane.url + "/alpha/unavailable")

    assert answer.status_code == 503
    assert answer.json() == {"error": "OWN_WORDS"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_waits_for_a_service_that_starts(lane: Lane, method: str) -> None:
    lane.upstreams["beta"].start()

    # uvicorn takes a moment to import; the request is there before the socket is.
    answer = httpx.request(method, lane.url + "/beta/x", timeout=120)

    assert answer.status_code in (200, 503)
    lane.upstreams["beta"].wait()
    assert httpx.request(method, lane.url + "/beta/x").status_code == 200


def test_a_request_is_parked_over_a_restart(lane: Lane) -> None:
    before = httpx.get(lane.url + "/alpha/x").json()["pid"]
    lane.upstreams["alpha"].kill()
    threading.Timer(0.3, lane.upstreams["alpha"].start).start()

    answer = httpx.post(lane.url + "/alpha/x", content=b"{}", timeout=120)

    assert answer.status_code == 200
    assert answer.json()["pid"] != before


def test_a_service_killed_while_it_works_gives_503_not_502(lane: Lane) -> None:
    answers = []

    def post() -> None:
        answers.append(httpx.post(lane.url + "/alpha/slow", content=b"{}", timeout=120))

    worker = threading.Thread(target=post)
    worker.start()
    threading.Event().wait(0.5)
    lane.upstreams["alpha"].kill()
    worker.join()

    assert answers[0].status_code == 503
    assert answers[0].json()["error"] == "UNAVAILABLE"


def test_a_gateway_killed_with_a_request_on_its_way_refuses_nobody(lane: Lane) -> None:
    lane.kill()
    with socket.create_connection(("127.0.0.1", lane.port), timeout=120) as waiting:
        waiting.sendall(b"GET /alpha/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        lane.start()
        answer = b""
        while block := waiting.recv(65536):
            answer += block

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_websocket_passes_and_can_come_back_after_a_restart(lane: Lane) -> None:
    url = lane.url.replace("http", "ws") + "/alpha/socket"
    async with websockets.connect(url) as client:
        await client.send("hello")
        assert await client.recv() == "HELLO"
        lane.upstreams["alpha"].kill()
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(client.recv(), 10)

    # While the service is away the upgrade is answered, never refused.
    with pytest.raises(websockets.InvalidStatus) as refusal:
        async with websockets.connect(url):
            pass
    assert refusal.value.response.status_code == 503

    lane.upstreams["alpha"].start()
    await asyncio.to_thread(lane.upstreams["alpha"].wait)
    async with websockets.connect(url) as client:
        await client.send("again")
        assert await client.recv() == "AGAIN"


async def test_a_websocket_upgrade_waits_for_the_service(lane: Lane) -> None:
    lane.upstreams["alpha"].kill()
    threading.Timer(0.3, lane.upstreams["alpha"].start).start()

    async with websockets.connect(lane.url.replace("http", "ws") + "/alpha/socket") as client:
        await client.send("late")
        assert await client.recv() == "LATE"


async def test_websockets_end_and_return_when_the_gateway_is_killed(lane: Lane) -> None:
    url = lane.url.replace("http", "ws") + "/alpha/socket"
    async with websockets.connect(url) as client:
        lane.kill()
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(client.recv(), 10)
    lane.start()
    async with websockets.connect(url) as client:
        await client.send("back")
        assert await client.recv() == "BACK"


def test_downloads_are_not_held_back(lane: Lane) -> None:
    with httpx.stream("GET", lane.url + "/alpha/drip") as answer:
        chunks = [chunk for chunk in answer.iter_raw() if chunk]

    assert chunks == [b"0\n", b"1\n", b"2\n"]


def test_uploads_are_not_held_back(lane: Lane) -> None:
    """The service has the first part of a body before the client sends the second."""

    def arrived() -> int:
        return httpx.get(lane.url + "/alpha/progress").json()["bytes"]

    with socket.create_connection(("127.0.0.1", lane.port), timeout=120) as client:
        client.sendall(
            b"PUT /bucket/upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5\r\nfirst\r\n"
        )
        until(lambda: arrived() == 5)
        client.sendall(b"6\r\nsecond\r\n0\r\n\r\n")
        answer = client.recv(65536)
        while b"sha256" not in answer:
            answer += client.recv(65536)

    assert hashlib.sha256(b"firstsecond").hexdigest().encode() in answer


def test_bucket_uploads_have_no_limit_and_arrive_whole(lane: Lane) -> None:
    body = bytes(range(256)) * 4096 * 8

    answer = httpx.put(lane.url + "/bucket/upload", content=body, timeout=120).json()

    assert answer == {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}


def _chunks(size: int):
    for _ in range(size // 1024):
        yield b"x" * 1024


@pytest.mark.parametrize("streamed", [False, True])
def test_bodies_beyond_the_limit_of_a_route_are_refused(lane: Lane, streamed: bool) -> None:
    size = 65 * 1024
    content = _chunks(size) if streamed else b"x" * size

    answer = httpx.post(lane.url + "/alpha/upload", content=content, timeout=120)

    assert answer.status_code == 413
    assert answer.json()["error"] == "PAYLOAD_TOO_LARGE"
    within = httpx.post(lane.url + "/alpha/upload", content=_chunks(64 * 1024))
    assert within.json()["size"] == 64 * 1024


def test_the_access_log_holds_no_query_no_token_and_no_secret_path(lane: Lane) -> None:
    marks = ("query-mark", "token-mark", "path-mark", "cookie-mark")
    httpx.get(
        lane.url + "/alpha/setup/path-mark/next?signature=query-mark",
        headers={"Authorization": "Bearer token-mark", "Cookie": "a=cookie-mark"},
    )
    httpx.get(lane.url + "/beta/x?signature=query-mark", headers={"Authorization": "token-mark"})

    until(lambda: lane.access_log.read_text().count("\n") >= 2)
    lines = [json.loads(line) for line in lane.access_log.read_text().splitlines()]
    uris = [line["request"]["uri"] for line in lines]
    assert uris == ["/alpha/setup/-/next", "/beta/x"]
    everything = lane.access_log.read_text() + (lane.folder / "gateway.log").read_text()
    for mark in marks:
        assert mark not in everything
    assert lane.access_log.stat().st_mode & 0o077 == 0


def test_the_status_page_stands_alone(lane: Lane) -> None:
    answer = httpx.get(lane.url + "/")

    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "1.2.3" in answer.text
    for name in ("/_gateway/status.css", "/_gateway/status.js"):
        assert name in answer.text
        assert httpx.get(lane.url + name).status_code == 200


def test_the_gateway_has_no_second_door(lane: Lane) -> None:
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", 2019)) != 0


def test_other_refusals_of_the_gateway_are_json_too(lane: Lane) -> None:
    answer = httpx.post(lane.url + "/", content=b"x")

    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"] == "GATEWAY"


def test_a_quiet_websocket_stays_open(lane: Lane) -> None:
    """Nothing on the way closes a socket because nothing was said for a while."""
    with sync_client.connect(lane.url.replace("http", "ws") + "/alpha/socket") as client:
        threading.Event().wait(4.0)
        client.send("still there")
        assert client.recv(timeout=120) == "STILL THERE"


def test_many_requests_wait_together(lane: Lane) -> None:
    """A crowd that arrives during a restart is served when it is over, and nobody twice."""
    lane.upstreams["alpha"].kill()
    threading.Timer(0.3, lane.upstreams["alpha"].start).start()
    answers: list[int] = []

    def ask() -> None:
        answers.append(httpx.get(lane.url + "/alpha/x", timeout=120).status_code)

    crowd = [threading.Thread(target=ask) for _ in range(20)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()

    assert len(answers) == 20
    assert set(answers) <= {200, 503}
    assert answers.count(200) >= 1


def test_a_request_after_an_idle_while_is_not_lost(lane: Lane) -> None:
    """The service closes idle connections; the gateway has let go of them before."""
    for _ in range(2):
        assert httpx.post(lane.url + "/alpha/x", content=b"{}").status_code == 200
        threading.Event().wait(5.0)
    assert httpx.post(lane.url + "/alpha/x", content=b"{}").status_code == 200


@pytest.mark.parametrize("trusted", [True, False])
def test_a_proxy_in_front_is_believed_only_when_it_was_named(lanes, trusted: bool) -> None:
    lane = lanes(trusted_proxies=("127.0.0.0/8",) if trusted else ("192.0.2.0/24",))
    sent = {"X-Forwarded-For": "198.51.100.9", "X-Forwarded-Proto": "https"}
    headers = dict(httpx.get(lane.url + "/alpha/x", headers=sent).json()["headers"])

    assert headers["x-forwarded-proto"] == ("https" if trusted else "http")
    assert ("198.51.100.9" in headers["x-forwarded-for"]) is trusted


def test_metrics_are_shown_by_choice(lanes) -> None:
    assert httpx.get(lanes(expose_metrics=True).url + "/alpha/metrics").status_code == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /alpha/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"GET /alpha/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: bogus\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET /alpha/x HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    ],
)
def test_malformed_requests_never_reach_a_service(lane: Lane, request_bytes: bytes) -> None:
    with socket.create_connection(("127.0.0.1", lane.port), timeout=120) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(request_bytes)
        answer = b""
        with contextlib.suppress(ConnectionError):
            answer = client.recv(65536)

    status = answer.split(b" ")[1] if answer else b"closed"
    assert status in (b"400", b"431", b"501", b"closed")
    assert httpx.get(lane.url + "/alpha/x").status_code == 200
