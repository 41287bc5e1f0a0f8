"""Small real HTTP servers for tests: a registry that can lie, and a host of raw files."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from images import digest_of

RELEASE = "application/vnd.arkitekt.release.v1+json"
OCI = "application/vnd.oci.image.manifest.v1+json"
Reply = tuple[int, dict[str, str], bytes]


class Site:
    """Answers paths by a function, and remembers what it was asked."""

    def __init__(self, answer: Callable[[str, str, dict[str, str]], Reply]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.bodies: list[bytes] = []
        self.address = ""

    @property
    def host(self) -> str:
        """Host and port."""
        return self.address.removeprefix("http://")

    def paths(self, part: str = "") -> list[str]:
        """The paths that were asked for and hold a text."""
        return [path for _, path, _ in self.asked if part in path]


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def _reply(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.site.asked.append((self.command, self.path, headers))
        status, answer_headers, body = self.site.answer(self.command, self.path, headers)
        self.send_response(status)
        for name, value in answer_headers.items():
            self.send_header(name, value)
        if "Content-Length" not in answer_headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = _reply

    def do_POST(self) -> None:
        """Keep the body for the test, then answer as to any request."""
        self.site.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self._reply()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(answer: Callable[[str, str, dict[str, str]], Reply]) -> Iterator[Site]:
    """Serve on a free port of the loopback while the block runs."""
    site = Site(answer)
    handler = type("Handler", (_Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Registry:
    """An OCI registry of one repository; set its attributes to make it lie or refuse."""

    def __init__(self, repository: str = "org/cells") -> None:
        self.repository = repository
        self.tags: dict[str, bytes] = {}
        self.blobs: dict[str, bytes] = {}
        self.page = 1000
        self.token: str | None = None
        self.password: str | None = None
        self.realm = ""
        #: Replies by path that come before anything else; each is used up.
        self.tricks: dict[str, list[Reply]] = {}
        self.loops = False

    def release(self, tag: str, descriptor: bytes) -> None:
        """Push the descriptor of a release under a tag."""
        digest = f"sha256:{digest_of(descriptor)}"
        self.blobs[digest] = descriptor
        entry = {"mediaType": RELEASE, "digest": digest, "size": len(descriptor)}
        self._push(tag, {"config": entry, "layers": [entry]})

    def image(self, tag: str) -> str:
        """Push an image under a tag; return its digest."""
        config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": tag}
        self._push(tag, {"config": config, "layers": []})
        return f"sha256:{digest_of(self.tags[tag])}"

    def _push(self, tag: str, content: dict[str, Any]) -> None:
        manifest = {"schemaVersion": 2, "mediaType": OCI, **content}
        self.tags[tag] = json.dumps(manifest).encode()

    def trick(self, path: str, *replies: Reply) -> None:
        """Answer the next requests whose path holds a text with these replies."""
        self.tricks.setdefault(path, []).extend(replies)

    def answer(self, method: str, path: str, headers: dict[str, str]) -> Reply:
        """Answer a request as a registry does."""
        for part, replies in self.tricks.items():
            if part in path and replies:
                return replies.pop(0)
        if path.startswith("/token"):
            return self._login(headers)
        if self.token is not None and headers.get("authorization") != f"Bearer {self.token}":
            challenge = (
                f'Bearer realm="{self.realm}/token",service="here",scope="repository:x:pull"'
            )
            return 401, {"WWW-Authenticate": challenge}, b"{}"
        base = f"/v2/{self.repository}/"
        if not path.startswith(base):
            return 404, {}, b"{}"
        rest = path.removeprefix(base)
        if rest.startswith("tags/list"):
            return self._list(rest)
        kind, _, name = rest.partition("/")
        if kind == "manifests" and name in self.tags:
            body = self.tags[name]
            digest = f"sha256:{digest_of(body)}"
            return 200, {"Docker-Content-Digest": digest, "Content-Type": OCI}, body
        if kind == "blobs" and name in self.blobs:
            return 200, {}, self.blobs[name]
        return 404, {}, b"{}"

    def _login(self, headers: dict[str, str]) -> Reply:
        if self.password is not None and headers.get("authorization") != self.password:
            return 401, {}, b"{}"
        return 200, {}, json.dumps({"token": self.token}).encode()

    def _list(self, rest: str) -> Reply:
        names = sorted(self.tags)
        start = int(rest.partition("last=")[2] or 0)
        body = json.dumps({"tags": names[start : start + self.page]}).encode()
        following = start + self.page
        if self.loops:
            following = 0
        if following < len(names):
            link = f'</v2/{self.repository}/tags/list?n=1000&last={following}>; rel="next"'
            return 200, {"Link": link}, body
        return 200, {}, body
