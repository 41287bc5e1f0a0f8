"""From a container to make to what the Docker engine is asked. Pure."""

from __future__ import annotations

from typing import Any

from deployers.core.model import Gpu, GpuKind, Limits, Spec
from deployers.core.specifying import KEPT

_MB = 1024 * 1024
_CPU_PERIOD = 100_000
#: A crash is tried again a few times; an end on purpose is an end.
_RETRIES = 5
#: Node of the driver shared by all AMD cards.
_KFD = "/dev/kfd"


def container_body(spec: Spec) -> dict[str, Any]:
    """Return the body of `POST /containers/create`."""
    body: dict[str, Any] = {
        "Image": spec.image,
        "Cmd": list(spec.command),
        "Env": [f"{name}={value}" for name, value in sorted(spec.env.items())],
        "Labels": dict(spec.labels),
        "StopTimeout": spec.stop_seconds,
        # Whatever the image says: the command is the app's.
        "Tty": False,
        "OpenStdin": False,
        "HostConfig": _host(spec),
        "NetworkingConfig": {"EndpointsConfig": {spec.network: {}}},
    }
    if spec.user is not None:
        body["User"] = spec.user
    return body


def _host(spec: Spec) -> dict[str, Any]:
    limits = spec.limits
    host: dict[str, Any] = {
        "NetworkMode": spec.network,
        "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": _RETRIES},
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges:true"],
        "Privileged": False,
        # Orphans of an app's own children are reaped.
        "Init": True,
        "ReadonlyRootfs": spec.read_only,
        "ExtraHosts": [f"{name}:{address}" for name, address in sorted(spec.hosts.items())],
        "Mounts": _mounts(spec),
        "Tmpfs": {"/tmp": "rw,nosuid,nodev,mode=1777"},  # noqa: S108 - inside the container
        **_limits(limits),
    }
    host.update(_cards(spec.gpus))
    return host


def _mounts(spec: Spec) -> list[dict[str, Any]]:
    """Return the app's volumes, and one without a name that is removed with the container."""
    named = [
        {"Type": "volume", "Source": name, "Target": path}
        for path, name in sorted(spec.volumes.items())
    ]
    kept = [] if KEPT in spec.volumes else [{"Type": "volume", "Target": KEPT}]
    return named + kept


def _limits(limits: Limits) -> dict[str, Any]:
    return {
        "Memory": limits.memory * _MB,
        # No swap on top: an app that needs more is killed and says so, the host stays well.
        "MemorySwap": limits.memory * _MB,
        "CpuPeriod": _CPU_PERIOD,
        "CpuQuota": int(limits.cpus * _CPU_PERIOD),
        "PidsLimit": limits.pids,
        "ShmSize": limits.shared_memory * _MB,
        "LogConfig": {
            "Type": "json-file",
            "Config": {"max-size": f"{limits.log_mb}m", "max-file": str(limits.log_files)},
        },
    }


def _cards(cards: tuple[Gpu, ...]) -> dict[str, Any]:
    """Give exactly the chosen cards, never all there are."""
    found: dict[str, Any] = {}
    nvidia = [card.id for card in cards if card.kind is GpuKind.CUDA]
    if nvidia:
        found["DeviceRequests"] = [
            {"Driver": "nvidia", "DeviceIDs": nvidia, "Capabilities": [["gpu"]]}
        ]
    files = sorted({path for card in cards for path in card.files})
    if any(card.kind is GpuKind.ROCM for card in cards):
        files = [_KFD, *(path for path in files if path != _KFD)]
    if files:
        found["Devices"] = [
            {"PathOnHost": path, "PathInContainer": path, "CgroupPermissions": "rw"}
            for path in files
        ]
        # The groups that own these files; by name, the container's own numbers.
        found["GroupAdd"] = ["video", "render"]
    return found
