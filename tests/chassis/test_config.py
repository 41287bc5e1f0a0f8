"""Configuration: where values come from, and what a wrong one is told."""

from __future__ import annotations

import stat
import threading
from typing import ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from chassis.config import ConfigError, Section, ServiceConfig, load_config
from chassis.secretfile import ensure_secret, read_secret


class Colours(Section):
    shade: Literal["red", "blue"] = "red"
    depth: int = Field(3, ge=1, le=9)


class PaintConfig(ServiceConfig):
    service: ClassVar[str] = "paint"

    colours: Colours = Colours()
    names: list[str] = []


def test_defaults_stand_without_file_and_environment():
    config = load_config(PaintConfig, {})
    assert config.path_prefix == "/paint"
    assert config.audience == "paint"
    assert config.colours.depth == 3


def test_environment_wins_over_the_file(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text("paint: {colours: {shade: blue, depth: 4}}\nother: {x: 1}\n")
    config = load_config(PaintConfig, {"BAUHOF_CONFIG": str(file), "PAINT__COLOURS__DEPTH": "5"})
    assert (config.colours.shade, config.colours.depth) == ("blue", 5)


def test_lists_can_be_given_in_the_environment():
    assert load_config(PaintConfig, {"PAINT__NAMES": "[a, b]"}).names == ["a", "b"]


@pytest.mark.parametrize(
    ("variable", "value", "key", "hint"),
    [
        ("PAINT__COLOURS__SHADE", "green", "paint.colours.shade", "'red' or 'blue'"),
        ("PAINT__COLOURS__DEPTH", "10", "paint.colours.depth", "less than or equal to 9"),
        ("PAINT__COLOURS__DEPTH", "deep", "paint.colours.depth", "integer"),
        ("PAINT__COLOURS__DEPHT", "3", "paint.colours.depht", "no such key"),
        ("PAINT__LIMITS__PAGE_SIZE", "0", "paint.limits.page_size", "greater than"),
    ],
)
def test_wrong_value_names_the_key_and_what_is_allowed(variable, value, key, hint):
    with pytest.raises(ConfigError) as error:
        load_config(PaintConfig, {variable: value})
    assert error.value.key == key
    assert hint in str(error.value)


@pytest.mark.parametrize("text", ["[1]", "paint: 5", "{", "paint: {service: x}"])
def test_broken_file_is_one_clear_error(tmp_path, text):
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError):
        load_config(PaintConfig, {"BAUHOF_CONFIG": str(file)})


def test_missing_file_is_one_clear_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot read"):
        load_config(PaintConfig, {"BAUHOF_CONFIG": str(tmp_path / "none.yaml")})


def test_section_cannot_be_set_as_a_value():
    with pytest.raises(ConfigError):
        load_config(PaintConfig, {"PAINT__COLOURS": "3", "PAINT__COLOURS__DEPTH": "3"})


@given(st.integers(min_value=1, max_value=9))
def test_every_allowed_number_survives_the_environment(depth):
    config = load_config(PaintConfig, {"PAINT__COLOURS__DEPTH": str(depth)})
    assert config.colours.depth == depth


def test_secret_is_made_once_and_only_for_its_owner(tmp_path):
    path = tmp_path / "keys" / "secret"
    first = ensure_secret(path)
    assert len(first) >= 32
    assert ensure_secret(path) == first == read_secret(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_secret_is_the_same_for_all_who_come_at_once(tmp_path):
    path = tmp_path / "secret"
    seen: list[str] = []
    gate = threading.Barrier(8)

    def come() -> None:
        gate.wait()
        seen.append(ensure_secret(path))

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]
