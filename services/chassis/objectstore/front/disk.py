"""One object is one file: the data, a footer with ETag and headers, its length and a mark.

So data and metadata appear together by one rename, and the data begins at zero.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from chassis.objectstore.front.backend import Meta, Stored

Fsync = Literal["full", "data", "none"]
_MARK = b"BHOBJ\x01\r\n"
_TAIL = struct.Struct("<I8s")
_GUESS = 4096
_LARGE_BYTES = 1024 * 1024
_BLOCK_BYTES = 4096
#: Of linux/fs.h: FS_IOC_GETFLAGS and FS_IOC_SETFLAGS with a long, and FS_TOPDIR_FL.
_LONG = struct.Struct("@l")
_GET_FLAGS = 0x80006601 | _LONG.size << 16
_SET_FLAGS = 0x40006602 | _LONG.size << 16
_TOP_OF_TREES = 0x00020000


class Torn(Exception):
    """A file without a whole footer: it is no object."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Meta)


def footer(etag: str, headers: Mapping[str, str]) -> bytes:
    """Return what is written behind the data."""
    body = _encoder.encode(Meta(etag, dict(headers)))
    return body + _TAIL.pack(len(body), _MARK)


def read_footer(descriptor: int) -> Stored:
    """Return what an open file says of itself; raise `Torn` if it is not whole."""
    status = os.fstat(descriptor)
    tail = os.pread(descriptor, _GUESS, max(status.st_size - _GUESS, 0))
    if len(tail) < _TAIL.size:
        raise Torn
    length, mark = _TAIL.unpack(tail[-_TAIL.size :])
    size = status.st_size - _TAIL.size - length
    if mark != _MARK or size < 0:
        raise Torn
    body = tail[-_TAIL.size - length : -_TAIL.size]
    if len(body) < length:
        body = os.pread(descriptor, length, size)
    try:
        return Stored(size, status.st_mtime, _decoder.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Torn from None


def write_all(descriptor: int, data: memoryview | bytes, offset: int) -> None:
    """Write every byte at an offset."""
    view = memoryview(data)
    while view:
        count = os.pwrite(descriptor, view, offset)
        view, offset = view[count:], offset + count


def write_both(descriptor: int, data: memoryview, more: bytes) -> None:
    """Write two pieces, one behind the other, to the beginning of a file; mostly in one call."""
    count = os.pwritev(descriptor, (data, more), 0)
    if count < len(data):
        write_all(descriptor, data[count:], count)
        count = len(data)
    write_all(descriptor, more[count - len(data) :], count)


def create(path: Path) -> int:
    """Open a new file, in a folder that is made if it is not there."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return os.open(path, flags, 0o600)


def spread(folder: Path) -> None:
    """Tell the file system that the folders in this one have nothing to do with each other.

    Ext4 then gives each a part of the disk of its own. Otherwise all new files are looked for in
    one place, past every file that was removed there lately, which costs more than the writing.
    Other file systems spread on their own, and have no such flag.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):
            flags = bytearray(_LONG.size)
            fcntl.ioctl(descriptor, _GET_FLAGS, flags)
            (found,) = _LONG.unpack(flags)
            fcntl.ioctl(descriptor, _SET_FLAGS, _LONG.pack(found | _TOP_OF_TREES))
    finally:
        os.close(descriptor)


class Sink:
    """Writes a stretch of a file; large ones get their room first and pass the page cache by.

    Both matter more than all else here: growing a file write by write, or several writers on one
    file in the page cache, cost ten times the copying.
    """

    def __init__(self, path: Path, descriptor: int, offset: int, size: int) -> None:
        self._descriptor = descriptor
        self._offset = offset
        self._direct: int | None = None
        if size >= _LARGE_BYTES:
            with contextlib.suppress(OSError):
                os.posix_fallocate(descriptor, offset, size)
                self._direct = os.open(path, os.O_WRONLY | getattr(os, "O_DIRECT", 0))

    def write(self, view: memoryview, offset: int) -> None:
        """Write bytes at an offset of the stretch; the memory must be aligned to pages."""
        at = self._offset + offset
        if self._direct is not None and not (at | len(view)) % _BLOCK_BYTES:
            with contextlib.suppress(OSError):
                if os.pwrite(self._direct, view, at) == len(view):
                    return
        write_all(self._descriptor, view, at)

    def close(self) -> None:
        """Close what was opened here."""
        if self._direct is not None:
            os.close(self._direct)
            self._direct = None


def sync(descriptor: int, policy: Fsync) -> None:
    """Make the data of a file survive a power loss, if the policy asks for it."""
    if policy != "none":
        os.fdatasync(descriptor)


def sync_folder(folder: Path, policy: Fsync) -> None:
    """Make the names in a folder survive a power loss, if the policy asks for it."""
    if policy != "full":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def ensure_folder(folder: Path, policy: Fsync) -> None:
    """Make a folder and those above it."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return
    except FileNotFoundError:
        ensure_folder(folder.parent, policy)
        folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent, policy)
