"""What the children of the embedded platform read: written at every start, from the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.challenge import public_key
from deployment import addresses, postgres, proxy, tls
from deployment.catalog import Service, service_names
from deployment.config import Settings
from deployment.errors import ConfigProblem
from deployment.home import Home, write_private
from deployment.render import STORE_FRONT, Facts, render_services
from deployment.version import version
from gateway_server.caddy import Gateway
from gateway_server.caddy import render as render_gateway
from gateway_server.page import dashboard_dir, render_site
from gateway_server.routes import routes_for

#: Socket on which the gateway tells its metrics.
GATEWAY_METRICS = "metrics"


@dataclass(frozen=True)
class Door:
    """Where the gateway of this run is."""

    #: Address it listens on.
    host: str
    #: Address users type.
    url: str
    #: Address as seen from this machine.
    local_url: str


def write_configuration(
    home: Home, settings: Settings, *, services: Sequence[Service], issuer: str, door: Door
) -> None:
    """Write the configuration of the services and of the gateway, and the gateway's own page."""
    tls.prepare(home, settings.tls)
    write_private(home.services_file, _services(home, settings, services, issuer, door))
    write_private(home.gateway_file, _gateway(home, settings, service_names(tuple(services))))
    for name, text in render_site(
        services=service_names(tuple(services)), version=version()
    ).items():
        path = home.site_dir / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, text)


def _services(
    home: Home, settings: Settings, services: Sequence[Service], issuer: str, door: Door
) -> str:
    proving = [service for service in services if service.is_django]
    facts = Facts(
        services=services,
        state_root=home.state_dir("fakts").parent,
        secrets_dir=home.secrets_dir,
        objects_dir=home.objects_dir,
        store_socket=home.socket(STORE_FRONT),
        orders_socket=home.orders_socket,
        gateway_metrics=str(home.socket(GATEWAY_METRICS)),
        database_host=str(home.postgres_socket_dir),
        database_port=postgres.PORT,
        public_url=door.url,
        local_url=door.local_url,
        allowed_hosts=addresses.allowed_hosts(
            door.host,
            public_url=settings.gateway.public_url,
            extra=(*settings.gateway.allowed_hosts, *tls.host_values(settings.tls)),
        ),
        certificates=tls.authority(home, settings.tls),
        issuer=issuer,
        proxy=proxy.of_sources(settings.proxy),
        public_keys={one.name: public_key(home.state_dir(one.name)) for one in proving},
    )
    return render_services(facts, settings.services)


def _gateway(home: Home, settings: Settings, names: tuple[str, ...]) -> str:
    door, secure = settings.gateway, settings.tls
    plain = tls.plain_port(secure)
    try:
        table = routes_for(buckets=door.buckets)
    except ValueError as error:
        raise ConfigProblem(f"gateway.buckets: {error}", field="gateway.buckets") from None
    gateway = Gateway(
        routes=[route for route in table if route.service in names],
        upstreams={name: f"unix/{home.socket(name)}" for name in names},
        site_dir=str(home.site_dir),
        dashboard_dir=dashboard_dir(),
        storage_dir=str(home.gateway_dir),
        access_log=str(home.log_file("access")) if door.access_log else None,
        log_mb=max(1, int(settings.supervisor.log_mb)),
        log_files=settings.supervisor.log_files,
        park_seconds=door.park_seconds,
        stop_seconds=door.stop_seconds,
        expose_metrics=door.expose_metrics,
        trusted_proxies=door.trusted_proxies,
        metrics_listen=f"unix/{home.socket(GATEWAY_METRICS)}|0600",
        tls=tls.gateway_part(
            secure,
            listen=addresses.place(secure.host, secure.port),
            plain_listen=addresses.place(secure.host, plain) if plain else None,
            secrets_dir=home.secrets_dir,
        ),
    )
    return render_gateway(gateway)
