"""The seal: what is closed opens with the key and with nothing else, and only whole."""

from __future__ import annotations

import errno
import io
import stat
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployment.backup.faults import BackupDamaged, RecoveryKeyWrong
from deployment.backup.seal import KEY_FILE, Seal, own_seal, seal_from
from deployment.home import Home

SEAL = Seal(str(pyrage.x25519.Identity.generate()))
OTHER = Seal(str(pyrage.x25519.Identity.generate()))


def closed(content: bytes, seal: Seal = SEAL) -> bytes:
    target = io.BytesIO()
    seal.close(io.BytesIO(content), target)
    return target.getvalue()


def opened(sealed: bytes, seal: Seal = SEAL) -> bytes:
    target = io.BytesIO()
    seal.open(io.BytesIO(sealed), target, what="the test")
    return target.getvalue()


#: Closing the same content twice gives other bytes, so what is broken must be made once.
SEALED = closed(b"content " * 20_000)


@given(st.binary(max_size=5000))
def test_what_is_closed_opens_again(content: bytes) -> None:
    assert opened(closed(content)) == content


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 200_000])
def test_content_of_several_chunks_opens_again(size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert opened(closed(content)) == content


@settings(max_examples=60)
@given(st.data())
def test_a_flipped_bit_is_found_wherever_it_is(data: st.DataObject) -> None:
    sealed = bytearray(SEALED)
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BackupDamaged):
        opened(bytes(sealed))


@given(st.integers(0, 160_000))
@settings(max_examples=40)
def test_a_torn_end_is_found(length: int) -> None:
    with pytest.raises(BackupDamaged, match="the test"):
        opened(SEALED[:length])


def test_another_key_opens_nothing() -> None:
    with pytest.raises(BackupDamaged):
        opened(closed(b"secret"), OTHER)


def test_what_is_closed_does_not_show_its_content() -> None:
    assert b"a very secret sentence" not in closed(b"a very secret sentence")


def test_a_full_disk_is_no_damage() -> None:
    class Full(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        SEAL.open(io.BytesIO(closed(b"x" * 200_000)), Full(), what="the test")


def test_names_tell_nothing_without_the_key() -> None:
    digest = "ab" * 32
    assert SEAL.name_of(digest) == SEAL.name_of(digest)
    assert SEAL.name_of(digest) != OTHER.name_of(digest)
    assert SEAL.name_of(digest) != SEAL.name_of("cd" * 32)
    assert digest not in SEAL.name_of(digest)


def test_the_own_key_is_made_once_and_private(home: Home) -> None:
    home.secrets_dir.mkdir(parents=True)
    first = own_seal(home)
    assert own_seal(home) == first
    path = home.secrets_dir / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert first.public.startswith("age1") and first.public not in path.read_text()


def test_a_kept_key_may_have_comments_and_blank_lines(folder: Path) -> None:
    file = folder / "key"
    file.write_text(f"# of the lab\n\n{SEAL.text}\n\n")
    assert seal_from(file).public == SEAL.public


@pytest.mark.parametrize("text", ["", "# only a comment", "AGE-SECRET-KEY-1WRONG", "passwort"])
def test_what_is_no_key_is_refused(folder: Path, text: str) -> None:
    file = folder / "key"
    file.write_text(text)
    with pytest.raises(RecoveryKeyWrong, match="no recovery key"):
        seal_from(file)


def test_a_key_that_cannot_be_read_names_the_option(folder: Path) -> None:
    with pytest.raises(RecoveryKeyWrong) as refused:
        seal_from(folder / "absent")
    assert refused.value.field == "key-file"
    (folder / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecoveryKeyWrong):
        seal_from(folder / "binary")
