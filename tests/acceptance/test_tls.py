"""Https of an authority of the installation's own, and what released clients make of it.

Their login knows certifi's bundle alone. Here a folder before it on the path stands for a bundle to
which somebody added the root, and it does so for the login only: what services show must be known
by the certificates that the login told.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from lab import Lab
from platform_handle import Platform, deployed

CERTIFI = '''
"""certifi with one more root, for those who log in."""

import importlib.machinery
import sys
from pathlib import Path

_FOUND = importlib.machinery.PathFinder.find_spec("certifi", [p for p in sys.path if p != {here!r}])
_USUAL = str(Path(_FOUND.origin).with_name("cacert.pem"))


def where():
    who = sys._getframe(1).f_globals["__name__"]
    return {bundle!r} if who.split(".")[0] == "fakts" else _USUAL


def contents():
    return Path(_USUAL).read_text()
'''


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def secure() -> Iterator[Platform]:
    """A platform that speaks https, too."""
    tls = {"TLS__MODE": "internal", "TLS__HOST": "127.0.0.1"}
    names = {"TLS__NAMES": json.dumps(["127.0.0.1", "localhost"])}
    with deployed(tls | names | {"TLS__PORT": str(free_port())}) as platform:
        yield platform


@pytest.fixture(scope="module")
def lab(secure: Platform, python: Path, tmp_path_factory) -> Iterator[Lab]:
    """A lab whose programs come by https."""
    folder = tmp_path_factory.mktemp("lab")
    with closing(Lab(secure, name="lab", folder=folder, python=python)) as lab:
        yield lab


@pytest.fixture(scope="module")
def trusting(secure: Platform, tmp_path_factory) -> str:
    """A path on which certifi knows the root for logins."""
    folder = tmp_path_factory.mktemp("trusting")
    bundle = folder / "bundle.pem"
    bundle.write_text((secure.home / "secrets" / "tls-root").read_text())
    (folder / "certifi").mkdir()
    text = CERTIFI.format(here=str(folder), bundle=str(bundle))
    (folder / "certifi" / "__init__.py").write_text(text)
    return str(folder)


def test_https_is_the_address_of_the_platform(secure: Platform) -> None:
    assert secure.url.startswith("https://127.0.0.1:")
    root = str(secure.home / "secrets" / "tls-root")
    context = ssl.create_default_context(cafile=root)
    found = httpx.get(f"{secure.url}/.well-known/fakts", verify=context).json()
    assert secure.url in json.dumps(found)


def test_clients_work_over_https_and_know_the_services_by_what_the_login_told(
    lab: Lab, trusting: str
) -> None:
    workshop = lab.start("workshop", "workshop", key=lab.key(), PYTHONPATH=trusting)
    workshop.wait(what="connection", state="registered")
    imaging = lab.start(
        "imaging", "imaging", key=lab.key(), PYTHONPATH=trusting, ONLY="plane,files"
    )
    imaging.ended(timeout=240)
    told = imaging.seen(what="check")
    assert len(told) == 2, imaging.errors.read_text()[-3000:]
    assert all(check["ok"] for check in told), told


def test_a_client_that_does_not_know_the_root_is_told_so(lab: Lab) -> None:
    stranger = lab.start("workshop", "stranger", key=lab.key())
    assert stranger.ended(timeout=120) != 0
    assert "certificate verify failed" in stranger.errors.read_text()


def test_loopback_goes_on_without_https(secure: Platform, lab: Lab) -> None:
    plain = json.loads((secure.home / "run.json").read_text())["local_url"]
    assert plain.startswith("http://127.0.0.1:")
    workshop = lab.start("workshop", "plain", key=lab.key(), FAKTS_URL=plain)
    workshop.wait(what="connection", state="registered")
