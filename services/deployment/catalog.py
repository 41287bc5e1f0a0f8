"""The table of services. The supervisor knows a service by its row here and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass

#: Identifier of the object store as apps require it; its front lives in the mikro process.
S3_IDENTIFIER = "live.arkitekt.s3"


@dataclass(frozen=True)
class Service:
    """One service process of the platform."""

    name: str
    package: str
    #: Service identifier that apps require in their manifest; None when apps never ask for it.
    identifier: str | None
    #: Path below the prefix that clients probe before they trust an address.
    challenge: str = "ht"

    @property
    def prefix(self) -> str:
        """Path below the gateway under which the service answers."""
        return f"/{self.name}"


SERVICES: tuple[Service, ...] = (
    Service(name="fakts", package="fakts_server", identifier=None),
    Service(name="rekuest", package="rekuest_server", identifier="live.arkitekt.rekuest"),
    Service(name="mikro", package="mikro_server", identifier="live.arkitekt.mikro"),
    Service(name="kabinet", package="kabinet_server", identifier="live.arkitekt.kabinet"),
)


def service_names(services: tuple[Service, ...] = SERVICES) -> tuple[str, ...]:
    """Return the names in the order in which the services start."""
    return tuple(service.name for service in services)
