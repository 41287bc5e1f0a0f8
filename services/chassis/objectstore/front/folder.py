"""A local folder as the backend: objects appear, are replaced and vanish whole."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

from chassis.objectstore.front import disk
from chassis.objectstore.front.backend import Condition, Stored
from chassis.objectstore.front.disk import Torn
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.keys import file_of, folder_of, read_name

_STRIPES = 64
#: Writers at once seldom share a folder of drafts, which would make them wait for each other.
_DRAFT_FOLDERS = 64
_TRIES = 16


class Folder:
    """Objects below `root/<bucket>/`; drafts and uploads below `root/.front/`."""

    def __init__(
        self, root: Path, fsync: disk.Fsync, reserve_bytes: int, stop_share: float = 1
    ) -> None:
        self.root = root
        self.fsync: disk.Fsync = fsync
        self.reserve_bytes = reserve_bytes
        self.stop_share = stop_share
        self.drafts = root / ".front" / "drafts"
        self.uploads = root / ".front" / "uploads"
        self._locks = [threading.Lock() for _ in range(_STRIPES)]
        self._number = count()
        self._owner: int | None = None

    def own(self) -> None:
        """Take the folder for this process alone, and throw away what a killed one left."""
        disk.ensure_folder(self.uploads, self.fsync)
        disk.spread(self.uploads)
        self._owner = os.open(self.drafts.parent / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(self.drafts, ignore_errors=True)
        disk.ensure_folder(self.drafts, self.fsync)
        disk.spread(self.drafts)

    def close(self) -> None:
        """Let another process have the folder."""
        if self._owner is not None:
            os.close(self._owner)
            self._owner = None

    def path(self, bucket: str, key: str) -> Path:
        """Return where an object lies."""
        return self.root / bucket / file_of(key)

    def open(self, bucket: str, key: str) -> tuple[int, Stored]:
        """Open an object for reading; the caller closes the descriptor."""
        found = _open(self.path(bucket, key))
        if found is None:
            raise Fault("NoSuchKey")
        return found

    def make_room(self, size: int) -> None:
        """Raise `StorageFull` if the disk would be left with less than the reserve."""
        status = os.statvfs(self.root)
        kept_free = round((1 - self.stop_share) * status.f_blocks) * status.f_frsize
        if status.f_bavail * status.f_frsize < size + max(self.reserve_bytes, kept_free):
            raise Fault("StorageFull")

    @contextlib.contextmanager
    def draft(self, size: int) -> Iterator[tuple[Path, int]]:
        """Yield path and descriptor of a new file; it is gone afterwards unless it was stored."""
        self.make_room(size)
        path = self._draft_path()
        descriptor = disk.create(path)
        try:
            yield path, descriptor
        finally:
            os.close(descriptor)
            path.unlink(missing_ok=True)

    def _draft_path(self) -> Path:
        number = next(self._number)
        return self.drafts / f"{number % _DRAFT_FOLDERS}" / f"{number}"

    def store(
        self,
        draft: tuple[Path, int],
        size: int,
        bucket: str,
        key: str,
        etag: str,
        headers: Mapping[str, str],
        condition: Condition | None,
    ) -> int:
        """Give a file with `size` bytes of data its footer and its key; return what was freed."""
        source, descriptor = draft
        os.ftruncate(descriptor, size)
        disk.write_all(descriptor, disk.footer(etag, headers), size)
        disk.sync(descriptor, self.fsync)
        return self._publish(source, bucket, key, condition)

    def store_whole(
        self,
        data: memoryview,
        bucket: str,
        key: str,
        etag: str,
        headers: Mapping[str, str],
        condition: Condition | None,
    ) -> int:
        """Write an object that is in memory; return what was freed.

        It does what a draft and `store` do with half as many calls of the system: each gives the
        interpreter away and waits to have it back, which is what small objects cost.
        """
        self.make_room(len(data))
        path = self._draft_path()
        descriptor = disk.create(path)
        try:
            try:
                disk.write_both(descriptor, data, disk.footer(etag, headers))
                disk.sync(descriptor, self.fsync)
            finally:
                os.close(descriptor)
            return self._publish(path, bucket, key, condition)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def _publish(  # the one place where an object comes into being
        self, source: Path, bucket: str, key: str, condition: Condition | None
    ) -> int:
        target = self.path(bucket, key)
        with self._lock(bucket, key):
            before = _look(target)
            if condition is not None:
                condition(before)
            self._rename(source, target)
        disk.sync_folder(target.parent, self.fsync)
        return before.size if before else 0

    def delete(self, bucket: str, key: str) -> int:
        """Remove an object, and folders it leaves empty; return what was freed."""
        target = self.path(bucket, key)
        with self._lock(bucket, key):
            before = _look(target)
            try:
                target.unlink()
            except (FileNotFoundError, NotADirectoryError):
                return 0
        for folder in target.parents:
            if folder == self.root / bucket:
                break
            try:
                folder.rmdir()
            except OSError:
                break
        return before.size if before else 0

    def walk(self, bucket: str, prefix: str, after: bytes, *, fold: bool) -> Iterator[_Entry]:
        """Yield the objects of a listing in order, with `fold` a folder at once as `a/`.

        What is yielded is the key as bytes and its path, or None for a folder.
        """
        base = prefix[: prefix.rfind("/") + 1]
        start = self.root / bucket / folder_of(base)
        return _walk(start, base.encode(), prefix.encode(), after, fold=fold)

    def _lock(self, bucket: str, key: str) -> threading.Lock:
        return self._locks[hash((bucket, key)) % _STRIPES]

    def _rename(self, source: Path, target: Path) -> None:
        # A delete next door may take the folder away between making and using it.
        for _ in range(_TRIES):
            try:
                source.rename(target)
            except FileNotFoundError:
                disk.ensure_folder(target.parent, self.fsync)
            else:
                return
        raise Fault("SlowDown")


_Entry = tuple[bytes, Path | None]


def _open(path: Path) -> tuple[int, Stored] | None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return descriptor, disk.read_footer(descriptor)
    except Torn:
        os.close(descriptor)
        return None


def _look(path: Path) -> Stored | None:
    found = _open(path)
    if found is None:
        return None
    os.close(found[0])
    return found[1]


look = _look


def _walk(
    folder: Path, base: bytes, prefix: bytes, after: bytes, *, fold: bool
) -> Iterator[_Entry]:
    try:
        with os.scandir(folder) as entries:
            found = sorted((read_name(entry.name), entry.name) for entry in entries)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name, text in found:
        at = base + name.raw
        if name.is_file:
            if at.startswith(prefix) and at > after:
                yield at, folder / text
        elif _may_hold(at, prefix, after):
            below = _walk(folder / text, at, prefix, after, fold=fold)
            if fold and at.endswith(b"/") and len(at) > len(prefix):
                if next(below, None) is not None:
                    yield at, None
            else:
                yield from below


def _may_hold(at: bytes, prefix: bytes, after: bytes) -> bool:
    matches = at.startswith(prefix) or prefix.startswith(at)
    return matches and (at > after or after.startswith(at))
