"""Writes the containers down: the compose file and what they read. Pure: same bytes twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from deployment.compose.parts import all_parts
from deployment.compose.plan import CORE, DOOR, OUTSIDE, REDIS_PORT, SECRETS, Plan

_HEAD = """\
# The platform in containers. Written by `bauhof build` from config.yaml: change that, not this.
# Paths are those of an installation's folder, which `bauhof init` makes with secrets and keys;
# BAUHOF_IMAGE, BAUHOF_USER and BAUHOF_REVISION stand in the file .env beside it.
"""


def compose_file(plan: Plan) -> str:
    """Return the text of `docker-compose.yml`."""
    parts = all_parts(plan)
    named = sorted({name for part in parts.values() for name in part.get("secrets", [])})
    document = {
        "name": "bauhof",
        "services": parts,
        "networks": {CORE: {"internal": True}, DOOR: {}, OUTSIDE: {}},
        "secrets": {name: {"file": f"./secrets/{name}"} for name in named},
    }
    return _HEAD + yaml.dump(document, Dumper=_Plain, sort_keys=False, width=100)


def client_authentication(services: Sequence[str]) -> str:
    """Return `pg_hba.conf`: each role reaches its own database, the superuser only this machine."""
    rows = ["local all all scram-sha-256"]
    rows += [f"host {name} {name} all scram-sha-256" for name in services]
    return "\n".join(rows) + "\n"


def redis_configuration() -> str:
    """Return `redis.conf`; the users are in a secret of their own."""
    lines = [
        f"port {REDIS_PORT}",
        "bind * -::*",
        f"aclfile {SECRETS}/redis.acl",
        "dir /var/lib/bauhof/redis",
        "appendonly yes",
        "save 300 1",
        "maxmemory 96mb",
        "maxmemory-policy noeviction",
        'logfile ""',
    ]
    return "\n".join(lines) + "\n"


def redis_users(passwords: Mapping[str, str]) -> str:
    """Return the access list: a user per service, confined to keys of its own; nobody else."""
    # It is this user who replays what was written to disk: with no rights, every transaction of
    # before would be left out at a start. Nobody can log in as it.
    rows = ["user default off resetpass ~* &* +@all"]
    for name in sorted(passwords):
        digest = hashlib.sha256(passwords[name].encode()).hexdigest()
        rows.append(
            f"user {name} on #{digest} ~{name}:* resetchannels &{name}:* "
            "+@all -@admin -@dangerous +info"
        )
    return "\n".join(rows) + "\n"


def revision(texts: Mapping[str, str]) -> str:
    """Return a word that changes with any of the files."""
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(f"{name} {len(texts[name])}\n{texts[name]}".encode())
    return digest.hexdigest()[:16]


class _Plain(yaml.SafeDumper):
    """Writes what is said twice twice: a reader should not have to look up anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never refer to another place."""
        return True
