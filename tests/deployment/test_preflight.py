"""`bauhof check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deployment import ports, preflight
from deployment.cli import command_line
from deployment.errors import ToolMissing
from deployment.home import Home, lock, prepare


def by_name(home: Home, **changes) -> dict[str, preflight.Finding]:
    values = {"port": 0, "environ": {}, **changes}
    return {finding.name: finding for finding in preflight.examine(home, **values)}


def test_a_good_machine_has_no_findings(home: Home) -> None:
    found = by_name(home)
    assert [f for f in found.values() if not f.ok] == []
    assert "PostgreSQL" in found["postgresql"].text
    assert found["gateway"].text.startswith("v2.")
    assert not home.root.exists()


def test_taken_ports_of_https_are_found(home: Home) -> None:
    assert by_name(home)["https"].text == "off"
    with ports.listen("127.0.0.1", 0) as one, ports.listen("127.0.0.1", 0) as other:
        taken, plain = (listener.getsockname()[1] for listener in (one, other))
        environ = {"TLS__MODE": "internal", "TLS__HOST": "127.0.0.1", "TLS__PORT": str(taken)}
        found = by_name(home, environ=environ)["https"]
        assert not found.ok and str(taken) in found.text and "tls.port" in found.hint
        one.close()
        environ["TLS__PLAIN_PORT"] = str(plain)
        found = by_name(home, environ=environ)["https"]
        assert not found.ok and str(plain) in found.text and "tls.plain_port: 0" in found.hint
        environ["TLS__PLAIN_PORT"] = "0"
        assert by_name(home, environ=environ)["https"].ok


def test_a_taken_port_is_found(home: Home) -> None:
    with ports.listen("127.0.0.1", 0) as taken:
        finding = by_name(home, port=taken.getsockname()[1])["port"]
    assert (finding.ok, bool(finding.hint)) == (False, True)


def test_a_home_that_cannot_be_written_is_found() -> None:
    for parent in ("/proc", "/dev/null"):
        finding = by_name(Home(Path(parent) / "home"))["home"]
        assert not finding.ok
        assert "--home" in finding.hint


def test_a_wrong_setting_is_found(home: Home) -> None:
    found = by_name(home, environ={"GATEWAY__PORT": "many"})
    assert "gateway.port" in found["config"].text
    assert not found["config"].ok


@pytest.mark.parametrize(
    ("constant", "value", "name"),
    [
        ("_LEAST_DISK", 10**18, "disk"),
        ("_LEAST_MEMORY", 10**18, "memory"),
        ("_BUILT", 10**12, "clock"),
        ("_OLDEST_PYTHON", (99, 0), "python"),
    ],
)
def test_each_shortage_is_found_with_a_hint(
    home: Home, monkeypatch, constant: str, value: object, name: str
) -> None:
    monkeypatch.setattr(preflight, constant, value)
    found = by_name(home)
    assert [f.name for f in found.values() if not f.ok] == [name]
    assert found[name].hint


def test_missing_and_broken_programs_are_found(home: Home, monkeypatch, tmp_path: Path) -> None:
    def missing(_: str) -> Path:
        raise ToolMissing("PostgreSQL is not installed", hint="pip install it")

    broken = tmp_path / "caddy"
    broken.write_text("#!/bin/false\n")
    broken.chmod(0o755)
    monkeypatch.setattr(preflight, "postgres_program", missing)
    monkeypatch.setattr(preflight, "gateway_program", lambda: broken)
    found = by_name(home)
    assert found["postgresql"].hint == "pip install it"
    assert "does not run" in found["gateway"].text


def test_the_home_of_a_running_platform_is_no_problem(home: Home) -> None:
    prepare(home, ())
    with lock(home), ports.listen("127.0.0.1", 0) as own:
        found = by_name(home, port=own.getsockname()[1])
    assert found["port"].ok
    assert "in use" in found["home"].text


def test_the_command_tells_by_its_exit_code(home: Home) -> None:
    good = CliRunner().invoke(
        command_line(), ["check", "--port", "0", "--json", "--home", str(home.root)]
    )
    assert good.exit_code == 0
    assert json.loads(good.stdout)["ok"] is True
    bad = CliRunner().invoke(command_line(), ["check", "--port", "0", "--home", "/dev/null/x"])
    assert bad.exit_code == 1
    assert "✘ home" in bad.stdout
