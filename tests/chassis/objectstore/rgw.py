"""A real Ceph RGW of one node for tests: mon, OSD on a file and radosgw, loopback only.

Needs Debian's packages; they are installed when they are missing and this runs as root. Ceph
keeps sockets in its folder, so that must have a short path.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("ceph-mon", "ceph-osd", "radosgw", "ceph-common")
ACCESS_KEY, SECRET_KEY = "testkey12345", "testsecret12345"
ROLE_ARN = "arn:aws:iam:::role/bauhof"

_CONFIG = """
[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{mon_port}/0
public addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon max pg per osd = 1000
run dir = {folder}/run
log file = {folder}/log/$name.log
admin socket = {folder}/run/$name.asok
pid file = {folder}/run/$name.pid
keyring = {folder}/keyring
mon data avail crit = 1
mon data avail warn = 2
[mon.a]
mon data = {folder}/mon
[osd.0]
osd data = {folder}/osd
keyring = {folder}/osd/keyring
osd objectstore = bluestore
bluestore block size = 21474836480
bluestore cache autotune = false
bluestore cache size = 268435456
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw data = {folder}/rgw
rgw dns name = localhost
rgw sts key = abcdefghijklmnop
rgw s3 auth use sts = true
rgw sts min session duration = 1
rgw enable usage log = false
"""
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam:::user/test"]},
            "Action": ["sts:AssumeRole"],
        }
    ],
}
_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}],
}


class CannotRun(Exception):
    """There is no Ceph here and it cannot be installed."""


class DidNotStart(Exception):
    """There is a Ceph and it does not work: that is no reason to leave its tests out."""


def install() -> None:
    """Install Ceph from the distribution's packages unless it is there."""
    if shutil.which("radosgw") and shutil.which("ceph-mon") and shutil.which("ceph-osd"):
        return
    sudo = [] if os.getuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (sudo and not shutil.which("sudo")):
        raise CannotRun("Ceph is not installed, and this is no Debian with root or sudo")
    install = [*sudo, "apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]
    for command in (install, [*sudo, "apt-get", "update"], install):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if command is install and done.returncode == 0:
            return
    raise CannotRun(f"Ceph cannot be installed: {done.stderr[-300:]}")


def free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def listens(port: int) -> bool:
    """Tell whether somebody listens on a port here."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Rgw:
    """A running cluster."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Stop the parts, the gateway first, for it waits for the others."""
        for name in ("client.rgw", "osd.0", "mon.a"):
            for path in self.folder.glob(f"run/{name}*.pid"):
                _end(int(path.read_text().strip() or 0))


def _end(pid: int) -> None:
    # Nothing in there is worth an orderly stop.
    if pid > 1:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def start(folder: Path) -> Rgw:
    """Make a cluster in an empty folder and start it; about fifteen seconds."""
    install()
    port, mon_port = free_ports(2)
    for name in ("mon", "osd", "run", "log", "rgw"):
        (folder / name).mkdir(parents=True)
    config = folder / "ceph.conf"
    fsid, osd_id = uuid.uuid4(), uuid.uuid4()
    config.write_text(_CONFIG.format(fsid=fsid, mon_port=mon_port, folder=folder, port=port))

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"CEPH_CONF": str(config)}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240
        )
        if done.returncode:
            raise DidNotStart(f"{' '.join(command)}: {done.stderr[-500:]}")
        return done

    cluster = Rgw(folder, port)
    try:
        _make_keys(run)
        monmap = ("monmaptool", "--create", "--clobber", "--fsid", str(fsid))
        run(*monmap, "--addv", "a", f"[v2:127.0.0.1:{mon_port}]", "monmap")
        mkfs = ("--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "mon.keyring")
        run("ceph-mon", "-c", str(config), *mkfs)
        run("ceph-mon", "-c", str(config), "-i", "a")
        run("ceph", "-c", str(config), "--connect-timeout", "120", "osd", "new", str(osd_id), "0")
        run("ceph-osd", "-c", str(config), "-i", "0", "--mkfs", "--osd-uuid", str(osd_id))
        run("ceph-osd", "-c", str(config), "-i", "0")
        _wait(lambda: "1 up" in run("ceph", "-c", str(config), "osd", "stat").stdout)
        admin = ("radosgw-admin", "-c", str(config), "-n", "client.rgw")
        keys = (f"--access-key={ACCESS_KEY}", f"--secret={SECRET_KEY}")
        caps = "--caps=roles=*;user-policy=*"
        run(*admin, "user", "create", "--uid=test", "--display-name=test", *keys, caps)
        trust = f"--assume-role-policy-doc={json.dumps(_TRUST)}"
        run(*admin, "role", "create", "--role-name=bauhof", "--path=/", trust)
        policy = ("--policy-name=all", f"--policy-doc={json.dumps(_ALL)}")
        run(*admin, "role-policy", "put", "--role-name=bauhof", *policy)
        run("radosgw", "-c", str(config), "-n", "client.rgw")
        _wait(lambda: listens(port))
    except BaseException:
        cluster.stop()
        raise
    return cluster


def _make_keys(run: Callable[..., object]) -> None:
    every = [part for what in ("osd", "mgr", "mds") for part in ("--cap", what, "allow *")]
    create = ("--create-keyring", "keyring", "--gen-key", "-n", "client.admin")
    run("ceph-authtool", *create, "--cap", "mon", "allow *", *every)
    rights = ("--cap", "mon", "allow rwx", "--cap", "osd", "allow rwx")
    run("ceph-authtool", "keyring", "--gen-key", "-n", "client.rgw", *rights)
    rights = ("--cap", "mon", "allow profile osd", "--cap", "osd", "allow *")
    create = ("--create-keyring", "osd/keyring", "--gen-key", "-n", "osd.0")
    run("ceph-authtool", *create, *rights)
    create = ("--create-keyring", "mon.keyring", "--gen-key", "-n", "mon.")
    run("ceph-authtool", *create, "--cap", "mon", "allow *")
    run("ceph-authtool", "mon.keyring", "--import-keyring", "keyring")
    run("ceph-authtool", "mon.keyring", "--import-keyring", "osd/keyring")


def _wait(ready: Callable[[], bool], seconds: float = 240) -> None:
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise DidNotStart("Ceph did not come up in time")
        time.sleep(0.2)
