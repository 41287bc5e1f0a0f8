"""The status page at the root: plain files, rendered once at start, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

_ASSETS = ("status.css", "status.js")
_DESCRIPTIONS = {
    "fakts": "People, apps and the handshake",
    "rekuest": "Actions, agents and tasks",
    "mikro": "Imaging data",
    "kabinet": "App store and containers",
    "objectstore": "Bytes of images and files",
}
#: Where a service tells how it is, when it is not `/<name>/ht`.
_HEALTH = {"objectstore": "/minio/health/live"}


def dashboard_dir() -> str | None:
    """Return the folder of the built dashboard, or None where it was not built."""
    folder = Path(str(files("gateway_server"))) / "dashboard"
    return str(folder) if (folder / "index.html").exists() else None


def render_site(*, services: Sequence[str], version: str) -> dict[str, str]:
    """Return the files of the page by their path."""
    assets = files("gateway_server") / "assets"
    template = (assets / "index.html").read_text(encoding="utf8")
    rows = "\n".join(_row(name) for name in services)
    page = template.replace("{{services}}", rows).replace("{{version}}", escape(version))
    site = {"index.html": page}
    for name in _ASSETS:
        site[f"_gateway/{name}"] = (assets / name).read_text(encoding="utf8")
    return site


def _row(name: str) -> str:
    word = escape(name)
    text = escape(_DESCRIPTIONS.get(name, ""))
    health = _HEALTH.get(name, f"/{word}/ht")
    return (
        f'      <li class="service" data-health="{health}">'
        f'<span class="dot" aria-hidden="true"></span>'
        f'<span class="name">{word}</span><span class="text">{text}</span>'
        f'<span class="state">&hellip;</span></li>'
    )
