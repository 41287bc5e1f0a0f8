"""Renders the table of routes as a Caddy configuration. Pure: the same input, the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway_server.errorpages import error_routes
from gateway_server.routes import ASSETS, FRAMED_PAGE, PAGES, Route

Json = dict[str, Any]

#: The supervisor opens the socket and hands it over as this descriptor.
HANDED_OVER = "fd/3"
#: Where the gateway says that it is up.
HEALTH_PATH = "/_gateway/health"
#: Headers by which a proxy says where a request came from; ours alone may set them.
_FORWARDED = (
    "Forwarded",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-Server",
    "X-Forwarded-Ssl",
    "X-Original-Url",
    "X-Real-Ip",
    "X-Rewrite-Url",
)
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: The nonce is the request's own id, which Caddy also writes into the page: the component library
#: puts its theme into a style element, and no other one may be run.
_DASHBOARD_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{http.request.uuid}'; "
    "img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
    "frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
)
_HTTPS_PORT = 443
_IDLE_SECONDS = 300
#: Shorter than the 5 s after which the services close an idle connection: a request sent at that
#: very moment would be lost.
_KEEP_IDLE = "3s"


@dataclass(frozen=True)
class Tls:
    """How the gateway speaks https, beside its plain listener."""

    listen: str
    #: Names and addresses it is reached under; the first is meant by callers that say none.
    names: Sequence[str]
    #: Files with the chain and its key; without them a certificate is got by ACME.
    certificate: str | None = None
    key: str | None = None
    email: str | None = None
    directory: str | None = None
    directory_root: str | None = None
    #: Tell browsers never to come by plain http again; not for an authority they may not know.
    strict: bool = True
    #: Where plain http is sent on to https; None where nothing listens for it.
    plain_listen: str | None = None
    #: Port of https as others see it.
    public_port: int = 443
    #: An ACME authority may come to the plain listener, too.
    proves_by_http: bool = False


@dataclass(frozen=True)
class Gateway:
    """Everything the configuration depends on."""

    routes: Sequence[Route]
    #: Dial address of each service, e.g. `unix//run/fakts.sock` or `fakts:80`.
    upstreams: Mapping[str, str]
    site_dir: str
    storage_dir: str
    #: Folder of the built dashboard; without one a plain status page is shown.
    dashboard_dir: str | None = None
    listen: str = HANDED_OVER
    access_log: str | None = None
    log_mb: int = 10
    log_files: int = 5
    park_seconds: float = 6.0
    stop_seconds: float = 2.0
    expose_metrics: bool = False
    trusted_proxies: Sequence[str] = ()
    tls: Tls | None = None
    #: Where it tells its metrics, for the service that passes them on; never an open address.
    metrics_listen: str | None = None


def render(gateway: Gateway) -> str:
    """Return the configuration as JSON text."""
    return json.dumps(configuration(gateway), indent=2, sort_keys=True) + "\n"


def configuration(gateway: Gateway) -> Json:
    """Return the configuration as a JSON object."""
    plain = _server(gateway) | {"listen": [gateway.listen], "protocols": ["h1"]}
    servers = {"gateway": plain}
    apps: Json = {
        "http": {"grace_period": _seconds(gateway.stop_seconds), "servers": servers},
    }
    if gateway.tls is not None:
        servers["secure"] = _secure(_server(gateway), gateway.tls)
        apps["tls"] = _certificates(gateway.tls)
        if gateway.tls.plain_listen is not None:
            servers["redirect"] = _redirect(gateway.tls, gateway.tls.plain_listen)
    if gateway.metrics_listen is not None:
        apps["http"]["metrics"] = {}
        servers["metrics"] = {
            "listen": [gateway.metrics_listen],
            "protocols": ["h1"],
            "automatic_https": {"disable": True},
            "routes": [{"handle": [{"handler": "metrics"}]}],
        }
    return {
        "admin": {"disabled": True, "config": {"persist": False}},
        "logging": {"logs": _logs(gateway)},
        "storage": {"module": "file_system", "root": gateway.storage_dir},
        "apps": apps,
    }


def _server(gateway: Gateway) -> Json:
    server: Json = {
        # Certificates and listeners are said one by one.
        "automatic_https": {"disable": True},
        "read_header_timeout": "20s",
        "idle_timeout": f"{_IDLE_SECONDS}s",
        "max_header_bytes": 65536,
        "routes": _routes(gateway),
        "errors": {"routes": error_routes()},
    }
    if gateway.trusted_proxies:
        server["trusted_proxies"] = {
            "source": "static",
            "ranges": list(gateway.trusted_proxies),
        }
        server["trusted_proxies_strict"] = 1
    if gateway.access_log is not None:
        server["logs"] = {"default_logger_name": "access"}
    return server


def _secure(server: Json, tls: Tls) -> Json:
    """Return the same server behind TLS."""
    policy: Json = {"protocol_min": "tls1.2"}
    if tls.certificate is not None:
        # One certificate for all names; who asks by an address says no name.
        policy |= {"default_sni": tls.names[0], "fallback_sni": tls.names[0]}
    routes = list(server["routes"])
    if tls.strict:
        age = {"Strict-Transport-Security": ["max-age=31536000"]}
        routes.insert(0, {"handle": [{"handler": "headers", "response": {"set": age}}]})
    return server | {
        "listen": [tls.listen],
        "protocols": ["h1", "h2"],
        "tls_connection_policies": [policy],
        "routes": routes,
    }


def _redirect(tls: Tls, listen: str) -> Json:
    """Return a server that knows nothing but the way to https."""
    port = "" if tls.public_port == _HTTPS_PORT else f":{tls.public_port}"
    answer = {
        "handler": "static_response",
        "status_code": 308,
        "headers": {"Location": [f"https://{{http.request.host}}{port}{{http.request.uri}}"]},
    }
    return {
        "listen": [listen],
        "protocols": ["h1"],
        "automatic_https": {"disable": True},
        "read_header_timeout": "20s",
        "max_header_bytes": 65536,
        "routes": [{"handle": [answer]}],
    }


def _port_of(listen: str) -> int:
    return int(listen.rsplit(":", 1)[1])


def _certificates(tls: Tls) -> Json:
    if tls.certificate is not None:
        files = {"certificate": tls.certificate, "key": tls.key}
        return {"certificates": {"load_files": [files]}}
    # Proved on the port of https itself, so that no other one need be open, or on that of http.
    by_http: Json = {"disabled": True}
    if tls.plain_listen is not None and tls.proves_by_http:
        by_http = {"alternate_port": _port_of(tls.plain_listen)}
    issuer: Json = {
        "module": "acme",
        "challenges": {"http": by_http, "tls-alpn": {"alternate_port": _port_of(tls.listen)}},
    }
    if tls.directory is not None:
        issuer["ca"] = tls.directory
    if tls.email is not None:
        issuer["email"] = tls.email
    if tls.directory_root is not None:
        issuer["trusted_roots_pem_files"] = [tls.directory_root]
    return {
        "certificates": {"automate": list(tls.names)},
        "automation": {"policies": [{"subjects": list(tls.names), "issuers": [issuer]}]},
    }


def _seconds(value: float) -> str:
    return f"{value:g}s"


def _routes(gateway: Gateway) -> list[Json]:
    routes: list[Json] = []
    if not gateway.expose_metrics:
        names = dict.fromkeys(route.service for route in gateway.routes)
        hidden = [f"/{name}/metrics{rest}" for name in names for rest in ("", "/*")]
        routes.append(_final(hidden, [_error(404)]))
    routes.append(_final([HEALTH_PATH], _healthy()))
    routes += [_final(list(route.paths), _proxy(gateway, route)) for route in gateway.routes]
    if gateway.dashboard_dir is not None:
        routes += _dashboard(gateway.dashboard_dir)
    routes.append(_final(["/", "/_gateway/*"], _site(gateway)))
    routes.append({"handle": [_error(404)]})
    return routes


def _final(paths: list[str], handlers: list[Json]) -> Json:
    return {"match": [{"path": paths}], "handle": handlers, "terminal": True}


def _error(status: int) -> Json:
    return {"handler": "error", "status_code": status}


#: What a service or Caddy says about itself concerns nobody outside.
_ANONYMOUS: Json = {
    "handler": "headers",
    "response": {"delete": ["Server", "Via"], "deferred": True},
}


def _proxy(gateway: Gateway, route: Route) -> list[Json]:
    handlers: list[Json] = [_ANONYMOUS]
    if route.body_bytes is not None:
        # Zero would mean no limit.
        handlers.append({"handler": "request_body", "max_size": max(route.body_bytes, 1)})
    proxy: Json = {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": gateway.upstreams[route.service]}],
        # Bytes go out as they come in: uploads, downloads, event streams, websockets.
        "flush_interval": -1,
        # A request that cannot be delivered waits for the service to come back.
        "load_balancing": {
            "try_duration": _seconds(gateway.park_seconds),
            "try_interval": "100ms",
        },
        "headers": {
            "request": {"delete": list(_FORWARDED)},
        },
        "transport": {
            "protocol": "http",
            "dial_timeout": "3s",
            "keep_alive": {
                "enabled": True,
                "idle_timeout": _KEEP_IDLE,
                "max_idle_conns_per_host": 64,
            },
            "compression": False,
        },
    }
    handlers.append(proxy)
    return handlers


def _healthy() -> list[Json]:
    """Answer the supervisor, who asks often, without a line in the access log."""
    return [{"handler": "vars", "log_skip": True}, {"handler": "static_response", "body": "ok\n"}]


def _site(gateway: Gateway) -> list[Json]:
    return [
        _headers(
            {
                "Content-Security-Policy": [_PAGE_POLICY],
                "Cache-Control": ["no-cache"],
                "X-Frame-Options": ["DENY"],
            }
        ),
        {"handler": "file_server", "root": gateway.site_dir, "index_names": ["index.html"]},
    ]


def _dashboard(folder: str) -> list[Json]:
    """Hashed files that never change, and one page for every address of the dashboard."""
    kept = _headers({"Cache-Control": ["public, max-age=31536000, immutable"]})
    files: Json = {"handler": "file_server", "root": folder, "index_names": []}
    strip: Json = {"handler": "rewrite", "strip_path_prefix": ASSETS}
    squeeze: Json = {
        "handler": "encode",
        "encodings": {"gzip": {}},
        "minimum_length": 1024,
    }
    return [
        _final([f"{ASSETS}/*"], [kept, squeeze, strip, files]),
        # Browsers ask for it on pages that name no icon, such as the login.
        _final(["/favicon.ico"], [kept, {"handler": "rewrite", "uri": "/icon.svg"}, files]),
        _final([FRAMED_PAGE], _application(folder, ancestors="'self'")),
        _final(list(PAGES), _application(folder, ancestors="'none'")),
    ]


def _application(folder: str, *, ancestors: str) -> list[Json]:
    return [
        _headers(
            {
                "Content-Security-Policy": [f"{_DASHBOARD_POLICY}frame-ancestors {ancestors}"],
                "Cache-Control": ["no-store"],
                "Cross-Origin-Opener-Policy": ["same-origin"],
                "Permissions-Policy": ["camera=(), geolocation=(), microphone=()"],
                "X-Frame-Options": ["SAMEORIGIN" if ancestors == "'self'" else "DENY"],
            }
        ),
        {"handler": "rewrite", "uri": "/index.html"},
        {"handler": "templates", "file_root": folder},
        {"handler": "file_server", "root": folder},
    ]


def _headers(values: Mapping[str, list[str]]) -> Json:
    common = {"Referrer-Policy": ["no-referrer"], "X-Content-Type-Options": ["nosniff"]}
    return {
        "handler": "headers",
        "response": {"set": {**common, **values}, "delete": ["Server"], "deferred": True},
    }


def _logs(gateway: Gateway) -> Json:
    logs: Json = {
        "default": {
            "level": "INFO",
            "writer": {"output": "stderr"},
            "encoder": {"format": "json", "time_format": "rfc3339_nano"},
            "exclude": ["http.log.access"],
        }
    }
    if gateway.access_log is None:
        return logs
    logs["access"] = {
        "level": "INFO",
        "include": ["http.log.access.access"],
        "writer": {
            "output": "file",
            "filename": gateway.access_log,
            "mode": "0600",
            "roll_size_mb": gateway.log_mb,
            "roll_keep": gateway.log_files,
            "roll_gzip": False,
        },
        "encoder": {
            "format": "filter",
            "wrap": {"format": "json", "time_format": "rfc3339_nano"},
            "fields": {
                # Query strings carry signatures and codes, headers carry tokens.
                "request>uri": {"filter": "multi_regexp", "operations": _uri_filters(gateway)},
                "request>headers": {"filter": "delete"},
                "resp_headers": {"filter": "delete"},
            },
        },
    }
    return logs


def _uri_filters(gateway: Gateway) -> list[Json]:
    operations: list[Json] = [{"regexp": r"\?.*$", "value": ""}]
    for route in gateway.routes:
        for path in route.secret_paths:
            operations.append({"regexp": f"^({path})[^/]+", "value": "${1}-"})
    return operations
