"""Objects as files: data and metadata in one, whole or no object."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.objectstore.front import disk

#: Of linux/fs.h, with a long of 64 bits.
FS_IOC_GETFLAGS, FS_TOPDIR_FL = 0x80086601, 0x00020000
HEADERS = st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=5)


@pytest.fixture
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("objects")

    def read(data: bytes) -> disk.Stored:
        path = folder / "object"
        path.write_bytes(data)
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return disk.read_footer(descriptor)
        finally:
            os.close(descriptor)

    return read


@given(data=st.binary(max_size=300), etag=st.text(max_size=40), headers=HEADERS)
def test_an_object_tells_its_size_and_what_was_said_of_it(tmp_path_factory, data, etag, headers):
    path = tmp_path_factory.mktemp("o") / "object"
    path.write_bytes(data + disk.footer(etag, headers))
    descriptor = os.open(path, os.O_RDONLY)
    try:
        found = disk.read_footer(descriptor)
    finally:
        os.close(descriptor)
    assert (found.size, found.meta.etag, found.meta.headers) == (len(data), etag, headers)


def test_a_file_cut_anywhere_in_its_footer_is_no_object(stored):
    whole = b"data" * 10 + disk.footer("etag", {"content-type": "image/png"})
    for length in range(len(whole)):
        with pytest.raises(disk.Torn):
            stored(whole[:length])
    assert stored(whole).size == 40


def test_a_file_that_goes_on_after_its_footer_is_no_object(stored):
    with pytest.raises(disk.Torn):
        stored(b"data" + disk.footer("etag", {}) + b"x")


@given(st.binary(max_size=100))
def test_whatever_lies_there_is_an_object_or_torn(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("o") / "object"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with pytest.raises(disk.Torn):
            disk.read_footer(descriptor)
    finally:
        os.close(descriptor)


def test_a_footer_that_lies_about_its_length_is_torn(stored):
    good = disk.footer("etag", {})
    tail = good[-12:]
    for length in (len(good), 2**31, 2**32 - 1):
        with pytest.raises(disk.Torn):
            stored(good[:-12] + length.to_bytes(4, "little") + tail[4:])


def test_many_headers_are_read_from_beyond_the_first_guess(stored):
    headers = {f"x-amz-meta-{number}": "v" * 50 for number in range(200)}
    assert stored(b"data" + disk.footer("etag", headers)).meta.headers == headers


@pytest.mark.parametrize("size", [10, 1024 * 1024, 3 * 1024 * 1024 + 17])
def test_a_sink_writes_each_byte_where_it_belongs(tmp_path, size):
    path, data = tmp_path / "file", os.urandom(size)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    sink = disk.Sink(path, descriptor, 0, size)
    try:
        for start in range(0, size, 1024 * 1024):
            sink.write(memoryview(data[start : start + 1024 * 1024]), start)
    finally:
        sink.close()
        sink.close()  # twice is no harm
        os.close(descriptor)
    assert path.read_bytes()[:size] == data


@pytest.mark.parametrize("policy", ["full", "data", "none"])
def test_folders_are_made_with_all_above_them_and_for_their_owner_alone(tmp_path, policy):
    folder = tmp_path / "a" / "b" / "c"
    disk.ensure_folder(folder, policy)
    disk.ensure_folder(folder, policy)
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o077 == 0
    disk.sync_folder(folder, policy)
    descriptor = os.open(folder / "f", os.O_RDWR | os.O_CREAT)
    disk.write_all(descriptor, b"data", 2)
    disk.sync(descriptor, policy)
    os.close(descriptor)
    assert (folder / "f").read_bytes() == b"\0\0data"


@pytest.mark.parametrize("place", [None, "/dev/shm"])
def test_folders_are_spread_where_the_file_system_knows_how(tmp_path, place):
    with tempfile.TemporaryDirectory(dir=place or tmp_path) as name:
        disk.spread(Path(name))
        kind = subprocess.run(["stat", "-f", "-c", "%T", name], capture_output=True, text=True)
        if kind.stdout.startswith("ext"):
            descriptor, flags = os.open(name, os.O_RDONLY), bytearray(struct.calcsize("l"))
            fcntl.ioctl(descriptor, FS_IOC_GETFLAGS, flags)
            os.close(descriptor)
            assert struct.unpack("l", flags)[0] & FS_TOPDIR_FL
        disk.spread(Path(name))


def test_a_new_file_makes_its_folder_and_is_never_another_ones(tmp_path):
    path = tmp_path / "7" / "7"
    os.close(disk.create(path))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    with pytest.raises(FileExistsError):
        disk.create(path)
