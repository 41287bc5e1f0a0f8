"""`bauhof secrets rotate`: new passwords for databases and Redis, a new secret for the objects.

The keys that sign tokens are not rotated here: fakts does that by itself, in time, without logging
anybody out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.ids import new_secret
from deployment.config import Settings
from deployment.errors import no_installation
from deployment.home import Home, already_running, is_locked, write_private
from deployment.postgres import SUPERUSER, Cluster, serving
from deployment.render import STORE_FRONT

#: First word of the files with the passwords of the Redis, one for each service.
_BROKER = "redis"


@dataclass(frozen=True)
class Rotated:
    """What has a new secret now."""

    names: tuple[str, ...]


async def rotate(home: Home, settings: Settings, services: Sequence[str]) -> Rotated:
    """Replace the secrets; grants for objects that were given out end with it.

    Raises:
        AlreadyRunning: stop the platform first, its services know the old ones.
        DeploymentError: there is no installation here.
    """
    if is_locked(home):
        raise already_running(home)
    if home.is_new:
        raise no_installation(home.root)
    async with serving(home, settings.postgres) as cluster:
        there = set((await cluster.psql("SELECT rolname FROM pg_roles;")).split())
        roles = [name for name in services if name in there]
        # The superuser last: it is the one that sets the others.
        for role in (*roles, SUPERUSER):
            await _set_password(cluster, role)
    # Which passwords the Redis takes is written anew by the next `compose up`.
    brokers = sorted(path.name for path in home.secrets_dir.glob(f"{_BROKER}-*"))
    for name in (*brokers, STORE_FRONT):
        write_private(home.secrets_dir / name, new_secret())
    return Rotated((*roles, SUPERUSER, *brokers, STORE_FRONT))


async def _set_password(cluster: Cluster, role: str) -> None:
    password = new_secret()
    await cluster.psql(f"ALTER ROLE {role} PASSWORD '{password}';")
    write_private(cluster.password_file(role), password)
