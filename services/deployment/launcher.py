"""Becomes a child of the supervisor: a script of its own, run with `python -I -S`.

It ties the child's life to the supervisor's, puts the listening socket on descriptor 3, changes
to the database's system user where asked, and then replaces itself with the real program.
Standard library only, so that it costs milliseconds.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *args: Any) -> None:
    if getattr(_libc(), name)(*args) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def _permitted() -> int:
    header, sets = _Header(CAPABILITY_VERSION_3, 0), (_Sets * 2)()
    _call("capget", ctypes.byref(header), ctypes.byref(sets))
    return int(sets[0].permitted)


def _keep_capability(number: int) -> None:
    header, sets = _Header(CAPABILITY_VERSION_3, 0), (_Sets * 2)()
    bit = 1 << number
    sets[0].effective = sets[0].permitted = sets[0].inheritable = bit
    _call("capset", ctypes.byref(header), ctypes.byref(sets))
    _call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0)


def become(*, uid: int, gid: int, capabilities: list[int]) -> None:
    """Change to another user; keep the first of `capabilities` that this process has."""
    capability = None
    if capabilities:
        held = _permitted()
        capability = next((c for c in capabilities if held & (1 << c)), None)
        _call("prctl", PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if capability is not None:
        _keep_capability(capability)


def die_with(parent: int, signal_number: int) -> None:
    """Have the kernel send a signal when the supervisor is gone, however it ended."""
    if sys.platform != "linux":
        return
    _call("prctl", PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit("the supervisor has ended")


def main(arguments: list[str]) -> None:
    """Carry out the plan in the first argument, then become the program in the rest."""
    plan = json.loads(arguments[0])
    command = arguments[1:]
    os.umask(0o077)
    if plan.get("folder"):
        os.chdir(plan["folder"])
    if plan.get("uid") is not None:
        become(uid=plan["uid"], gid=plan["gid"], capabilities=plan["capabilities"])
    die_with(plan["parent"], plan["death_signal"])
    if plan.get("listen_fd") is not None:
        os.dup2(plan["listen_fd"], 3, inheritable=True)
    os.execv(command[0], command)  # noqa: S606 - replacing this process is the point


if __name__ == "__main__":
    main(sys.argv[1:])
