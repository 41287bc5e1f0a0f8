"""A real registry on loopback; what it was given stays in `.cache/engine`."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from daemon import NoEngine

_START_SECONDS = 120.0
_USUAL_PORT = 15055

_CONFIG = """\
version: 0.1
storage:
  filesystem:
    rootdirectory: {folder}
  delete:
    enabled: true
http:
  addr: 127.0.0.1:{port}
log:
  level: warn
"""


@contextmanager
def registry(folder: Path, work: Path) -> Iterator[str]:
    """Give the address of a registry that keeps its blobs in `folder`, e.g. `127.0.0.1:5055`."""
    program = shutil.which("docker-registry") or shutil.which("registry")
    if program is None:
        raise NoEngine("no registry: docker-registry not installed (scripts/setup.sh engine)")
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    config = work / "registry.yml"
    config.write_text(_CONFIG.format(folder=folder, port=port))
    with (work / "registry.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "serve", str(config)],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/v2/", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError("the registry does not start")
        time.sleep(0.05)


def _free_port() -> int:
    """The usual port, by which an engine knows again what it pushed there before, or a free one."""
    for port in (_USUAL_PORT, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise AssertionError("no port is free")
