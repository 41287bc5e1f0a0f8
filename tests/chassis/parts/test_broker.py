"""What is told of a Redis: of one that answers, of one that refuses, of one that is away.

The stand-in answers as the real one in the containers' tests does, where the same names are read.
"""

from __future__ import annotations

import socket
import socketserver
import threading

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from chassis.parts import broker
from chassis.parts.lookup import LookedUp

INFO = {
    "connected_clients": 7,
    "used_memory": 1_234_567,
    "maxmemory": 100_663_296,
    "rejected_connections": 2,
    "rdb_last_save_time": 1_790_000_000,
    "rdb_last_bgsave_status": "ok",
    "aof_last_write_status": "ok",
}


class Answering(socketserver.StreamRequestHandler):
    """Takes one user, and answers INFO."""

    info = INFO
    password = "open-sesame"

    def handle(self) -> None:
        while line := self.rfile.readline():
            words = []
            for _ in range(int(line[1:])):
                size = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(size + 2)[:size].decode())
            self.wfile.write(self.answer(words))

    def answer(self, words: list[str]) -> bytes:
        if "AUTH" in words and self.password not in words:
            return b"-WRONGPASS no\r\n"
        if words[0] == "INFO":
            lines = ["# All", *(f"{name}:{value}" for name, value in self.info.items())]
            body = "\r\n".join(lines).encode()
            return b"$%d\r\n%s\r\n" % (len(body), body)
        return b"+OK\r\n"


@pytest.fixture
def redis():
    """A stand-in; its port."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def told(settings, tmp_path):
    """Look at the Redis at a port."""

    def look(port: int, password: str = Answering.password) -> CollectorRegistry:
        file = tmp_path / "password"
        file.write_text(password)
        file.chmod(0o600)
        config = settings.BAUHOF_CONFIG
        place = {
            "broker_url": f"redis://sample@127.0.0.1:{port}/0",
            "password_file": file,
        }
        jobs = config.jobs.model_copy(update=place)
        settings.BAUHOF_CONFIG = config.model_copy(update={"jobs": jobs})
        registry = CollectorRegistry()
        registry.register(LookedUp(broker.look))
        return registry

    return look


def test_a_redis_that_answers_is_told_of(redis, told):
    registry = told(redis)
    expected = {
        "up": 1,
        "memory_bytes": 1_234_567,
        "memory_limit_bytes": 100_663_296,
        "connections": 7,
        "rejected_connections_total": 2,
        "saved_timestamp_seconds": 1_790_000_000,
        "saving_ok": 1,
    }
    found = {name: registry.get_sample_value(f"bauhof_redis_{name}") for name in expected}
    assert found == expected


@pytest.mark.parametrize("failed", ["rdb_last_bgsave_status", "aof_last_write_status"])
def test_a_redis_that_cannot_save_is_told_of(redis, told, monkeypatch, failed):
    monkeypatch.setattr(Answering, "info", {**INFO, failed: "err"})
    assert told(redis).get_sample_value("bauhof_redis_saving_ok") == 0


def test_a_redis_that_is_away_is_said_to_be(told):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    registry = told(port)
    assert registry.get_sample_value("bauhof_redis_up") == 0
    assert registry.get_sample_value("bauhof_redis_connections") is None


def test_a_password_that_is_refused_stands_in_no_answer(redis, told, caplog):
    registry = told(redis, "wrong-sesame")
    assert "bauhof_redis_up 0.0" in generate_latest(registry).decode()
    assert "sesame" not in caplog.text
