"""Which rights the database's user needs, read off the folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deployment.account import capabilities_for, database_account


@pytest.fixture
def program(tmp_path: Path) -> Path:
    program = tmp_path / "bin" / "postgres"
    program.parent.mkdir(mode=0o755)
    program.write_text("")
    program.chmod(0o755)
    return program


def test_open_folders_need_no_capability(program: Path, monkeypatch) -> None:
    monkeypatch.setattr("deployment.account._open_to_all", lambda path, bits: True)
    assert capabilities_for(program=program, parents=program.parents) == ()


def test_a_closed_folder_is_passed_by_one_capability(program: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert capabilities_for(program=program, parents=[closed]) == (2, 1)


def test_a_program_closed_to_others_needs_the_wider_one(program: Path) -> None:
    program.chmod(0o700)
    assert capabilities_for(program=program, parents=[]) == (1,)


@pytest.mark.skipif(os.geteuid() == 0, reason="root changes its user")
def test_an_ordinary_user_stays_itself(program: Path) -> None:
    assert database_account(program=program, data_dir=program.parent) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user stays itself")
def test_root_changes_to_another_user(program: Path) -> None:
    account = database_account(program=program, data_dir=program.parent)
    assert account is not None
    assert account.uid != 0
