"""Https: a certificate in a file, one by ACME from a real authority, what both tell browsers."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from lane import Lane, until

from deployment import tls
from deployment.config import ProxySettings
from deployment.home import Home
from deployment.proxy import of_gateway
from deployment.tools import gateway_program
from gateway_server.caddy import HEALTH_PATH, Gateway, Tls, configuration, render

ROOT = Path(__file__).resolve().parents[2]
DOMAIN, AUTHORITY = "lab.example", "acme.example"
FETCH = """
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[1])
answer = urllib.request.urlopen(sys.argv[2], context=context, timeout=120)
print(answer.status, answer.headers["Strict-Transport-Security"])
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def home() -> Iterator[Home]:
    """A home with a certificate of its own authority for loopback."""
    with tempfile.TemporaryDirectory(prefix="tls-") as folder:
        made = Home(Path(folder))
        made.secrets_dir.mkdir()
        tls.prepare(made, tls.TlsSettings(mode="internal", names=(DOMAIN, "127.0.0.1")))
        yield made


def part(home: Home, port: int, *, strict: bool) -> Tls:
    return Tls(
        listen=f"127.0.0.1:{port}",
        names=(DOMAIN, "127.0.0.1"),
        certificate=str(home.secrets_dir / tls.CERTIFICATE),
        key=str(home.secrets_dir / tls.KEY),
        strict=strict,
    )


@pytest.fixture
def secure(lanes, home: Home) -> Lane:
    """A gateway with a certificate in a file."""
    port = free_port()
    lane = lanes(tls=part(home, port, strict=True))
    lane.secure_url = f"https://127.0.0.1:{port}"
    return lane


def test_both_ways_in_lead_to_the_same_services(secure: Lane, home: Home) -> None:
    context = ssl.create_default_context(cafile=str(home.secrets_dir / tls.ROOT))
    with httpx.Client(verify=context, base_url=secure.secure_url) as client:
        safe = client.get("/alpha/echo")
    plain = httpx.get(f"{secure.url}/alpha/echo")
    assert safe.status_code == plain.status_code
    assert safe.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in plain.headers


def test_who_does_not_know_the_authority_is_warned(secure: Lane) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(secure.secure_url)


def test_old_versions_of_tls_are_refused(secure: Lane, home: Home) -> None:
    context = ssl.create_default_context(cafile=str(home.secrets_dir / tls.ROOT))
    # Else this side would not even offer it.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(httpx.ConnectError):
        httpx.get(secure.secure_url, verify=context)


def test_an_authority_nobody_knows_binds_no_browser(home: Home) -> None:
    own = part(home, 1, strict=False)
    made = configuration(Gateway(routes=(), upstreams={}, site_dir="/s", storage_dir="/g", tls=own))
    assert "Strict-Transport-Security" not in json.dumps(made["apps"]["http"]["servers"]["secure"])


def test_plain_http_is_told_the_way_and_nothing_else(lanes, home: Home) -> None:
    port, plain = free_port(), free_port()
    own = replace(
        part(home, port, strict=True), plain_listen=f"127.0.0.1:{plain}", public_port=port
    )
    lanes(tls=own)
    for address in ("/", "/alpha/echo?a=b%20c", "/mikro-zarr/x"):
        answer = httpx.post(f"http://127.0.0.1:{plain}{address}")
        assert answer.status_code == 308 and answer.text == ""
        assert answer.headers["location"] == f"https://127.0.0.1:{port}{address}"


def test_the_usual_port_is_not_spelt_out_and_no_port_is_opened_unasked(home: Home) -> None:
    def servers(own: Tls) -> dict[str, Any]:
        given = Gateway(routes=(), upstreams={}, site_dir="/s", storage_dir="/g", tls=own)
        return configuration(given)["apps"]["http"]["servers"]

    usual = replace(part(home, 443, strict=True), plain_listen=":80")
    (route,) = servers(usual)["redirect"]["routes"]
    (location,) = route["handle"][0]["headers"]["Location"]
    assert location == "https://{http.request.host}{http.request.uri}"
    assert "redirect" not in servers(part(home, 443, strict=True))


class Country:
    """A network of its own, in which 443 is free and names lead to loopback."""

    def __init__(self) -> None:
        self.name = f"bh-{uuid.uuid4().hex[:8]}"
        self.files = Path("/etc/netns") / self.name
        self.started: list[subprocess.Popen[bytes]] = []

    def found(self) -> None:
        self.files.mkdir(parents=True)
        (self.files / "hosts").write_text(f"127.0.0.1 localhost {DOMAIN} {AUTHORITY}\n")
        (self.files / "resolv.conf").write_text("")
        (self.files / "nsswitch.conf").write_text("hosts: files\n")
        subprocess.run(["ip", "netns", "add", self.name], check=True, capture_output=True)
        subprocess.run(["ip", "-n", self.name, "link", "set", "lo", "up"], check=True)

    def words(self, *words: str) -> list[str]:
        return ["ip", "netns", "exec", self.name, *words]

    def start(self, folder: Path, *words: str, **variables: str) -> None:
        folder.mkdir()
        env = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), **variables}
        with (folder / "log").open("wb") as log:
            self.started.append(
                subprocess.Popen(self.words(*words), stdout=log, stderr=log, env=env)
            )

    def end(self) -> None:
        for process in self.started:
            process.terminate()
            process.wait()
        subprocess.run(["ip", "netns", "delete", self.name], capture_output=True)
        shutil.rmtree(self.files, ignore_errors=True)


