"""Keys as paths and objects as files: any key, any neighbours, nothing outside, nothing torn."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.objectstore.front import disk
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.folder import Folder, look
from chassis.objectstore.front.keys import file_of, folder_of, read_name
from chassis.objectstore.front.local import folded_at

#: Few letters, so that keys collide, nest and sort closely; with what paths get wrong.
LETTER = st.sampled_from(["a", "b", "A", ".", "/", "~", "^", "%", "-", " ", "ü", "\u65e5", "\x01"])
SHORT = st.text(LETTER, min_size=1, max_size=6)
LONG = st.tuples(st.sampled_from(["a" * 79, "a" * 80, "a" * 81, "ü" * 45, "a" * 160]), SHORT).map(
    "".join
)
KEY = st.one_of(SHORT, LONG, st.text(min_size=1, max_size=40)).filter(
    lambda key: "\0" not in key and len(key.encode("utf8", "ignore")) <= 1024 and key.isprintable
)
KEY = KEY.filter(lambda key: not any(0xD800 <= ord(letter) < 0xE000 for letter in key))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder(tmp_path / "objects", "none", 0)
    folder.own()
    yield folder
    folder.close()


def put(folder: Folder, key: str, data: bytes, etag: str = "e") -> int:
    with folder.draft(len(data)) as draft:
        disk.write_all(draft[1], data, 0)
        return folder.store(draft, len(data), "bucket", key, etag, {"content-type": "x"}, None)


def files_below(path: Path) -> list[Path]:
    return [found for found in path.rglob("*") if found.is_file()]


def read(folder: Folder, key: str) -> bytes:
    descriptor, stored = folder.open("bucket", key)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(stored.size)


@given(st.lists(KEY, min_size=2, max_size=6, unique=True))
def test_every_key_has_a_path_of_its_own_inside(keys: list[str]) -> None:
    paths = [file_of(key) for key in keys]
    assert len(set(paths)) == len(keys)
    assert len({path.lower() for path in paths}) == len(keys), "also where case is folded"
    for path in paths:
        names = path.split("/")
        assert not {"", ".", ".."} & set(names)
        assert all(len(name) <= 255 and name.isascii() for name in names)
        assert not any(name.startswith(".") for name in names)
        assert names[-1].endswith("~") and not any(name.endswith("~") for name in names[:-1])


@given(KEY)
def test_a_path_reads_back_as_its_key(key: str) -> None:
    raw = b"".join(read_name(name).raw for name in file_of(key).split("/"))
    assert raw == key.encode()
    assert folder_of(key[: key.rfind("/") + 1]) in file_of(key)


@settings(max_examples=60, deadline=None)
@given(
    keys=st.sets(KEY, max_size=12),
    prefix=st.one_of(st.just(""), SHORT, LONG),
    after=st.one_of(st.just(""), SHORT, LONG),
    limit=st.integers(0, 12),
)
def test_listings_are_those_of_a_sorted_set(
    keys: set[str], prefix: str, after: str, limit: int
) -> None:
    with TemporaryDirectory() as path:
        folder = Folder(Path(path), "none", 0)
        folder.own()
        for key in keys:
            put(folder, key, key.encode())
        ordered = sorted(key.encode() for key in keys)
        if ordered and limit:
            prefix = prefix or ordered[limit % len(ordered)].decode()[: limit % 5]
        start, begin = prefix.encode(), after.encode()
        found = [key for key, _ in folder.walk("bucket", prefix, begin, fold=False)]
        assert found == [key for key in ordered if key.startswith(start) and key > begin]
        folded = [key for key, _ in folder.walk("bucket", prefix, b"", fold=True)]
        assert folded == fold(ordered, start, b"/")
        plain = folder.walk("bucket", prefix, b"", fold=False)
        assert [key for key, _ in folded_at(plain, start, b"a", b"")] == fold(ordered, start, b"a")
        for key in keys:
            assert read(folder, key) == key.encode()
            assert folder.delete("bucket", key) == len(key.encode())
        assert list((Path(path) / "bucket").glob("*")) == [], "empty folders go with their objects"
        folder.close()


def fold(ordered: list[bytes], prefix: bytes, delimiter: bytes) -> list[bytes]:
    found: dict[bytes, None] = {}
    for key in ordered:
        if key.startswith(prefix):
            end = key.find(delimiter, len(prefix))
            found[key if end < 0 else key[: end + len(delimiter)]] = None
    return [*found]


def test_replacing_frees_and_readers_keep_what_they_opened(folder: Folder) -> None:
    assert put(folder, "k", b"first") == 0
    descriptor, stored = folder.open("bucket", "k")
    assert put(folder, "k", b"second!") == len(b"first")
    assert os.pread(descriptor, stored.size, 0) == b"first"
    os.close(descriptor)
    assert read(folder, "k") == b"second!"
    assert folder.delete("bucket", "k") == len(b"second!")
    assert folder.delete("bucket", "k") == 0
    with pytest.raises(Fault, match="NoSuchKey"):
        folder.open("bucket", "k")


@pytest.mark.parametrize("cut", [0, 1, 8, 11, 40, 90])
def test_a_file_without_its_end_is_no_object(folder: Folder, cut: int) -> None:
    put(folder, "k", b"data" * 10)
    path = folder.path("bucket", "k")
    path.write_bytes(path.read_bytes()[:-cut] if cut else b"")
    assert look(path) is None
    with pytest.raises(Fault, match="NoSuchKey"):
        folder.open("bucket", "k")
    put(folder, "k", b"again")
    assert read(folder, "k") == b"again"


def test_a_file_without_our_mark_is_no_object(folder: Folder) -> None:
    put(folder, "k", b"data")
    path = folder.path("bucket", "k")
    path.write_bytes(path.read_bytes()[:-8] + b"BHOBJ\x02\r\n")
    assert look(path) is None


def test_a_long_footer_is_read_whole(folder: Folder) -> None:
    put(folder, "k", b"data", etag="e" * 9000)
    assert look(folder.path("bucket", "k")).meta.etag == "e" * 9000
    assert read(folder, "k") == b"data"


def test_an_abandoned_draft_leaves_nothing(folder: Folder) -> None:
    with pytest.raises(ZeroDivisionError), folder.draft(4) as draft:
        disk.write_all(draft[1], b"data", 0)
        raise ZeroDivisionError
    assert files_below(folder.drafts) == []


def test_a_small_object_is_stored_whole_and_replaces_another(folder: Folder) -> None:
    where = ("bucket", "deep/er/k", "e", {"content-type": "x"}, None)
    assert folder.store_whole(memoryview(b"first"), *where) == 0
    assert folder.store_whole(memoryview(b""), *where) == 5
    assert read(folder, "deep/er/k") == b""
    assert folder.store_whole(memoryview(b"third"), *where) == 0
    assert read(folder, "deep/er/k") == b"third"
    assert files_below(folder.drafts) == []


def test_a_small_object_under_a_condition_that_fails_leaves_the_old_one(folder: Folder) -> None:
    def never(_: object) -> None:
        raise Fault("PreconditionFailed")

    put(folder, "k", b"old")
    with pytest.raises(Fault, match="PreconditionFailed"):
        folder.store_whole(memoryview(b"new"), "bucket", "k", "e", {}, never)
    assert read(folder, "k") == b"old"
    assert files_below(folder.drafts) == []


def test_a_disk_that_takes_a_part_of_a_write_still_gets_all_of_it(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.pwritev
    for taken in (0, 3, 4, 9):
        monkeypatch.setattr(
            os,
            "pwritev",
            lambda to, pieces, at, taken=taken: whole(to, [b"".join(pieces)[:taken]], at),
        )
        folder.store_whole(memoryview(b"data"), "bucket", "k", "e", {}, None)
        assert read(folder, "k") == b"data"


def test_drafts_of_writers_at_once_lie_in_folders_of_their_own(folder: Folder) -> None:
    with folder.draft(1) as one, folder.draft(1) as two:
        assert one[0].parent != two[0].parent
    folder.close()
    again = Folder(folder.root, "none", 0)
    again.own()
    with again.draft(1) as draft:
        assert draft[0].exists()
    again.close()


def test_a_folder_has_one_owner_and_forgets_drafts_of_a_killed_one(folder: Folder) -> None:
    (folder.drafts / "left").write_bytes(b"x" * 100)
    second = Folder(folder.root, "none", 0)
    with pytest.raises(BlockingIOError):
        second.own()
    second.close()
    folder.close()
    second.own()
    assert files_below(second.drafts) == []
    second.close()


def test_the_reserve_of_the_disk_is_kept(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "none", 2**60)
    with pytest.raises(Fault, match="StorageFull"):
        folder.make_room(0)


@pytest.mark.parametrize("fsync", ["full", "data", "none"])
def test_large_writes_keep_every_byte(tmp_path: Path, fsync: disk.Fsync) -> None:
    """Past the page cache and through it, with an odd tail."""
    folder = Folder(tmp_path / "o", fsync, 0)
    folder.own()
    data = os.urandom(3 * 1024 * 1024 + 77)
    with folder.draft(len(data)) as draft:
        sink = disk.Sink(*draft, 0, len(data))
        for at in range(0, len(data), 512 * 1024):
            sink.write(memoryview(data)[at : at + 512 * 1024], at)
        sink.close()
        folder.store(draft, len(data), "bucket", "deep/er/k", "e", {}, None)
    assert read(folder, "deep/er/k") == data
    folder.close()


def test_objects_do_not_fill_the_disk_over_the_stop_line(tmp_path: Path, monkeypatch) -> None:
    """The share counts where the reserve in bytes would leave room."""
    free = SimpleNamespace(f_blocks=1000, f_bavail=60, f_frsize=1)
    monkeypatch.setattr(os, "statvfs", lambda _: free)
    kept = Folder(tmp_path, "none", reserve_bytes=0, stop_share=0.95)
    kept.make_room(10)
    with pytest.raises(Fault, match="StorageFull"):
        kept.make_room(11)
