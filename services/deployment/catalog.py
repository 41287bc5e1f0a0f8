"""The table of services. The supervisor knows a service by its row here and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """One service process of the platform."""

    name: str
    package: str
    #: Service identifier that apps require in their manifest; None when apps never ask for it.
    identifier: str | None
    #: Path below the prefix that clients probe before they trust an address.
    challenge: str = "ht"
    #: Key of the instance in what apps are told; empty means the name.
    instance: str = ""
    #: False for a program of its own: no Django, no database, no identity to prove.
    is_django: bool = True
    #: True when it answers at the root of the origin instead of below its name.
    at_root: bool = False
    #: True when it has work of its own, done by the clock.
    has_jobs: bool = False
    #: True when it asks hosts outside of the installation.
    goes_out: bool = False

    @property
    def prefix(self) -> str:
        """Path below the gateway under which the service answers."""
        return "" if self.at_root else f"/{self.name}"


SERVICES: tuple[Service, ...] = (
    Service(name="fakts", package="fakts_server", identifier=None, has_jobs=True),
    Service(name="rekuest", package="rekuest_server", identifier="live.arkitekt.rekuest"),
    Service(name="mikro", package="mikro_server", identifier="live.arkitekt.mikro", has_jobs=True),
    Service(
        name="kabinet",
        package="kabinet_server",
        identifier="live.arkitekt.kabinet",
        has_jobs=True,
        # Git hosts and registries.
        goes_out=True,
    ),
    # Our S3 front: clients sign the path, so its buckets live at the root.
    Service(
        name="objectstore",
        package="chassis.objectstore.front",
        identifier="live.arkitekt.s3",
        challenge="minio/health/live",
        instance="s3",
        is_django=False,
        at_root=True,
    ),
)


def service_names(services: tuple[Service, ...] = SERVICES) -> tuple[str, ...]:
    """Return the names in the order in which the services start."""
    return tuple(service.name for service in services)
