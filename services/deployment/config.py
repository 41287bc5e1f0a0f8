"""Settings of the installation itself: `gateway`, `tls`, `proxy`, `postgres` and so on.

Plain dataclasses: the supervisor stays small and never loads Django. The services' own sections
are passed on to them unread. The environment wins: `GATEWAY__PORT=9000`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import yaml

from deployment.errors import ConfigProblem
from deployment.home import write_private

ENV_SEPARATOR = "__"


def _key(default: Any, description: str, *, least: float | None = None) -> Any:
    """Declare one key: its default, what it means and, for numbers, the smallest value."""
    metadata = {"description": description, "least": least}
    if isinstance(default, tuple):
        return field(default_factory=lambda: default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class GatewaySettings:
    """The one door to the platform."""

    host: str = _key(
        "127.0.0.1", "Address to listen on for plain http; others than loopback need a reason."
    )
    insecure_lan: bool = _key(
        False,
        "Speak plain http to other machines. Whoever is in between can read passwords and tokens,"
        " and every client has to be told FAKTS_ALLOW_INSECURE_TRANSPORT=1.",
    )
    port: int | None = _key(
        None, "Port to listen on; without one 8000, or the next free one.", least=0
    )
    public_url: str | None = _key(
        None, "Origin as users type it, when another proxy stands in front."
    )
    allowed_hosts: tuple[str, ...] = _key(
        (), "Host names to answer besides loopback and, when bound to the network, this machine's."
    )
    trusted_proxies: tuple[str, ...] = _key(
        (), "Addresses or ranges of proxies whose X-Forwarded headers are believed."
    )
    park_seconds: float = _key(
        6.0,
        "How long a request waits for a service that is restarting. Keep it below the 10 s that"
        " agents wait for a websocket.",
        least=0,
    )
    stop_seconds: float = _key(2.0, "How long open requests may finish when stopping.", least=0)
    expose_metrics: bool = _key(False, "Serve each service's /metrics to the outside.")
    buckets: tuple[str, ...] = _key((), "Buckets served at the root besides `<service>-<kind>`.")
    access_log: bool = _key(True, "Write an access log, without query strings and headers.")


@dataclass(frozen=True)
class TlsSettings:
    """Https of the gateway; `bauhof tls enable` writes this section."""

    mode: str = _key(
        "off",
        "`domain`: a certificate by ACME; `files`: secrets/tls-certificate and secrets/tls-key;"
        " `internal`: of an authority of this installation's own.",
    )
    names: tuple[str, ...] = _key((), "Names and addresses under which the gateway is reached.")
    host: str = _key("0.0.0.0", "Address to listen on for https.")  # noqa: S104 - it is meant
    port: int = _key(443, "Port for https.", least=1)
    plain_port: int | None = _key(
        None,
        "Port on which browsers that come by plain http are sent to https, and on which a domain"
        " may be proved; without one 80 where `port` is 443, else none. 0: none.",
        least=0,
    )
    email: str | None = _key(None, "Whom the ACME authority may write to.")
    acme_directory: str | None = _key(
        None, "Address of another ACME directory; without one Let's Encrypt."
    )
    acme_root: str | None = _key(
        None, "File with the root certificate by which that directory's address is checked."
    )


@dataclass(frozen=True)
class ProxySettings:
    """The forward proxy of a network from which nothing else leads out."""

    url: str | None = _key(
        None,
        "`http://HOST:PORT`: by it git hosts, registries and an ACME authority are asked. It may"
        " hold no login.",
    )
    exceptions: tuple[str, ...] = _key(
        (),
        "Names, domains (`.example.org`: what is below), addresses and ranges that are asked"
        " without it.",
    )


@dataclass(frozen=True)
class PostgresSettings:
    """The embedded database server."""

    shared_buffers_mb: int = _key(48, "Page cache shared by all connections.", least=16)
    max_connections: int = _key(100, "Most connections at once, all services together.", least=20)
    max_wal_mb: int = _key(512, "Write-ahead log kept between checkpoints.", least=64)


@dataclass(frozen=True)
class SupervisorSettings:
    """How children are started, watched and stopped."""

    start_seconds: float = _key(120.0, "How long a start may take until all is healthy.", least=1)
    stop_seconds: float = _key(
        10.0, "How long a child may take to stop before it is killed.", least=0
    )
    restart_first_seconds: float = _key(0.2, "Wait before the first restart.", least=0)
    restart_most_seconds: float = _key(15.0, "Longest wait before a restart.", least=0)
    restart_forgive_seconds: float = _key(
        30.0, "A child that lived this long restarts without waiting again.", least=0
    )
    log_mb: float = _key(10.0, "Size at which a log is rotated.", least=0.001)
    log_files: int = _key(5, "Rotated logs that are kept.", least=0)


@dataclass(frozen=True)
class ComposeSettings:
    """The installation in containers."""

    image: str | None = _key(
        None, "Image of the platform; without one `bauhof` with the version of this program."
    )
    memory_gb: int = _key(4, "Memory of the machine, by which limits are chosen.", least=2)
    workers: bool = _key(
        True, "Run jobs in containers of their own, with a Redis; otherwise the services do."
    )
    store: str = _key(
        "front",
        "Object store: `front` is our own, `silo` a MinIO-compatible server in a container, an"
        " address (http://...) any S3 with STS, keys in secrets/s3-access and secrets/s3-secret.",
    )
    silo_image: str = _key(
        "docker.io/pgsty/silo:RELEASE.2026-09-16T00-00-00Z",
        "Image of the store `silo`; with a digest (name@sha256:...) never another than you saw.",
    )
    profiles: tuple[str, ...] = _key(
        (),
        "What runs besides: `engine` runs apps of the store on this engine, `backup` makes backups"
        " by itself.",
    )
    engine_organization: str = _key("default", "Organization whose apps `engine` runs.")
    engine_user: str = _key("admin", "Person it acts for: an admin or a deployer.")
    engine_socket: str = _key("/var/run/docker.sock", "Socket of the engine it uses.")
    engine_variables: tuple[str, ...] = _key(
        (), "What it is told besides, e.g. `BAUHOF_ENGINE_MEMORY_MB=8192`."
    )
    backup_folder: str | None = _key(
        None, "Folder of the backups `backup` makes; without one that beside the home."
    )
    backup_hours: float = _key(24.0, "Hours from one backup to the next.", least=0.01)
    backup_keep: int = _key(14, "How many backups are kept.", least=1)


@dataclass(frozen=True)
class Settings:
    """Everything an installation was told."""

    gateway: GatewaySettings = field(default_factory=GatewaySettings)
    tls: TlsSettings = field(default_factory=TlsSettings)
    proxy: ProxySettings = field(default_factory=ProxySettings)
    postgres: PostgresSettings = field(default_factory=PostgresSettings)
    supervisor: SupervisorSettings = field(default_factory=SupervisorSettings)
    compose: ComposeSettings = field(default_factory=ComposeSettings)
    #: The services' sections of the file, passed on as they are.
    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


SECTIONS: dict[str, type[Any]] = {
    "gateway": GatewaySettings,
    "tls": TlsSettings,
    "proxy": ProxySettings,
    "postgres": PostgresSettings,
    "supervisor": SupervisorSettings,
    "compose": ComposeSettings,
}


@dataclass(frozen=True)
class KeyDescription:
    """One key as the reference page lists it."""

    path: str
    variable: str
    type: str
    default: Any
    description: str


def describe() -> list[KeyDescription]:
    """Return every key of the installation, for the reference page."""
    rows = []
    for section, kind in SECTIONS.items():
        hints = get_type_hints(kind)
        for item in dataclasses.fields(kind):
            rows.append(
                KeyDescription(
                    path=f"{section}.{item.name}",
                    variable=f"{section}{ENV_SEPARATOR}{item.name}".upper(),
                    type=_type_name(hints[item.name]),
                    default=getattr(kind(), item.name),
                    description=item.metadata["description"],
                )
            )
    return rows


def load_settings(
    file: Path, environ: Mapping[str, str], service_names: tuple[str, ...]
) -> Settings:
    """Read the file and the environment; a wrong key is named with what is allowed."""
    document = _document(file)
    allowed = (*SECTIONS, *service_names)
    for name, body in document.items():
        if name not in allowed:
            raise _unknown(str(name), allowed)
        if not isinstance(body, dict):
            raise ConfigProblem(f"{name}: must be a section with keys", field=str(name))
    built: dict[str, Any] = {}
    for name, kind in SECTIONS.items():
        values = {**document.get(name, {}), **_from_environment(name, environ)}
        built[name] = _build(name, kind, values)
    services = {name: document.get(name, {}) for name in service_names}
    return Settings(services=services, **built)


def read_section(file: Path, name: str) -> dict[str, Any]:
    """Return what the file says of a section; nothing if it does not name it."""
    return dict(_document(file).get(name) or {})


def write_section(file: Path, name: str, values: Mapping[str, Any]) -> None:
    """Put a section into the file in place of the one that is there; all else stays as written.

    Raises:
        ConfigProblem: the file cannot be read or written.
    """
    _document(file)
    try:
        lines = file.read_text(encoding="utf8").splitlines(keepends=True) if file.exists() else []
        kept, inside = [], False
        for line in lines:
            begins = bool(line.strip()) and line[0] not in " \t#-}]"
            inside = line.split(":")[0].strip("'\" ") == name if begins else inside
            if not inside:
                kept.append(line)
        given = {key: value for key, value in values.items() if value is not None}
        if kept and not kept[-1].endswith("\n"):
            kept.append("\n")
        text = "".join(kept) + yaml.safe_dump({name: given}, sort_keys=True)
        write_private(file, text)
    except OSError as error:
        raise ConfigProblem(f"cannot write {file}: {error.strerror}") from error


def _document(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigProblem(f"cannot read {file}: {error.strerror}") from error
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigProblem(f"{file} is not YAML: {error}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigProblem(f"{file} must hold one section per part")
    return {key: {} if value is None else value for key, value in document.items()}


def _from_environment(section: str, environ: Mapping[str, str]) -> dict[str, Any]:
    prefix = section.upper() + ENV_SEPARATOR
    found = {}
    for variable in environ:
        if variable.startswith(prefix):
            found[variable[len(prefix) :].lower()] = yaml.safe_load(environ[variable])
    return found


def _build(section: str, kind: type[Any], values: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    known = {item.name: item for item in dataclasses.fields(kind)}
    checked = {}
    for name, value in values.items():
        path = f"{section}.{name}"
        if name not in known:
            raise _unknown(path, tuple(f"{section}.{other}" for other in known))
        checked[name] = _check(path, hints[name], value, known[name].metadata["least"])
    return kind(**checked)


def _check(path: str, hint: Any, value: Any, least: float | None) -> Any:
    if value is None and type(None) in get_args(hint):
        return None
    kind = next((k for k in get_args(hint) if k is not type(None)), hint)
    if get_origin(hint) is tuple:
        words = value if isinstance(value, list) else [value]
        if not all(isinstance(word, str) for word in words):
            raise ConfigProblem(f"{path}: must be a list of words (got {value!r})", field=path)
        return tuple(words)
    accepted = (int, float) if kind is float else (kind,)
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise ConfigProblem(f"{path}: must be {_type_name(hint)} (got {value!r})", field=path)
    if least is not None and value < least:
        raise ConfigProblem(f"{path}: must be {least:g} or more (got {value!r})", field=path)
    return kind(value)


def _type_name(hint: Any) -> str:
    if get_origin(hint) is tuple:
        return "a list of words"
    names = {int: "a whole number", float: "a number", str: "a word", bool: "true or false"}
    parts = [names[k] for k in (get_args(hint) or (hint,)) if k is not type(None)]
    return " or ".join(parts) + (" or nothing" if type(None) in get_args(hint) else "")


def _unknown(path: str, allowed: tuple[str, ...]) -> ConfigProblem:
    return ConfigProblem(
        f"{path}: there is no such key; allowed are {', '.join(allowed)}", field=path
    )
