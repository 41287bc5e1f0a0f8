"""What a container is granted on its machine: the decision over what a flavour asks for.

A capability names the container's side only. The host's side comes from the machine (declared as
qualifiers `capability.<kind>`, for devices `capability.device.<class>`) or from the person.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kabinet_server.domain.facts import Facts

Capability = Mapping[str, Any]

#: Root by another name; only an admin can grant them.
DENIED_CAPS = frozenset(
    {
        "ALL",
        "SYS_ADMIN",
        "SYS_MODULE",
        "SYS_RAWIO",
        "SYS_BOOT",
        "MAC_ADMIN",
        "BPF",
        "DAC_READ_SEARCH",
    }
)
#: No container gets these folders of its host, nor any folder that holds one of them.
FORBIDDEN_FOLDERS = (
    "/etc",
    "/root",
    "/proc",
    "/sys",
    "/dev",
    "/boot",
    "/run",
    "/var/run",
    "/var/lib/docker",
    "/var/lib/containers",
)
#: Kinds that every machine can provide unless it says otherwise.
_EVERYWHERE = frozenset({"folder", "host_network", "linux_capability", "shared_memory"})


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person decided about a capability; `host` is the host's side where one is asked."""

    is_granted: bool
    host: str | None = None
    is_writable: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """One capability as it is given: what the deployer adds to the container."""

    name: str
    kind: str
    target: str | None = None
    host: str | None = None
    is_writable: bool = False
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is granted, what is left out, and what stands in the way."""

    grants: tuple[Grant, ...]
    left_out: tuple[str, ...]
    problems: tuple[str, ...]


def cap_name(cap: str) -> str:
    """Return a Linux capability without its prefix."""
    return cap.upper().removeprefix("CAP_")


def options(capability: Capability, facts: Facts) -> tuple[str, ...] | None:
    """Return the host's devices for a capability; empty if it needs none, None if it has none."""
    kind = str(capability["kind"])
    if kind == "device":
        listed = facts.text(f"capability.device.{capability.get('device_class')}") or ""
        return tuple(one.strip() for one in listed.split(",") if one.strip()) or None
    declared = facts.text(f"capability.{kind}")
    if declared is None:
        return () if kind in _EVERYWHERE else None
    return None if declared.strip().lower() in {"", "false", "no"} else ()


def missing(capabilities: Iterable[Capability], facts: Facts) -> list[str]:
    """Return the reason for each required capability that a resource cannot provide."""
    return [
        f"capability {one['name']}: this machine cannot provide {_what(one)}"
        for one in capabilities
        if one.get("required", True) and options(one, facts) is None
    ]


def _what(capability: Capability) -> str:
    if capability["kind"] == "device":
        return f"a {capability.get('device_class')} device"
    return f"a {str(capability['kind']).replace('_', ' ')}"


def decide(
    capabilities: Sequence[Capability],
    consents: Mapping[str, Consent],
    facts: Facts | None = None,
    *,
    is_admin: bool = False,
    allowed_folders: Sequence[str] = (),
) -> Decision:
    """Apply the decision table. Without `facts` the machine is taken to provide everything."""
    grants, left_out, problems = [], [], _shared_targets(capabilities)
    for one in capabilities:
        name, required = str(one["name"]), bool(one.get("required", True))
        consent = consents.get(name)
        provided = () if facts is None else options(one, facts)
        if provided is None or consent is None or not consent.is_granted:
            if required:
                problems.append(_refusal(name, one, consent, provided))
            else:
                left_out.append(name)
            continue
        grant, problem = _grant(one, consent, provided, is_admin, allowed_folders)
        if grant is not None:
            grants.append(grant)
        elif required:
            problems.append(f"capability {name}: {problem}")
        else:
            left_out.append(name)
    return Decision(tuple(grants), tuple(left_out), tuple(problems))


def _refusal(
    name: str, capability: Capability, consent: Consent | None, provided: tuple[str, ...] | None
) -> str:
    if provided is None:
        return f"capability {name}: this machine cannot provide {_what(capability)}"
    decided = "was declined" if consent is not None else "needs your decision"
    return f"capability {name}: {_what(capability)} {decided}"


def _shared_targets(capabilities: Sequence[Capability]) -> list[str]:
    seen: dict[str, str] = {}
    problems = []
    for one in capabilities:
        target = one.get("target")
        if target is None:
            continue
        path = posixpath.normpath(str(target))
        if path in seen:
            problems.append(f"capability {one['name']}: {path} is the target of {seen[path]} too")
        seen.setdefault(path, str(one["name"]))
    return problems


def _grant(
    capability: Capability,
    consent: Consent,
    provided: tuple[str, ...],
    is_admin: bool,
    allowed_folders: Sequence[str],
) -> tuple[Grant | None, str]:
    name, kind = str(capability["name"]), str(capability["kind"])
    target = capability.get("target")
    if kind == "container_engine":
        if not is_admin:
            return None, "the container engine is as good as root; an admin has to agree"
        return Grant(name, kind, target=target), ""
    if kind == "linux_capability":
        cap = cap_name(str(capability["cap"]))
        if cap in DENIED_CAPS and not is_admin:
            return None, f"{cap} is as good as root; an admin has to agree"
        return Grant(name, kind, value=cap), ""
    if kind == "device":
        return _device(capability, consent, provided)
    if kind == "folder":
        return _folder(capability, consent, allowed_folders)
    value = str(capability["min"]) if kind == "shared_memory" else None
    return Grant(name, kind, value=value), ""


def _device(
    capability: Capability, consent: Consent, provided: tuple[str, ...]
) -> tuple[Grant | None, str]:
    host = consent.host or (provided[0] if len(provided) == 1 else None)
    if host is None and len(provided) > 1:
        return None, f"several devices match, choose one of {', '.join(provided)}"
    if host is not None and provided and host not in provided:
        return None, f"there is no device {host}; there are {', '.join(provided)}"
    if host is not None and not _is_device(host):
        return None, f"{host} is not a device below /dev"
    return (
        Grant(str(capability["name"]), "device", target=capability.get("target"), host=host),
        "",
    )


def _is_device(path: str) -> bool:
    return path.startswith("/dev/") and posixpath.normpath(path) == path


def _folder(
    capability: Capability, consent: Consent, allowed_folders: Sequence[str]
) -> tuple[Grant | None, str]:
    if consent.host is None:
        return None, "say which folder of the host it gets"
    problem = folder_problem(consent.host, allowed_folders)
    if problem is not None:
        return None, problem
    wants_to_write = not capability.get("read_only", True)
    if wants_to_write and not consent.is_writable:
        return None, "the app writes to this folder; agree to that or decline"
    return (
        Grant(
            str(capability["name"]),
            "folder",
            target=capability.get("target"),
            host=posixpath.normpath(consent.host),
            is_writable=wants_to_write,
        ),
        "",
    )


def folder_problem(path: str, allowed: Sequence[str] = ()) -> str | None:
    """Return why a folder of the host may not be given away, or None.

    Links are the deployer's to resolve before it asks again.
    """
    clean = posixpath.normpath(path)
    if not path.startswith("/") or ".." in path.split("/") or clean in {"/", "//"}:
        return f"{path} is not a folder that may be given away"
    for forbidden in FORBIDDEN_FOLDERS:
        if _is_below(clean, forbidden) or _is_below(forbidden, clean):
            return f"{path} belongs to the system of the host"
    if allowed and not any(_is_below(clean, posixpath.normpath(one)) for one in allowed):
        return f"{path} is in none of the folders an admin allows: {', '.join(allowed)}"
    return None


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
