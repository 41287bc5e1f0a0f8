"""From a flavour to the container that runs it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from deployers.core.errors import StoreRefused
from deployers.core.labels import Belonging, to_labels
from deployers.core.model import Flavour, Gpu, Image, Key, Limits, Spec, Values, as_text
from deployers.core.settings import Door, Settings

_UNSAFE = re.compile(r"[^a-z0-9_.-]+")
#: A folder of its own inside the container, in memory.
_SCRAPS = "/tmp"  # noqa: S108
#: A folder that lives as long as the container. Images have it, open to every user, and an engine
#: gives an empty volume the rights of the folder it covers.
KEPT = "/var/tmp"  # noqa: S108 - a path inside of a container, on a volume of its own
_JOURNAL = f"{KEPT}/rekuest_journal.db"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOTHING = Values()
_ROOT = frozenset({"", "0", "root", "0:0", "root:root"})


def container_name(engine: str, deployment: str) -> str:
    """Return the one name a deployment's container can have: the engine refuses a second one."""
    return f"bauhof-{engine[:8]}-{deployment}"


def volume_name(engine: str, identifier: str, path: str) -> str:
    """Return the volume of an app's folder: the same for every version, so data stays."""
    slug = _UNSAFE.sub("-", identifier.lower()).strip("-.")
    digest = hashlib.sha256(f"{identifier}\0{path}".encode()).hexdigest()[:8]
    return f"bauhof-{engine[:8]}-{slug[:60]}-{digest}"


def limits_for(selectors: Sequence[Mapping[str, Any]], usual: Limits) -> Limits:
    """Raise the usual limits to what a flavour says it needs."""
    memory, cpus = usual.memory, usual.cpus
    for selector in selectors:
        if selector.get("kind") == "ram":
            memory = max(memory, int(selector.get("min") or 0))
        elif selector.get("kind") == "cpu":
            cpus = max(cpus, float(selector.get("min_count") or 0))
    return Limits(
        memory=memory,
        cpus=cpus,
        pids=usual.pids,
        shared_memory=usual.shared_memory,
        log_mb=usual.log_mb,
        log_files=usual.log_files,
    )


def _set_by_people(values: Values) -> dict[str, str]:
    """Return parameters and secrets as variables; one that cannot be a variable is refused."""
    given = {**values.params, **values.secrets}
    for name in given:
        if _VARIABLE.fullmatch(name) is None:
            raise StoreRefused(
                f"{name!r} is set for this app and cannot be a variable: use letters, digits and _."
            )
    return {name: as_text(value) for name, value in given.items()}


def environment(
    door: Door, key: Key, settings: Settings, values: Values = _NOTHING
) -> dict[str, str]:
    """Return what the app's client reads: the key here, for no client reads it from a file.

    What people set for the app stands beside it and never takes the place of what the client needs.
    """
    found = _set_by_people(values) | {
        "FAKTS_URL": door.url,
        "FAKTS_MANDATE_KEY": key.secret,
        "ARKITEKT_SUPERVISOR": settings.agent,
        "ARKITEKT_MESH": "0",
        # The client keeps its session there; the user of the image may have no home to write to,
        # and with a key a session is not worth keeping.
        "XDG_STATE_HOME": _SCRAPS,
        "XDG_CONFIG_HOME": _SCRAPS,
        "XDG_CACHE_HOME": _SCRAPS,
        # What the platform has not acknowledged yet is told again after a restart; the client's
        # own place for it is below the folder of the app, where its user may not write.
        "REKUEST_JOURNAL_PATH": _JOURNAL,
    }
    if settings.read_only:
        found["HOME"] = _SCRAPS
    if settings.device:
        found["ARKITEKT_DEVICE_ID"] = settings.device
    if door.is_insecure:
        found["FAKTS_ALLOW_INSECURE_TRANSPORT"] = "1"
    return found


def specify(
    *,
    flavour: Flavour,
    image: Image,
    belonging: Belonging,
    key: Key,
    door: Door,
    network: str,
    cards: Sequence[Gpu],
    settings: Settings,
    values: Values = _NOTHING,
) -> Spec:
    """Return the container for a flavour. Pure: the same input gives the same container."""
    identity = flavour.identifier
    return Spec(
        name=container_name(settings.engine, belonging.deployment),
        image=image.id,
        # No argument is a secret: a command line can be read by everyone on the machine.
        command=("arkitekt", "run", "prod", flavour.entrypoint, "--headless"),
        env=environment(door, key, settings, values),
        labels=to_labels(belonging),
        limits=limits_for(flavour.selectors, settings.limits),
        network=network,
        hosts=door.hosts,
        volumes={path: volume_name(settings.engine, identity, path) for path in image.volumes},
        gpus=tuple(cards),
        read_only=settings.read_only,
        user=_user(image),
    )


def _user(image: Image) -> str | None:
    """Leave the image's own user; one that names none starts as root, without its powers."""
    return None if image.user in _ROOT else image.user
