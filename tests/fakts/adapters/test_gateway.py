"""What a real gateway says of itself, in our words."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from chassis.parts.lookup import LookedUp
from deployment.child import launch_command
from deployment.ports import listen
from deployment.tools import gateway_program
from fakts_server.adapters import gateway
from gateway_server.caddy import HEALTH_PATH, Gateway, render
from gateway_server.page import render_site
from gateway_server.routes import Route, below

ROUTES = tuple(
    Route(service=name, paths=below(name), body_bytes=1024 * 1024) for name in ("alpha", "beta")
)
BODY = b"z" * 4000


class Alpha(BaseHTTPRequestHandler):
    """A service that is there."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A short path, for sockets lie there."""
    made = Path(tempfile.mkdtemp(prefix="gm-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def door(folder: Path) -> Iterator[str]:
    """A gateway before `alpha`, which is there, and `beta`, which is not."""
    with contextlib.ExitStack() as stack:
        alpha = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Alpha))
        thread = threading.Thread(target=alpha.serve_forever)
        thread.start()
        stack.callback(thread.join)
        stack.callback(alpha.shutdown)
        listener = stack.enter_context(listen("127.0.0.1", 0))
        for name, text in render_site(services=["alpha"], version="1").items():
            (folder / "site" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "site" / name).write_text(text)
        settings = Gateway(
            routes=ROUTES,
            upstreams={
                "alpha": f"127.0.0.1:{alpha.server_address[1]}",
                "beta": f"unix/{folder}/beta.sock",
            },
            site_dir=str(folder / "site"),
            storage_dir=str(folder / "store"),
            park_seconds=0.2,
            metrics_listen=f"unix/{folder}/m.sock|0600",
        )
        (folder / "gateway.json").write_text(render(settings))
        words = [str(gateway_program()), "run", "--config", str(folder / "gateway.json")]
        fd = listener.fileno()
        log = stack.enter_context((folder / "log").open("wb"))
        process = subprocess.Popen(
            launch_command(words, listen_fd=fd),
            pass_fds=(fd,),
            stdout=log,
            stderr=log,
            env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
        )
        stack.callback(process.wait)
        stack.callback(process.kill)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert httpx.get(url + HEALTH_PATH, timeout=120).status_code == 200
        yield url


@pytest.fixture
def told(settings) -> Callable[[str], CollectorRegistry]:
    """Look at the gateway in a place."""

    def look(place: str) -> CollectorRegistry:
        config = settings.BAUHOF_CONFIG
        settings.BAUHOF_CONFIG = config.model_copy(update={"gateway_metrics": place})
        registry = CollectorRegistry()
        registry.register(LookedUp(gateway.look))
        generate_latest(registry)
        return registry

    return look


def value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(f"bauhof_gateway_{name}", labels) or 0.0


def counted(look: Callable[[], CollectorRegistry], name: str, least: float, **labels: str) -> None:
    """Wait until something was counted; the gateway counts after it answered."""
    until = time.monotonic() + 120
    while (found := value(look(), name, **labels)) < least:
        assert time.monotonic() < until, f"{name} {labels} is {found}, not {least}"
        time.sleep(0.05)


def test_requests_are_counted_by_method_and_status(door, folder, told):
    def look() -> CollectorRegistry:
        return told(f"{folder}/m.sock")

    before = {
        key: value(look(), "requests_total", method=key[0], status=key[1])
        for key in (("GET", "200"), ("POST", "404"))
    }
    for _ in range(3):
        assert httpx.get(door + "/alpha/x").content == BODY
    assert httpx.post(door + "/alpha/x", content=b"q" * 5000).status_code == 404
    for (method, status), more in zip(before, (3, 1), strict=True):
        least = before[method, status] + more
        counted(look, "requests_total", least, method=method, status=status)
    registry = look()
    assert value(registry, "up") == 1
    assert value(registry, "sent_bytes_total") >= 3 * len(BODY)
    assert value(registry, "received_bytes_total") >= 5000
    assert value(registry, "first_byte_seconds_count") >= 3
    assert value(registry, "first_byte_seconds_bucket", le="+Inf") >= 3
    assert value(registry, "first_byte_seconds_sum") > 0


def test_what_no_service_answered_is_counted_apart(door, folder, told):
    def look() -> CollectorRegistry:
        return told(f"{folder}/m.sock")

    before = value(look(), "unanswered_total")
    for _ in range(2):
        assert httpx.get(door + "/beta/x", timeout=120).status_code == 503
    counted(look, "unanswered_total", before + 2)


def test_who_only_asks_whether_it_is_up_is_not_counted(door, folder, told):
    def sum_of_all() -> float:
        text = generate_latest(told(f"{folder}/m.sock")).decode()
        lines = [line for line in text.splitlines() if line.startswith("bauhof_gateway_requests_t")]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    # Counted after the answer, so what came before is waited for first.
    httpx.get(door + "/alpha/x")
    until = time.monotonic() + 120
    while (settled := sum_of_all()) == 0:
        assert time.monotonic() < until
    for _ in range(5):
        assert httpx.get(door + HEALTH_PATH).status_code == 200
    assert sum_of_all() <= settled + 1


def test_its_metrics_are_told_to_nobody_outside(door):
    for path in ("/metrics", "/_gateway/metrics", "/alpha/metrics", "/beta/metrics/x"):
        assert httpx.get(door + path).status_code == 404


def test_the_socket_is_for_the_owner_alone(door, folder):
    assert (folder / "m.sock").stat().st_mode & 0o077 == 0


def test_a_gateway_that_is_away_is_said_to_be(folder, told):
    registry = told(f"{folder}/nobody.sock")
    assert registry.get_sample_value("bauhof_gateway_up") == 0
    assert registry.get_sample_value("bauhof_gateway_unanswered_total") is None


def test_something_else_in_its_place_is_no_gateway(told):
    with ThreadingHTTPServer(("127.0.0.1", 0), Alpha) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        registry = told(f"http://127.0.0.1:{other.server_address[1]}/metrics")
        other.shutdown()
        thread.join()
    assert registry.get_sample_value("bauhof_gateway_up") == 0


def test_an_address_nobody_listens_at_is_away(told):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"http://127.0.0.1:{taken.getsockname()[1]}/metrics"
    assert told(place).get_sample_value("bauhof_gateway_up") == 0
