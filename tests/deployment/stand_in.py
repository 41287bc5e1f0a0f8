"""A stand-in for a service: answers on a unix socket, or misbehaves as it is told.

Standard library only, so that it starts at once. Its log tells when it was started and stopped.
"""

from __future__ import annotations

import argparse
import http.server
import signal
import socketserver
import sys
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ill = options.ill is not None and options.ill.exists()
        body = b'{"checks": {"database": "It is away.", "keys": "ok"}}' if ill else b"{}"
        self.send_response(503 if ill else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *words: object) -> None:
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def note(text: str) -> None:
    with options.diary.open("a") as file:
        file.write(f"{options.name} {text}\n")


def leave(*_: object) -> None:
    note("stopped")
    sys.exit(0)


parser = argparse.ArgumentParser()
parser.add_argument("name")
parser.add_argument("--uds", type=Path)
parser.add_argument("--diary", type=Path)
parser.add_argument("--ill", type=Path)
parser.add_argument("--deaf", action="store_true")
parser.add_argument("--exit", type=int)
parser.add_argument("--again", action="store_true")
options = parser.parse_args()

note("started again" if options.again else "started")
if options.exit is not None:
    sys.stderr.write(f"{options.name} cannot work\n")
    sys.exit(options.exit)
signal.signal(signal.SIGTERM, signal.SIG_IGN if options.deaf else leave)
options.uds.unlink(missing_ok=True)
with Server(str(options.uds), Handler) as server:
    server.serve_forever(poll_interval=0.05)
