"""Multipart uploads on a folder, without a server: any order, repeats, kills, races."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chassis.objectstore.front import uploads as module
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.folder import Folder
from chassis.objectstore.front.uploads import PART_MIN_BYTES, Upload, Uploads, etag_of


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


class Bench:
    """A folder with uploads, and what a client does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._own()

    def _own(self) -> None:
        self.folder = Folder(self.root, "none", 0)
        self.folder.own()
        self.uploads = Uploads(self.folder)
        self.uploads.load()

    def restart(self) -> None:
        """What a killed process leaves is read by the next one."""
        self.folder.close()
        self._own()

    def begin(self, key: str = "org/store") -> Upload:
        return self.uploads.begin("bucket", key, {"content-type": "x/y"})

    def put(self, upload: Upload, number: int, data: bytes) -> str:
        draft = self.uploads.open_part(upload, number, len(data))
        os.pwrite(draft.descriptor, data, draft.offset or 0)
        self.uploads.close_part(draft, md5(data))
        return md5(data)

    def give_up(self, upload: Upload, number: int, data: bytes) -> None:
        """A part that broke off."""
        draft = self.uploads.open_part(upload, number, len(data))
        os.pwrite(draft.descriptor, data[: len(data) // 2], draft.offset or 0)
        self.uploads.close_part(draft, None)

    def read(self, key: str = "org/store") -> bytes | None:
        try:
            descriptor, stored = self.folder.open("bucket", key)
        except Fault:
            return None
        try:
            return os.pread(descriptor, stored.size, 0)
        finally:
            os.close(descriptor)

    def left_over(self) -> list[str]:
        return sorted(path.name for path in self.folder.uploads.iterdir())


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least size of a part is for bandwidth; tests need none."""
    monkeypatch.setattr(module, "PART_MIN_BYTES", 1)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "objects")


def code(call, *arguments: object) -> str:
    with pytest.raises(Fault) as refused:
        call(*arguments)
    return refused.value.code


@pytest.mark.parametrize("order", [[1, 2, 3], [3, 1, 2], [2, 3, 1]])
def test_parts_may_come_in_any_order(bench: Bench, order: list[int]) -> None:
    upload = bench.begin()
    data = {1: b"a" * 1000, 2: b"b" * 1000, 3: b"c" * 10}
    etags = {number: bench.put(upload, number, data[number]) for number in order}
    wanted = [(number, etags[number]) for number in (1, 2, 3)]
    etag, freed = bench.uploads.complete(upload, wanted, None)
    assert bench.read() == data[1] + data[2] + data[3]
    assert (etag, freed) == (etag_of([etags[1], etags[2], etags[3]]), 0)
    assert etag.endswith("-3") and bench.left_over() == []


def test_the_etag_is_that_of_s3() -> None:
    # As any S3 answers for two parts of these contents.
    parts = [md5(b"a" * PART_MIN_BYTES), md5(b"b")]
    joined = bytes.fromhex(parts[0]) + bytes.fromhex(parts[1])
    assert etag_of(parts) == f"{md5(joined)}-2"


def test_nothing_is_there_before_it_is_complete(bench: Bench) -> None:
    upload = bench.begin()
    bench.put(upload, 1, b"half")
    assert bench.read() is None
    bench.uploads.abort(upload)
    assert bench.read() is None and bench.left_over() == []


def test_completing_replaces_and_tells_what_was_freed(bench: Bench) -> None:
    for data in (b"old" * 100, b"new"):
        upload = bench.begin()
        etag = bench.put(upload, 1, data)
        freed = bench.uploads.complete(upload, [(1, etag)], None)[1]
    assert bench.read() == b"new" and freed == 300


def test_a_part_that_comes_twice_counts_as_it_came_last(bench: Bench) -> None:
    upload = bench.begin()
    bench.put(upload, 1, b"first try")
    etag = bench.put(upload, 1, b"second try, longer")
    assert upload.size == len(b"second try, longer")
    bench.uploads.complete(upload, [(1, etag)], None)
    assert bench.read() == b"second try, longer"


def test_parts_that_are_not_named_are_left_out(bench: Bench) -> None:
    upload = bench.begin()
    one = bench.put(upload, 1, b"one")
    bench.put(upload, 2, b"two")
    three = bench.put(upload, 3, b"three")
    bench.uploads.complete(upload, [(1, one), (3, three)], None)
    assert bench.read() == b"onethree"


def test_a_part_that_broke_off_leaves_nothing(bench: Bench) -> None:
    upload = bench.begin()
    bench.give_up(upload, 1, b"x" * 100)
    assert upload.parts == {}
    etag = bench.put(upload, 1, b"whole")
    bench.uploads.complete(upload, [(1, etag)], None)
    assert bench.read() == b"whole"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([(2, "b"), (1, "a")], "InvalidPartOrder"),
        ([(1, "a"), (1, "a")], "InvalidPartOrder"),
        ([(1, "a"), (3, "c")], "InvalidPart"),
        ([(1, "b")], "InvalidPart"),
    ],
)
def test_wrong_lists_are_refused_and_can_be_mended(
    bench: Bench, wanted: list[tuple[int, str]], expected: str
) -> None:
    upload = bench.begin()
    data = {"a": b"aaa", "b": b"bbb", "c": b"ccc"}
    for number, name in ((1, "a"), (2, "b")):
        bench.put(upload, number, data[name])
    named = [(number, md5(data[name])) for number, name in wanted]
    assert code(bench.uploads.complete, upload, named, None) == expected
    right = [(1, md5(data["a"])), (2, md5(data["b"]))]
    bench.uploads.complete(upload, right, None)
    assert bench.read() == b"aaabbb"


def test_all_parts_but_the_last_have_a_least_size(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART_MIN_BYTES", 10)
    upload = bench.begin()
    wanted = [(number, bench.put(upload, number, b"x" * 9)) for number in (1, 2)]
    assert code(bench.uploads.complete, upload, wanted, None) == "EntityTooSmall"
    wanted[0] = (1, bench.put(upload, 1, b"x" * 10))
    bench.uploads.complete(upload, wanted, None)
    assert bench.read() == b"x" * 19


def test_an_upload_belongs_to_its_key(bench: Bench) -> None:
    upload = bench.begin("org/mine")
    assert bench.uploads.get(upload.id, "bucket", "org/mine") is upload
    for bucket, key in (("bucket", "org/other"), ("other", "org/mine")):
        assert code(bench.uploads.get, upload.id, bucket, key) == "NoSuchUpload"
    assert code(bench.uploads.get, "0" * 32, "bucket", "org/mine") == "NoSuchUpload"


def test_uploads_are_listed_by_prefix(bench: Bench) -> None:
    for key in ("org/b", "org/a", "other/c"):
        bench.begin(key)
    found = [one.opening.key for one in bench.uploads.below("bucket", "org/")]
    assert found == ["org/a", "org/b"]
    assert bench.uploads.below("elsewhere", "") == []


def test_what_is_over_takes_no_parts(bench: Bench) -> None:
    upload = bench.begin()
    etag = bench.put(upload, 1, b"x")
    late = bench.uploads.open_part(upload, 2, 1)
    bench.uploads.abort(upload)
    assert code(bench.uploads.close_part, late, md5(b"y")) == "NoSuchUpload"
    assert code(bench.uploads.open_part, upload, 3, 1) == "NoSuchUpload"
    assert code(bench.uploads.complete, upload, [(1, etag)], None) == "NoSuchUpload"
    assert code(bench.uploads.abort, upload) == "NoSuchUpload"


def test_a_condition_that_fails_leaves_the_upload_open(bench: Bench) -> None:
    upload = bench.begin()
    etag = bench.put(upload, 1, b"x")

    def refuse(_: object) -> None:
        raise Fault("PreconditionFailed")

    assert code(bench.uploads.complete, upload, [(1, etag)], refuse) == "PreconditionFailed"
    bench.uploads.complete(upload, [(1, etag)], None)
    assert bench.read() == b"x"


def test_a_writer_that_is_slow_does_not_write_into_the_object(bench: Bench) -> None:
    upload = bench.begin()
    etag = bench.put(upload, 1, b"a" * 100)
    slow = bench.uploads.open_part(upload, 1, 100)  # the client sent it once more
    bench.uploads.complete(upload, [(1, etag)], None)
    os.pwrite(slow.descriptor, b"b" * 100, slow.offset or 0)
    assert code(bench.uploads.close_part, slow, md5(b"b" * 100)) == "NoSuchUpload"
    assert bench.read() == b"a" * 100


def test_an_upload_survives_a_kill(bench: Bench) -> None:
    upload = bench.begin()
    one = bench.put(upload, 1, b"a" * 50)
    bench.uploads.open_part(upload, 2, 50)  # under way when the process was killed
    bench.restart()
    again = bench.uploads.get(upload.id, "bucket", "org/store")
    assert again.opening.headers == {"content-type": "x/y"}
    two = bench.put(again, 2, b"b" * 50)
    bench.uploads.complete(again, [(1, one), (2, two)], None)
    assert bench.read() == b"a" * 50 + b"b" * 50


@pytest.mark.parametrize("name", ["upload.json", "slab"])
def test_uploads_that_cannot_be_completed_are_cleared_away(bench: Bench, name: str) -> None:
    upload = bench.begin()
    bench.put(upload, 1, b"a")
    (upload.folder / name).unlink()
    bench.restart()
    assert bench.left_over() == []
    assert code(bench.uploads.get, upload.id, "bucket", "org/store") == "NoSuchUpload"


def test_a_damaged_record_of_an_upload_is_cleared_away(bench: Bench) -> None:
    upload = bench.begin()
    (upload.folder / "upload.json").write_bytes(b"{")
    bench.restart()
    assert bench.left_over() == []


def test_a_full_disk_refuses_the_part_before_it_comes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = bench.begin()
    monkeypatch.setattr(bench.folder, "reserve_bytes", 2**62)
    assert code(bench.uploads.open_part, upload, 1, 1) == "StorageFull"
    assert upload.writing == 0 and upload.claimed == set()


def test_parts_may_come_all_at_once(bench: Bench) -> None:
    upload = bench.begin()
    size, count = 4096, 24
    gate = threading.Barrier(count)

    def send(number: int) -> None:
        gate.wait()
        bench.put(upload, number, bytes([number]) * size)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(1, count + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = [(n, md5(bytes([n]) * size)) for n in range(1, count + 1)]
    bench.uploads.complete(upload, wanted, None)
    assert bench.read() == b"".join(bytes([n]) * size for n in range(1, count + 1))


class UploadMachine(RuleBasedStateMachine):
    """An upload beside a dictionary of what was sent: they always agree."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="uploads-"))
        self.bench = Bench(self.root / "objects")
        self.upload: Upload | None = None
        self.sent: dict[int, bytes] = {}
        self.stored: bytes | None = None

    def teardown(self) -> None:
        self.bench.folder.close()
        shutil.rmtree(self.root)

    @precondition(lambda self: self.upload is None)
    @rule()
    def begin(self) -> None:
        self.upload, self.sent = self.bench.begin(), {}

    @precondition(lambda self: self.upload is not None)
    @rule(number=st.integers(1, 4), data=st.binary(min_size=1, max_size=40))
    def put(self, number: int, data: bytes) -> None:
        self.bench.put(self.upload, number, data)
        self.sent[number] = data

    @precondition(lambda self: self.upload is not None)
    @rule(number=st.integers(1, 4), data=st.binary(min_size=1, max_size=40))
    def break_off(self, number: int, data: bytes) -> None:
        if number not in self.sent:
            self.bench.give_up(self.upload, number, data)

    @precondition(lambda self: self.upload is not None and self.sent)
    @rule(data=st.data())
    def complete(self, data: st.DataObject) -> None:
        numbers = sorted(data.draw(st.sets(st.sampled_from(sorted(self.sent)), min_size=1)))
        wanted = [(number, md5(self.sent[number])) for number in numbers]
        _, freed = self.bench.uploads.complete(self.upload, wanted, None)
        assert freed == len(self.stored or b"")
        self.stored = b"".join(self.sent[number] for number in numbers)
        self.upload = None

    @precondition(lambda self: self.upload is not None)
    @rule()
    def abort(self) -> None:
        self.bench.uploads.abort(self.upload)
        self.upload = None

    @rule()
    def kill(self) -> None:
        self.bench.restart()
        if self.upload is not None:
            self.upload = self.bench.uploads.get(self.upload.id, "bucket", "org/store")

    @invariant()
    def the_object_is_the_last_that_was_completed(self) -> None:
        assert self.bench.read() == self.stored

    @invariant()
    def parts_are_those_that_were_sent(self) -> None:
        if self.upload is not None:
            parts = {number: part.etag for number, part in self.upload.parts.items()}
            assert parts == {number: md5(data) for number, data in self.sent.items()}


module_minimum = module.PART_MIN_BYTES


class TestUploads(UploadMachine.TestCase):
    settings = settings(max_examples=40, stateful_step_count=25, deadline=None)

    def setUp(self) -> None:
        module.PART_MIN_BYTES = 1
        super().setUp()

    def tearDown(self) -> None:
        super().tearDown()
        module.PART_MIN_BYTES = module_minimum
