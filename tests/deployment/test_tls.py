"""`bauhof tls`: certificates that are made and taken in, settings written, plain http refused."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deployment import embedded, tls
from deployment.cli import command_line
from deployment.config import GatewaySettings, Settings, TlsSettings, load_settings, write_section
from deployment.embedded import with_plain_port
from deployment.errors import ConfigProblem, Exit, PortTaken
from deployment.home import Home
from deployment.ports import listen
from gateway_server.caddy import Tls

NAMES = ("lab.example", "127.0.0.1", "::1")


def internal(home: Home, names: tuple[str, ...] = NAMES) -> TlsSettings:
    made = TlsSettings(mode="internal", names=names)
    home.secrets_dir.mkdir(parents=True, exist_ok=True)
    tls.prepare(home, made)
    return made


def files(home: Home) -> dict[str, str]:
    return {path.name: path.read_text() for path in home.secrets_dir.iterdir()}


def run(home: Home, *words: str) -> tuple[int, dict]:
    done = CliRunner().invoke(command_line(), ["tls", *words, "--home", str(home.root), "--json"])
    return done.exit_code, json.loads(done.stdout or done.stderr)


def test_a_certificate_is_made_once_and_keys_are_private(home: Home) -> None:
    made = internal(home)
    before = files(home)
    tls.prepare(home, made)
    assert files(home) == before
    assert {*before} == {"tls-root", "tls-root-key", "tls-certificate", "tls-key"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in home.secrets_dir.iterdir())
    assert tls.authority(home, made) == [before["tls-root"]]
    context = ssl.create_default_context(cadata=before["tls-root"])
    context.load_cert_chain(home.secrets_dir / "tls-certificate", home.secrets_dir / "tls-key")


def test_other_names_or_a_broken_file_bring_a_new_certificate_of_the_same_root(home: Home) -> None:
    internal(home)
    before = files(home)
    internal(home, ("other.example",))
    after = files(home)
    assert after["tls-root"] == before["tls-root"]
    assert after["tls-certificate"] != before["tls-certificate"]
    (home.secrets_dir / "tls-certificate").write_text("no certificate")
    internal(home, ("other.example",))
    assert files(home)["tls-certificate"].startswith("-----BEGIN")


def test_a_certificate_of_ones_own_is_taken_in_with_its_names(home: Home, folder: Path) -> None:
    other = Home(folder / "other")
    internal(other)
    words = ("--cert", str(other.secrets_dir / "tls-certificate"))
    code, told = run(home, "enable", *words, "--key", str(other.secrets_dir / "tls-key"))
    assert code == 0, told
    assert (told["mode"], told["url"], told["root"]) == ("files", "https://lab.example", None)
    assert told["names"] == ["lab.example", "127.0.0.1", "::1"]
    assert files(home)["tls-key"] == files(other)["tls-key"]


def test_a_key_of_another_certificate_is_refused_and_nothing_kept(home: Home, folder: Path) -> None:
    one, two = Home(folder / "one"), Home(folder / "two")
    internal(one)
    internal(two)
    words = ("--cert", str(one.secrets_dir / "tls-certificate"))
    code, told = run(home, "enable", *words, "--key", str(two.secrets_dir / "tls-key"))
    assert code and told["error"]["field"] == "key"
    assert "is not the key of" in told["error"]["message"]
    assert not (home.secrets_dir / "tls-key").exists() and not home.config_file.exists()


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ((), "domain"),
        (("--internal", "--domain", "lab.example"), "domain"),
        (("--cert", "/nowhere/cert"), "domain"),
        (("--cert", "/nowhere/cert", "--key", "/nowhere/key"), "cert"),
        (("--domain", "lab.example", "--acme-root", "/nowhere/root"), "tls.acme_root"),
    ],
)
def test_what_cannot_be_is_refused_by_name(home: Home, words: tuple[str, ...], field: str) -> None:
    code, told = run(home, "enable", *words)
    assert code == Exit.CONFIG
    assert told["error"]["field"] == field


def test_a_domain_is_a_setting_and_nothing_else(home: Home) -> None:
    words = ("--domain", "lab.example", "--email", "ada@lab.example", "--port", "8443")
    code, told = run(home, "enable", *words)
    assert code == 0 and told["url"] == "https://lab.example:8443"
    settings = load_settings(home.config_file, {}, ())
    assert settings.tls.email == "ada@lab.example" and settings.tls.names == ("lab.example",)
    assert files(home) == {}
    assert run(home, "disable")[1]["mode"] == "off"
    assert load_settings(home.config_file, {}, ()).tls == TlsSettings()


def test_where_it_listens_stays_when_the_certificate_is_another(home: Home) -> None:
    home.root.mkdir(parents=True)
    place = {"host": "127.0.0.1", "port": 8443}
    write_section(
        home.config_file, "tls", {**place, "plain_port": 8080, "email": "ada@lab.example"}
    )
    assert run(home, "enable", "--internal", "--name", "lab.local")[0] == 0
    found = load_settings(home.config_file, {}, ()).tls
    assert (found.host, found.port, found.plain_port) == ("127.0.0.1", 8443, 8080)
    assert found.mode == "internal" and found.email is None
    assert run(home, "enable", "--internal", "--name", "lab.local", "--port", "9443")[0] == 0
    assert load_settings(home.config_file, {}, ()).tls.port == 9443


@pytest.mark.parametrize(
    ("settings", "port"),
    [
        (TlsSettings(mode="off"), None),
        (TlsSettings(mode="domain"), 80),
        (TlsSettings(mode="internal", port=8443), None),
        (TlsSettings(mode="files", port=8443, plain_port=8080), 8080),
        (TlsSettings(mode="domain", plain_port=0), None),
        (TlsSettings(mode="off", plain_port=80), None),
    ],
)
def test_the_port_from_which_http_is_sent_on(settings: TlsSettings, port: int | None) -> None:
    assert tls.plain_port(settings) == port


def test_a_domain_is_proved_by_http_on_port_80_alone() -> None:
    def part(**more: Any) -> Tls | None:
        given = TlsSettings(mode="domain", names=("lab.example",), **more)
        return tls.gateway_part(given, listen=":1", plain_listen=":2", secrets_dir=Path("/s"))

    usual, moved = part(), part(plain_port=8080)
    assert usual is not None and usual.proves_by_http and usual.plain_listen == ":2"
    assert moved is not None and not moved.proves_by_http


def test_a_port_that_is_taken_stops_a_start_only_if_it_was_asked_for() -> None:
    heard: list[dict[str, Any]] = []
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        asked = TlsSettings(mode="internal", host="127.0.0.1", port=8443, plain_port=port)
        with pytest.raises(PortTaken):
            with_plain_port(Settings(tls=asked), heard.append)
    assert heard == []


def test_where_80_is_taken_by_chance_https_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def shut(host: str, port: int) -> None:
        raise PortTaken(f"port {port} on {host} is taken")

    monkeypatch.setattr(embedded, "open_port", shut)
    heard: list[dict[str, Any]] = []
    found = with_plain_port(Settings(tls=TlsSettings(mode="domain")), heard.append)
    assert tls.plain_port(found.tls) is None
    assert "not sent on to https: port 80" in heard[0]["text"]


def test_a_section_is_put_in_place_of_the_old_one_and_all_else_stays(folder: Path) -> None:
    file = folder / "config.yaml"
    file.write_text(
        "# mine\ngateway:\n  port: 8100 # why\n"
        "tls:\n  mode: off\n  names:\n  - a\n# last\nfakts: {}"
    )
    write_section(file, "tls", {"mode": "domain", "names": ["b"], "email": None})
    kept = "# mine\ngateway:\n  port: 8100 # why\n"
    assert file.read_text().startswith(kept)
    assert file.read_text().endswith("fakts: {}\ntls:\n  mode: domain\n  names:\n  - b\n")
    assert file.read_text().count("tls:") == 1
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "door",
    [
        GatewaySettings(host="127.0.0.1"),
        GatewaySettings(host="::1"),
        GatewaySettings(host="0.0.0.0", insecure_lan=True),
        GatewaySettings(host="10.0.0.7", public_url="https://lab.example"),
    ],
)
def test_plain_http_stays_here_or_is_meant(door: GatewaySettings) -> None:
    tls.check(Settings(gateway=door))


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.7", "::"])
def test_plain_http_for_other_machines_needs_a_word(host: str) -> None:
    with pytest.raises(ConfigProblem, match="plain http") as refused:
        tls.check(Settings(gateway=GatewaySettings(host=host)))
    assert "bauhof tls enable" in (refused.value.hint or "")
    assert "insecure_lan" in (refused.value.hint or "")


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (TlsSettings(mode="on", names=("a",)), "tls.mode"),
        (TlsSettings(mode="domain"), "tls.names"),
    ],
)
def test_a_mode_that_is_none_is_named(settings: TlsSettings, field: str) -> None:
    with pytest.raises(ConfigProblem) as problem:
        tls.check(Settings(tls=settings))
    assert problem.value.field == field


def test_a_certificate_that_is_not_there_is_named(home: Home) -> None:
    home.secrets_dir.mkdir(parents=True)
    with pytest.raises(ConfigProblem, match="tls-certificate"):
        tls.prepare(home, TlsSettings(mode="files", names=("a",)))


def test_the_names_of_this_machine_are_its_name_and_its_addresses() -> None:
    names = tls.own_names()
    assert "localhost" in names and "127.0.0.1" in names
    assert not [name for name in names if name.startswith(("fe80", "["))]
