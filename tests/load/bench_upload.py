"""1 GiB in parts through the gateway beside the same straight to the store's socket, as the browser
sends it: 16 MiB a part, four at once, every payload hashed by the store. Meanwhile somebody lists
folders; the gateway's memory is compared before and after. `UPLOAD_BENCH_MIB` makes it smaller.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import socket
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import psutil
from figures import figure, percentile
from login import MANDATE

from bauhof.testing import Deployment, deployment
from chassis import clock
from chassis.objectstore.sigv4 import signed_headers
from chassis.objectstore.tokens import Credentials
from deployment.home import Home

MIB = 1024 * 1024
PART = 16 * MIB
AT_ONCE = 4
ROUNDS = 3
PAUSE_SECONDS = 0.05
MANIFEST = (
    '{"identifier": "org.example.bench-upload", "version": "0.1.0", "scopes": ["openid"], '
    '"requirements": [{"key": "mikro", "service": "live.arkitekt.mikro", "optional": false}], '
    '"device_id": "bench", "public_sources": []}'
)
_GRANT = """mutation Upload($size: ByteCount!) {
  requestBigfileUpload(input: {originalFileName: "bench.bin", fileSize: $size}) {
    accessKey secretKey sessionToken region bucket key store
  }
}"""
_LIST = "{ folders(pagination: {limit: 20}) { id name createdAt } }"


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a unix socket, with the host name that requests are signed for."""

    def __init__(self, path: Path, host: str) -> None:
        super().__init__(host)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


@dataclass
class Store:
    """One object of the store by a grant, over one of two ways."""

    origin: str
    grant: dict[str, Any]
    direct: Path | None

    def connection(self) -> http.client.HTTPConnection:
        host = urlsplit(self.origin).netloc
        if self.direct is not None:
            return _SocketConnection(self.direct, host)
        return http.client.HTTPConnection(host)

    def ask(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        query: list[tuple[str, str]],
        body: bytes = b"",
        digest: str = "",
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send one signed request."""
        path = f"/{self.grant['bucket']}/{self.grant['key']}"
        headers = signed_headers(
            method=method,
            host=urlsplit(self.origin).netloc,
            path=path,
            query=query,
            headers={},
            payload_hash=digest or hashlib.sha256(body).hexdigest(),
            credentials=Credentials(
                self.grant["accessKey"], self.grant["secretKey"], self.grant["sessionToken"]
            ),
            region=self.grant["region"],
            moment=clock.now(),
        )
        connection.request(method, f"{path}?{urlencode(query)}", body, headers)
        answer = connection.getresponse()
        read = answer.read()
        assert answer.status < 300, (answer.status, read[:500])
        return answer, read

    def upload(self, block: bytes, count: int) -> float:
        """Send parts, some at once; the seconds it took."""
        digest = hashlib.sha256(block).hexdigest()
        main = self.connection()
        _, text = self.ask(main, "POST", [("uploads", "")])
        found = re.search(rb"<UploadId>([^<]+)<", text)
        assert found is not None
        upload = found[1].decode()

        kept = threading.local()

        def send(number: int) -> str:
            if not hasattr(kept, "connection"):
                kept.connection = self.connection()
            query = [("partNumber", str(number)), ("uploadId", upload)]
            answer, _ = self.ask(kept.connection, "PUT", query, block, digest)
            return str(answer.headers["ETag"])

        started = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            tags = [*pool.map(send, range(1, count + 1))]
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"
            for number, tag in enumerate(tags, 1)
        )
        whole = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        self.ask(main, "POST", [("uploadId", upload)], whole)
        took = time.perf_counter() - started
        main.close()
        return took


class Reader:
    """Somebody who lists folders while others upload; the milliseconds of each answer."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.times: list[float] = []

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            started = time.perf_counter()
            answer = self._client.post("/mikro/graphql", json={"query": _LIST})
            assert "errors" not in answer.json(), answer.text
            self.times.append((time.perf_counter() - started) * 1000)


def logged_in(platform: Deployment) -> httpx.Client:
    """A client with the token of an app."""
    client = httpx.Client(base_url=platform.url, timeout=60)
    form = {
        "grant_type": MANDATE,
        "key": platform.key(),
        "manifest": MANIFEST,
        "requested_client_kind": "development",
        "requested_client_role": "interface",
        "request_auth_key": "false",
    }
    answer = client.post("/fakts/o/token/", data=form)
    answer.raise_for_status()
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


def memory(pid: int) -> float:
    """MiB of a process that is its own, buffers of sockets left out."""
    return psutil.Process(pid).memory_full_info().uss / MIB


def main() -> bool:
    """Measure, and tell whether all targets were met."""
    mebibytes = int(os.environ.get("UPLOAD_BENCH_MIB", "1024"))
    count = mebibytes * MIB // PART
    block = os.urandom(PART)
    rates: dict[str, list[float]] = {"direct": [], "gateway": []}
    with deployment(services=["fakts", "mikro", "objectstore", "gateway"]) as platform:
        gateway = int(platform.status()["services"]["gateway"]["pid"])
        straight = Home(platform.home).socket("objectstore")
        with closing(logged_in(platform)) as client:

            def store(direct: Path | None) -> Store:
                variables = {"size": mebibytes * MIB}
                asked = {"query": _GRANT, "variables": variables}
                said = client.post("/mikro/graphql", json=asked).json()
                return Store(platform.url, said["data"]["requestBigfileUpload"], direct)

            store(None).upload(block, AT_ONCE)
            before = memory(gateway)
            with Reader(client) as reader:
                for _ in range(ROUNDS):
                    rates["direct"].append(mebibytes / store(straight).upload(block, count))
                    reader.times.clear()
                    rates["gateway"].append(mebibytes / store(None).upload(block, count))
            grown = memory(gateway) - before
    direct, through = (statistics.median(rates[name]) for name in ("direct", "gateway"))
    against = f"{mebibytes} MiB straight to the store: {direct:.0f} MiB/s"
    met = [
        figure("upload", "through_gateway", through, "MiB/s", least=120, against=against),
        figure("upload", "through_gateway_over_direct", through / direct, "ratio", least=0.6),
        figure("upload", "graphql_meanwhile_p95", percentile(reader.times, 0.95), "ms", most=200),
        figure("upload", "gateway_memory_grown", grown, "MiB", most=32),
    ]
    return all(met)
