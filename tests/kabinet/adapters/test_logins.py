"""Logins of registries."""

from __future__ import annotations

import pytest

from chassis.config import current
from chassis.errors import Unavailable
from kabinet_server.adapters.logins import registry_logins
from kabinet_server.config import KabinetConfig


def read(configure, path):
    configure(sources={"credentials_file": path})
    return registry_logins(current(KabinetConfig).sources)


def test_without_a_file_there_are_none(configure):
    assert read(configure, None) == {}


def test_logins_are_read_by_host(configure, tmp_path):
    path = tmp_path / "logins.json"
    path.write_text('{"ghcr.io": {"username": "ada", "password": "hush"}}', encoding="utf8")
    assert read(configure, path) == {"ghcr.io": {"username": "ada", "password": "hush"}}


@pytest.mark.parametrize("text", ["", "[]", '{"ghcr.io": {}}', '{"ghcr.io": "hush"}'])
def test_a_broken_file_is_told_without_its_content(configure, tmp_path, text):
    path = tmp_path / "logins.json"
    path.write_text(text, encoding="utf8")
    with pytest.raises(Unavailable, match="credentials_file") as caught:
        read(configure, path)
    assert "hush" not in caught.value.message
