"""`python -m chassis.manage` and the migration that whoever comes first runs."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.db import connection

from chassis import manage, migration


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-x", "migrate"]])
def test_it_says_how_it_is_called(arguments: list[str], capsys: pytest.CaptureFixture) -> None:
    assert manage.main(arguments) == 2
    assert capsys.readouterr().err.startswith("usage: python -m chassis.manage PACKAGE")


def test_a_wrong_key_is_one_line_and_the_code_for_configuration() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chassis.manage", "mikro_server", "check"],
        env={"MIKRO__LIMITS__PAGE_SIZE": "0", "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 78
    assert done.stderr.startswith("configuration: mikro.limits.page_size: ")
    assert done.stderr.count("\n") == 1


class Hooks:
    """Notes in which order things happened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *hooks: object) -> None:
        self.log: list[str] = []
        app = SimpleNamespace(BOOTSTRAP=[self.note, *hooks])
        monkeypatch.setattr(migration, "import_module", lambda _: app)
        monkeypatch.setattr(migration, "call_command", self.command)

    def command(self, name: str, **options: object) -> None:
        assert options["interactive"] is False
        self.log.append(name)

    def note(self) -> None:
        self.log.append(f"hook under {locks(objid=migration._LOCK)} lock")


def locks(objid: int | None = None) -> int:
    """How many advisory locks there are in this database; the server has others beside it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE locktype = 'advisory' AND datname = current_database()"
            " AND coalesce(objid = %s::bigint::oid, true)",
            [objid],
        )
        row = cursor.fetchone()
    return int(row[0])


@pytest.mark.django_db(transaction=True)
def test_migrations_come_before_the_hooks_and_both_under_the_lock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hooks = Hooks(monkeypatch)
    migration.migrate_and_bootstrap()
    assert hooks.log == ["migrate", "hook under 1 lock"]
    assert locks() == 0


@pytest.mark.django_db(transaction=True)
def test_a_hook_that_fails_gives_the_lock_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("the hook failed")

    Hooks(monkeypatch, fail)
    with pytest.raises(RuntimeError, match="the hook failed"):
        migration.migrate_and_bootstrap()
    assert locks() == 0
