"""Settings of the installation: file, environment, and errors that name the key."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from deployment.config import describe, load_settings
from deployment.errors import ConfigProblem, Exit

SERVICES = ("fakts", "rekuest")


def load(tmp_path: Path, text: str = "", **environ: str):
    file = tmp_path / "config.yaml"
    file.write_text(text)
    return load_settings(file, environ, SERVICES)


def test_an_absent_file_means_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "none.yaml", {}, SERVICES)
    assert settings.gateway.host == "127.0.0.1"
    assert settings.gateway.port is None
    assert settings.services == {"fakts": {}, "rekuest": {}}


@pytest.mark.parametrize("text", ["", "# nothing\n", "gateway:\n", "fakts:\n"])
def test_empty_sections_mean_defaults(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text) == load(tmp_path)


def test_the_file_wins_over_defaults_and_the_environment_over_the_file(tmp_path: Path) -> None:
    text = "gateway: {port: 9000, park_seconds: 3, buckets: [a, b]}\nfakts: {debug: true}\n"
    settings = load(tmp_path, text, GATEWAY__PORT="9001", GATEWAY__TRUSTED_PROXIES="[10.0.0.1]")
    assert settings.gateway.port == 9001
    assert settings.gateway.park_seconds == 3.0
    assert settings.gateway.buckets == ("a", "b")
    assert settings.gateway.trusted_proxies == ("10.0.0.1",)
    assert settings.services["fakts"] == {"debug": True}


def test_a_single_word_may_stand_for_a_list(tmp_path: Path) -> None:
    assert load(tmp_path, GATEWAY__BUCKETS="media").gateway.buckets == ("media",)


@pytest.mark.parametrize(
    ("text", "key", "part"),
    [
        (
            "gatway: {}",
            "gatway",
            "allowed are gateway, tls, proxy, postgres, supervisor, compose, fakts, rekuest",
        ),
        ("gateway: {prot: 1}", "gateway.prot", "gateway.port"),
        ("gateway: {port: many}", "gateway.port", "a whole number or nothing (got 'many')"),
        ("gateway: {port: -1}", "gateway.port", "0 or more"),
        ("gateway: {port: true}", "gateway.port", "a whole number"),
        ("gateway: {host: 5}", "gateway.host", "a word"),
        ("gateway: {expose_metrics: 1}", "gateway.expose_metrics", "true or false"),
        ("gateway: {buckets: [1]}", "gateway.buckets", "a list of words"),
        ("postgres: {shared_buffers_mb: 1}", "postgres.shared_buffers_mb", "16 or more"),
        ("gateway: [1]", "gateway", "must be a section"),
    ],
)
def test_a_wrong_key_is_named_with_what_is_allowed(
    tmp_path: Path, text: str, key: str, part: str
) -> None:
    with pytest.raises(ConfigProblem) as problem:
        load(tmp_path, text)
    assert problem.value.field == key
    assert problem.value.message.startswith(f"{key}: ")
    assert part in problem.value.message
    assert problem.value.exit_code == Exit.CONFIG


def test_a_wrong_variable_is_named_by_its_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblem, match=r"gateway\.park_seconds: must be a number"):
        load(tmp_path, GATEWAY__PARK_SECONDS="long")


@pytest.mark.parametrize("text", ["a: [", "- 1\n- 2\n", "just words"])
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigProblem, match=r"config\.yaml"):
        load(tmp_path, text)


def test_every_key_is_described_and_its_default_is_accepted(tmp_path: Path) -> None:
    rows = describe()
    assert len({row.path for row in rows}) == len(rows) > 10
    for row in rows:
        assert row.description.endswith(".")
        section, name = row.path.split(".")
        value = list(row.default) if isinstance(row.default, tuple) else row.default
        settings = load(tmp_path, yaml.safe_dump({section: {name: value}}))
        assert getattr(getattr(settings, section), name) == row.default
        assert row.variable == row.path.upper().replace(".", "__")
