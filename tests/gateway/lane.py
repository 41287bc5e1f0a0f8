"""A gateway and its upstreams as real processes, to be stopped and killed."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from deployment.child import launch_command
from deployment.ports import listen
from deployment.tools import gateway_program
from gateway_server.caddy import HEALTH_PATH, Gateway, render
from gateway_server.page import render_site
from gateway_server.routes import Route

HERE = Path(__file__).resolve().parent
PATIENCE_SECONDS = 120.0


def until(what, *, seconds=PATIENCE_SECONDS):
    """Wait until `what()` is true; fail when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {seconds} s")


class Upstream:
    """The small service, on a unix socket."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [sys.executable, "-m", "uvicorn", "upstream_app:application", "--uds"]
        self.process = subprocess.Popen(
            [*words, str(self.path), "--log-level", "error", "--ws", "websockets-sansio"], cwd=HERE
        )

    def wait(self) -> None:
        until(self._listens)

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.connect(str(self.path))
            return True
        return False

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


class Lane:
    """A Caddy on a socket that this process keeps open, and the upstreams behind it."""

    def __init__(self, folder: Path, routes: tuple[Route, ...], **settings) -> None:
        self.folder = folder
        self.access_log = folder / "access.log"
        names = dict.fromkeys(route.service for route in routes)
        self.upstreams = {name: Upstream(folder / f"{name}.sock") for name in names}
        self.listener = listen("127.0.0.1", 0)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        site = folder / "site"
        for name, text in render_site(services=list(names), version="1.2.3").items():
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_text(text)
        gateway = Gateway(
            routes=routes,
            upstreams={name: f"unix/{upstream.path}" for name, upstream in self.upstreams.items()},
            site_dir=str(site),
            storage_dir=str(folder / "store"),
            access_log=str(self.access_log),
            **settings,
        )
        (folder / "gateway.json").write_text(render(gateway))

    def start(self) -> None:
        fd = self.listener.fileno()
        words = [str(gateway_program()), "run", "--config", str(self.folder / "gateway.json")]
        with (self.folder / "gateway.log").open("ab") as log:
            self.process = subprocess.Popen(
                launch_command(words, listen_fd=fd),
                pass_fds=(fd,),
                stdout=log,
                stderr=log,
                env={**os.environ, "HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)},
            )

    def wait(self) -> None:
        assert httpx.get(self.url + HEALTH_PATH, timeout=PATIENCE_SECONDS).status_code == 200

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        self.kill()
        for upstream in self.upstreams.values():
            upstream.kill()
        self.listener.close()