@pytest.fixture
def country() -> Iterator[Country]:
    made = Country()
    try:
        made.found()
    except (OSError, subprocess.CalledProcessError) as error:
        made.end()
        pytest.skip(f"this user may not make a network of its own: {error}")
    try:
        yield made
    finally:
        made.end()


def authority(folder: Path) -> str:
    """The configuration of an ACME authority: Caddy's own."""
    issuer = {"module": "internal", "ca": "local"}
    served = {"handler": "acme_server", "ca": "local"}
    document = {
        "admin": {"disabled": True},
        "storage": {"module": "file_system", "root": str(folder / "store")},
        "apps": {
            "pki": {"certificate_authorities": {"local": {"install_trust": False}}},
            "tls": {
                "certificates": {"automate": [AUTHORITY]},
                "automation": {"policies": [{"subjects": [AUTHORITY], "issuers": [issuer]}]},
            },
            "http": {
                "servers": {
                    "acme": {
                        "listen": ["127.0.0.1:9443"],
                        "automatic_https": {"disable": True},
                        "tls_connection_policies": [{}],
                        "routes": [{"handle": [served]}],
                    }
                }
            },
        },
    }
    return json.dumps(document)


@pytest.mark.parametrize("way", ["tls-alpn", "http"])
def test_a_domain_gets_its_certificate_by_acme(country: Country, tmp_path: Path, way: str) -> None:
    certified(country, tmp_path, way)


def test_the_authority_is_asked_by_way_of_the_proxy(country: Country, tmp_path: Path) -> None:
    proxy = ROOT / "tests" / "kabinet" / "forward_proxy.py"
    country.start(tmp_path / "proxy", sys.executable, str(proxy), "3128")
    settings = ProxySettings("http://127.0.0.1:3128", ("elsewhere.example",))
    # Its own listeners and the services behind it are no business of the proxy.
    certified(country, tmp_path, "http", **of_gateway(settings, ["alpha"]))
    asked = (tmp_path / "proxy" / "log").read_text().split()
    assert {*asked} == {f"{AUTHORITY}:9443"}


def certified(country: Country, tmp_path: Path, way: str, **variables: str) -> None:
    """Have a gateway get the certificate of the domain, proved in one of two ways."""
    program = str(gateway_program())
    (tmp_path / "authority.json").write_text(authority(tmp_path))
    country.start(tmp_path / "authority", program, "run", "--config", f"{tmp_path}/authority.json")
    root = tmp_path / "store" / "pki" / "authorities" / "local" / "root.crt"
    until(root.exists, seconds=60)
    gateway = Gateway(
        routes=(),
        upstreams={},
        site_dir=str(tmp_path),
        storage_dir=str(tmp_path / "certificates"),
        listen="127.0.0.1:8080",
        tls=Tls(
            listen="127.0.0.1:443",
            plain_listen="127.0.0.1:80",
            proves_by_http=True,
            names=(DOMAIN,),
            directory=f"https://{AUTHORITY}:9443/acme/local/directory",
            directory_root=str(root),
            email="ada@lab.example",
        ),
    )
    document = json.loads(render(gateway))
    (policy,) = document["apps"]["tls"]["automation"]["policies"]
    challenges = policy["issuers"][0]["challenges"]
    (other,) = challenges.keys() - {way}
    # As if the other port were shut: this one alone has to do.
    challenges[other] = {"disabled": True}
    (tmp_path / "gateway.json").write_text(json.dumps(document))
    words = (program, "run", "--config", f"{tmp_path}/gateway.json")
    country.start(tmp_path / "gateway", *words, **variables)
    said: list[str] = []

    def answered() -> bool:
        url = f"https://{DOMAIN}{HEALTH_PATH}"
        words = country.words(sys.executable, "-c", FETCH, str(root), url)
        done = subprocess.run(words, capture_output=True, text=True)
        said.append(done.stdout + done.stderr)
        return done.returncode == 0

    with contextlib.suppress(AssertionError):
        until(answered, seconds=120)
    log = (tmp_path / "gateway" / "log").read_text()
    assert said[-1].strip() == "200 max-age=31536000", f"{said[-1][-500:]}\n{log[-3000:]}"
    kept = [path.name for path in (tmp_path / "certificates").rglob("*.crt")]
    assert kept == [f"{DOMAIN}.crt"]
