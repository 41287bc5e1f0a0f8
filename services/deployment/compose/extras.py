"""The containers that are started on demand: one runs apps, one makes backups. Pure.

Each is of a profile of its own; the settings name the profiles that are wanted.
"""

from __future__ import annotations

from deployment import addresses
from deployment.compose.plan import (
    ALIVE,
    CORE,
    ENGINE_SOCKET,
    RESTS,
    SECRETS,
    Part,
    Plan,
    part,
    python,
    touches,
)

#: Where the image keeps the packages of the deployer, which are not those of the services.
_DEPLOYER_PYTHON = "/opt/deployer/bin/python"
_INSIDE_SOCKET = "/run/docker.sock"
_PLACE = "/var/lib/bauhof"
_HOME = f"{_PLACE}/home"
_VAULT = f"{_PLACE}/backups"
#: What the deployer logs in with.
ENGINE_KEY = "engine-key"
#: Folder of the home in which a backup is put together.
WORK = "work"


def deployer(plan: Plan) -> Part:
    """Return the container that runs apps of the store on the engine it stands on itself.

    It shares the network of the machine, as one started by hand does: the door of its apps is the
    address of their bridge there, and they reach neither each other nor any other container.
    """
    url = addresses.origin(plan.host, plan.port)
    words = ["bauhof", "engine", "docker", "--home", _PLACE, "--org", plan.engine_organization]
    words += ["--url", url, "--key-file", f"{SECRETS}/{ENGINE_KEY}", "--python", _DEPLOYER_PYTHON]
    made = part(
        plan,
        "deployer",
        words,
        profiles=["engine"],
        # Nothing else of the machine's: its engine listens to those of a group.
        group_add=["${BAUHOF_ENGINE_GROUP:-0}"],
        # On machines with SELinux a confined program may not speak to the engine at all.
        security_opt=["no-new-privileges:true", "label=disable"],
        network_mode="host",
        environment={
            **dict(pair.split("=", 1) for pair in plan.engine_variables),
            "HOME": "/tmp",  # noqa: S108 - its own
            "DOCKER_HOST": f"unix://{_INSIDE_SOCKET}",
            "BAUHOF_ENGINE_ALIVE": ALIVE,
            # Otherwise it is that of the container: one made anew would be another backend.
            "ARKITEKT_DEVICE_ID": "${COMPOSE_PROJECT_NAME:-bauhof}",
        },
        volumes=[f"./engine:{_PLACE}/engine", f"{ENGINE_SOCKET}:{_INSIDE_SOCKET}"],
        secrets=[ENGINE_KEY],
        depends_on={"gateway": RESTS},
        healthcheck=touches(90),
    )
    del made["networks"]
    return made


def backup(plan: Plan) -> Part:
    """Return the container that makes a backup now and then: it reads all and writes its folder."""
    words = ["--home", _HOME, "--to", _VAULT, "--alive", ALIVE]
    words += ["--hours", f"{plan.backup_hours:g}", "--keep", str(plan.backup_keep)]
    return part(
        plan,
        "backup",
        python("deployment.backup.regular", *words),
        profiles=["backup"],
        # Archives are opened where there is room for them.
        environment={"HOME": "/tmp", "TMPDIR": f"{_HOME}/{WORK}"},  # noqa: S108 - its own
        volumes=[
            f".:{_HOME}:ro",
            # Its way into the database, and its recovery key.
            f"./secrets:{_HOME}/secrets",
            f"./{WORK}:{_HOME}/{WORK}",
            f"${{BAUHOF_BACKUPS:-../bauhof-backups}}:{_VAULT}",
        ],
        depends_on={"postgres": RESTS},
        networks=[CORE],
        healthcheck=touches(90),
    )
