"""`bauhof tls enable | disable | show`: https of the gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from deployment import tls as certificates
from deployment.commands.answers import show
from deployment.commands.compose import settings_of
from deployment.config import read_section, write_section
from deployment.console import HomeOption, JsonOption, home_of, one_line_errors
from deployment.errors import ConfigProblem, no_installation
from deployment.home import Home, make_root, readable_errors

tls = typer.Typer(no_args_is_help=True, help="Https of the gateway.")

_DOORS = ("host", "port", "plain_port")
_AGAIN = "It holds from the next start: bauhof down, then bauhof up (or bauhof compose up)"


@tls.command("enable")
def tls_enable(
    domain: Annotated[
        list[str] | None, typer.Option(help="Name that leads here from the internet; by ACME.")
    ] = None,
    internal: Annotated[
        bool, typer.Option("--internal", help="Certificates of an authority of our own.")
    ] = False,
    cert: Annotated[
        Path | None, typer.Option(help="File with a certificate and its chain.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="File with its key.")] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(help="With --internal: name or address.  [default: all of this machine]"),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.  [default: all]")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port to listen on.  [default: 443]")
    ] = None,
    email: Annotated[
        str | None, typer.Option(help="With --domain: whom the authority may write to.")
    ] = None,
    acme_directory: Annotated[
        str | None, typer.Option(help="With --domain: another ACME directory.")
    ] = None,
    acme_root: Annotated[
        Path | None, typer.Option(help="With --acme-directory: root certificate of its address.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Have the gateway speak https, in one of three ways."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        ways = [bool(domain), internal, cert is not None]
        if sum(ways) != 1 or (cert is None) != (key is None):
            raise ConfigProblem(
                "say one of --domain NAME, --internal, or --cert FILE with --key FILE",
                field="domain",
            )
        _make_folders(place)
        # Where it listens stays when only the certificate is another.
        before = read_section(place.config_file, "tls")
        section: dict[str, Any] = {key: before[key] for key in _DOORS if key in before}
        section |= {key: said for key, said in (("host", host), ("port", port)) if said is not None}
        if domain:
            root = str(acme_root.absolute()) if acme_root else None
            section |= {"mode": certificates.DOMAIN, "names": list(domain), "email": email}
            section |= {"acme_directory": acme_directory, "acme_root": root}
        elif internal:
            names = tuple(name or ()) or certificates.own_names()
            section |= {"mode": certificates.INTERNAL, "names": list(names)}
        else:
            assert cert is not None and key is not None
            found = certificates.take_in(place, cert, key)
            section |= {"mode": certificates.FILES, "names": list(found)}
        write_section(place.config_file, "tls", section)
        _show(place, as_json=json)


@tls.command("disable")
def tls_disable(home: HomeOption = None, json: JsonOption = False) -> None:
    """Speak plain http on loopback alone again; certificates and keys stay."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        write_section(place.config_file, "tls", {"mode": certificates.OFF})
        _show(place, as_json=json)


@tls.command("show")
def tls_show(home: HomeOption = None, json: JsonOption = False) -> None:
    """Show how the gateway speaks https, and which root certificate browsers have to know."""
    with one_line_errors(as_json=json):
        place = home_of(home)
        _show(place, as_json=json, sentence="")


def _make_folders(home: Home) -> None:
    with readable_errors(home):
        make_root(home)
        home.secrets_dir.mkdir(mode=0o700, exist_ok=True)


def _show(home: Home, *, as_json: bool, sentence: str = _AGAIN) -> None:
    settings = settings_of(home)
    certificates.check(settings)
    found = settings.tls
    if found.mode != certificates.OFF:
        if not home.secrets_dir.is_dir():
            raise no_installation(home.root)
        certificates.prepare(home, found)
    root = home.secrets_dir / certificates.ROOT
    result = {
        "mode": found.mode,
        "url": certificates.origin(found),
        "names": list(found.names),
        "root": str(root) if found.mode == certificates.INTERNAL else None,
    }
    lines = [f"https is {found.mode}" + (f": {result['url']}" if result["url"] else "")]
    if result["root"]:
        lines.append(f"browsers have to know the root certificate {root}")
    show(result, "\n".join([*lines, *filter(None, [sentence])]), as_json=as_json)
