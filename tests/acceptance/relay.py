"""A relay in front of a platform that spoils single answers: what real servers do on bad days.

Clients see the relay as the server, for the platform answers in the name it was called by.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

_PASSED_ON = {"accept", "authorization", "content-type", "host", "user-agent"}


@dataclass
class Answer:
    """What a client is told."""

    status: int
    kind: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def document(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


#: Makes another answer out of the platform's; None closes the connection without one.
Spoil = Callable[[Answer], Answer | None]


def telling(status: int, document: object, **headers: str) -> Spoil:
    """Tell something else altogether."""
    body = json.dumps(document).encode()
    return lambda _: Answer(status, "application/json", body, headers)


def changed(change: Callable[[Any], Any]) -> Spoil:
    """Change the document in place."""

    def spoil(answer: Answer) -> Answer:
        document = answer.document
        change(document)
        return Answer(answer.status, answer.kind, json.dumps(document).encode())

    return spoil


def silence(_: Answer) -> None:
    """Close the connection without an answer."""
    return


class Relay:
    """What is spoiled, and what was asked and answered."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.url = ""
        self.asked: list[str] = []
        self.answers: list[tuple[str, Answer]] = []
        self._spoils: list[tuple[str, Spoil]] = []
        self._always: list[tuple[str, Spoil]] = []

    def fresh(self) -> None:
        """Forget everything."""
        for one in (self.asked, self.answers, self._spoils, self._always):
            one.clear()

    def once(self, path: str, spoil: Spoil) -> None:
        """Spoil the next answer of a path."""
        self._spoils.append((path, spoil))

    def always(self, path: str, spoil: Spoil) -> None:
        """Spoil every answer of a path."""
        self._always.append((path, spoil))

    def counted(self, path: str) -> int:
        """How often a path was asked."""
        return sum(path in asked for asked in self.asked)

    def told(self, path: str) -> Any:
        """The last document a path answered with."""
        return next(answer.document for asked, answer in reversed(self.answers) if path in asked)

    def spoiled(self, path: str, answer: Answer) -> Answer | None:
        """The answer as the client gets it."""
        for number, (part, spoil) in enumerate(self._spoils):
            if part in path:
                del self._spoils[number]
                return spoil(answer)
        for part, spoil in self._always:
            if part in path:
                return spoil(answer)
        return answer


@contextmanager
def relayed(target: str, *, tls: ssl.SSLContext | None = None) -> Iterator[Relay]:
    """A relay on a free port of this machine."""
    relay = Relay(target)

    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            relay.asked.append(self.path)
            length = int(self.headers.get("content-length") or 0)
            headers = {key: self.headers[key] for key in _PASSED_ON if key in self.headers}
            if tls is not None:
                headers["x-forwarded-proto"] = "https"
            got = link.request(
                self.command,
                relay.target + self.path,
                content=self.rfile.read(length),
                headers=headers,
            )
            answer = Answer(got.status_code, got.headers.get("content-type", ""), got.content)
            spoiled = relay.spoiled(self.path, answer)
            if spoiled is None:
                self.close_connection = True
                return
            relay.answers.append((self.path, spoiled))
            self.send_response(spoiled.status)
            self.send_header("content-type", spoiled.kind)
            self.send_header("content-length", str(len(spoiled.body)))
            for name, value in spoiled.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(spoiled.body)

        do_GET = do_POST = _pass_on

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is none of ours."""

    with httpx.Client(timeout=120) as link, Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        relay.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield relay
        server.shutdown()
        thread.join()
