"""The settings every service gets, and what no service can forget."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_server.config import SampleConfig

from chassis.config import ConfigError, DatabaseConfig
from chassis.settings import build_settings, database_password


def build(tmp_path: Path, **changes: object) -> dict:
    config = SampleConfig(**{"state_dir": tmp_path, **changes})
    return build_settings(config, package="sample_server")


def test_safe_by_default(tmp_path: Path) -> None:
    settings = build(tmp_path)
    assert settings["DEBUG"] is False
    assert settings["X_FRAME_OPTIONS"] == "DENY"
    assert settings["SECURE_CONTENT_TYPE_NOSNIFF"] is True
    assert settings["USE_X_FORWARDED_HOST"] is False
    assert settings["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert "*" not in settings["ALLOWED_HOSTS"]


def test_the_secret_key_is_made_once_for_each_service(tmp_path: Path) -> None:
    first = build(tmp_path / "a")["SECRET_KEY"]
    assert len(first) >= 32
    assert build(tmp_path / "a")["SECRET_KEY"] == first
    assert build(tmp_path / "b")["SECRET_KEY"] != first


def test_errors_are_mapped_last(tmp_path: Path) -> None:
    config = SampleConfig(state_dir=tmp_path)
    settings = build_settings(
        config, package="sample_server", apps=["more"], middleware=["more.Middleware"]
    )
    assert settings["MIDDLEWARE"][-2:] == ["more.Middleware", "chassis.http.ErrorMiddleware"]
    own = ["chassis", "chassis.background"]
    assert settings["INSTALLED_APPS"] == [*own, "more", "sample_server"]


def test_what_a_service_sets_wins(tmp_path: Path) -> None:
    config = SampleConfig(state_dir=tmp_path)
    settings = build_settings(config, package="sample_server", extra={"X_FRAME_OPTIONS": "OTHER"})
    assert settings["X_FRAME_OPTIONS"] == "OTHER"


def test_the_database_is_that_of_the_service(tmp_path: Path) -> None:
    database = build(tmp_path)["DATABASES"]["default"]
    assert (database["NAME"], database["USER"]) == ("sample", "sample")
    assert database["PASSWORD"] == ""
    assert database["OPTIONS"]["application_name"] == "sample"
    own = {"name": "n", "user": "u", "host": "/run/pg", "port": 5433, "pool_size": 3}
    database = build(tmp_path, database=own)["DATABASES"]["default"]
    assert (database["NAME"], database["USER"], database["HOST"]) == ("n", "u", "/run/pg")
    assert (database["PORT"], database["OPTIONS"]["pool"]["max_size"]) == ("5433", 3)


def test_limits_reach_the_parts_that_hold_them(tmp_path: Path) -> None:
    limits = {"body_bytes": 2048, "page_size": 5, "page_size_max": 50}
    settings = build(tmp_path, limits=limits)
    assert settings["DATA_UPLOAD_MAX_MEMORY_SIZE"] == 2048
    assert settings["STRAWBERRY_DJANGO"]["PAGINATION_DEFAULT_LIMIT"] == 5
    assert settings["STRAWBERRY_DJANGO"]["PAGINATION_MAX_LIMIT"] == 50


def test_the_password_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret\n")
    assert database_password(DatabaseConfig(password_file=file)) == "s3cret"


def test_a_password_file_that_is_missing_names_the_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read") as refused:
        database_password(DatabaseConfig(password_file=tmp_path / "none"))
    assert refused.value.key == "database.password_file"


@pytest.mark.parametrize(
    ("given", "path"),
    [("", "/sample"), ("/", "/sample"), ("lab", "/lab"), ("/lab/", "/lab"), ("/a/b", "/a/b")],
)
def test_the_prefix_has_one_slash_in_front(tmp_path: Path, given: str, path: str) -> None:
    assert SampleConfig(state_dir=tmp_path, prefix=given).path_prefix == path


def test_the_audience_may_differ_from_the_name(tmp_path: Path) -> None:
    config = SampleConfig(state_dir=tmp_path, tokens={"audience": "other"})
    assert config.audience == "other"
