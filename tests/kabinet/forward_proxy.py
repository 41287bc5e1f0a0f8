"""A small forward proxy: opens tunnels, remembers for whom, and knows where names lead.

`python forward_proxy.py PORT` runs one that prints for whom.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_SECONDS = 60.0


@dataclass
class ForwardProxy:
    """What a proxy was asked for, and what it answers."""

    port: int
    #: Where a place leads that is asked for; others are asked as they are.
    leads_to: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    #: Said in place of opening a tunnel.
    refusal: bytes = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        client.settimeout(_SECONDS)
        with client, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                part = client.recv(1024)
                if not part:
                    return
                head += part
            word, place = head.decode("ascii").split()[:2]
            self.asked.append(place if word == "CONNECT" else f"{word} {place}")
            sys.stdout.write(f"{self.asked[-1]}\n")
            sys.stdout.flush()
            if self.refusal:
                client.sendall(self.refusal)
                return
            host, _, port = self.leads_to.get(place, place).rpartition(":")
            with socket.create_connection((host.strip("[]"), int(port)), _SECONDS) as target:
                client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
                back = threading.Thread(target=_pass_on, args=(target, client), daemon=True)
                back.start()
                _pass_on(client, target)
                back.join(_SECONDS)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(64 * 1024):
            target.sendall(part)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def forward_proxy(port: int = 0) -> Iterator[ForwardProxy]:
    """Listen on a port of the loopback, if none is named a free one, while the block runs."""
    listener = socket.create_server(("127.0.0.1", port))
    made = ForwardProxy(listener.getsockname()[1])

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=made.serve, args=(client,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(_SECONDS)


if __name__ == "__main__":
    with forward_proxy(int(sys.argv[1])):
        threading.Event().wait()
