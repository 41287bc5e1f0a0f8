"""The forward proxy by which parts of the platform ask hosts elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from deployment.config import ProxySettings
from deployment.errors import ConfigProblem

#: Never asked by way of a proxy, whatever else is said.
_NEAR = ("localhost", "127.0.0.1", "::1")


def check(settings: ProxySettings) -> None:
    """Raise if the address is none of a proxy, or would show a login to whoever looks."""
    if settings.url is None:
        return
    try:
        parts = urlsplit(settings.url)
        has_port = parts.port is not None
    except ValueError:
        parts, has_port = urlsplit(""), False
    if parts.username is not None or parts.password is not None:
        raise ConfigProblem(
            "proxy.url: may hold no login, which could be read by looking at a container",
            field="proxy.url",
            hint="Set proxy.url (the environment names one too) to a proxy that asks for none, e.g."
            " one of this machine which logs in at the other.",
        )
    if parts.scheme != "http" or not parts.hostname or not has_port or parts.path.strip("/"):
        raise ConfigProblem("proxy.url: must be http://HOST:PORT", field="proxy.url")


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings that the variables of other programs amount to; none for none."""
    url = _said(environ, "HTTPS_PROXY") or _said(environ, "ALL_PROXY")
    if not url:
        return {}
    words = [word.strip().removeprefix("*") for word in _said(environ, "NO_PROXY").split(",")]
    address = url if "://" in url else f"http://{url}"
    return {"url": address.rstrip("/"), "exceptions": [word for word in words if word]}


def found(settings: ProxySettings, environ: Mapping[str, str]) -> ProxySettings:
    """Return the proxy of the settings, or that of the environment where they name none.

    Raises:
        ConfigProblem: it cannot be used.
    """
    said = {} if settings.url else from_environment(environ)
    chosen = ProxySettings(said["url"], tuple(said["exceptions"])) if said else settings
    check(chosen)
    return chosen


def _said(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.lower()) or ""


def of_sources(settings: ProxySettings) -> dict[str, Any]:
    """Return what the app store is told, which asks git hosts and registries."""
    if settings.url is None:
        return {}
    return {"proxy": settings.url, "proxy_exceptions": list(settings.exceptions)}


def of_gateway(settings: ProxySettings, inside: Iterable[str] = ()) -> Mapping[str, str]:
    """Return the variables of the gateway, which asks an authority for certificates.

    By https alone: its way to the services is plain http and never by way of a proxy.
    """
    if settings.url is None:
        return {}
    near = (*_NEAR, *inside, *settings.exceptions)
    return {"HTTPS_PROXY": settings.url, "NO_PROXY": ",".join(dict.fromkeys(near))}
