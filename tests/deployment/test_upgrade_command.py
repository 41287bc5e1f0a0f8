"""`bauhof upgrade`: wheels of other versions, in an environment of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from other_versions import Environment, as_broken_version, as_version, build_wheel

from deployment.errors import Exit
from deployment.home import Home
from deployment.version import version

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheels"))


@pytest.fixture
def old(wheel: Path, folder: Path) -> Environment:
    """An environment in which a person has installed version 0.0.8."""
    made = Environment(folder / "old version")
    made.install(as_version(wheel, "0.0.8"))
    return made


def slugs(env: Environment, home: Home) -> set[str]:
    return {row["slug"] for row in env.json(home, "org", "list")}


def test_a_broken_version_is_left_and_a_good_one_stays(
    old: Environment, wheel: Path, home: Home
) -> None:
    first = old.json(home, "up", "--detach", "--port", "0")
    old.json(home, "org", "create", "lab")
    try:
        # It is installed, started, found broken, and all is as it was, at the same address.
        broken = as_broken_version(wheel, "0.0.9")
        failed = old.json(home, "upgrade", "--to", str(broken), code=Exit.UNHEALTHY)["error"]
        assert "Bauhof 0.0.8 runs again" in failed["message"], failed
        assert old.json(home, "status")["url"] == first["url"]
        assert "lab" in slugs(old, home)

        done = old.json(home, "upgrade", "--to", str(wheel), "--no-backup")
        assert (done["before"], done["after"]) == ("0.0.8", version())
        assert done["url"] == first["url"] and done["changed"] and done["backup"] is None
        assert "lab" in slugs(old, home)
        # The backup is the one from before the attempt that failed.
        (kept,) = old.json(home, "backup", "list")
        assert kept["version"] == "0.0.8"
        again = old.json(home, "upgrade", "--to", str(wheel))
        assert again["changed"] is False
        older = old.json(home, "upgrade", "--to", "0.0.1", code=Exit.REFUSED)["error"]
        assert older["field"] == "to"
    finally:
        old.run(home, "down")
