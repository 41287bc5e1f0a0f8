"""Multipart uploads without a second copy: parts of one size are written where they will stay.

The first part decides the size of a slot; part n goes to slot n of one file (the slab). A part
that does not fit its slot, or comes twice, gets a file of its own, and completing copies it. A
part counts once its record is written, which is after its data and hashes are safe.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from chassis import clock
from chassis.objectstore.front import disk
from chassis.objectstore.front.backend import Condition
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.folder import Folder

PART_MIN_BYTES = 5 * 1024**2
PARTS_MAX = 10_000
_UPLOAD = "upload.json"
_SLAB = "slab"
_COPY_BYTES = 1024 * 1024


class Part(msgspec.Struct, frozen=True):
    """A part that arrived whole."""

    number: int
    size: int
    etag: str
    modified: float
    #: Where it lies in the slab, or in which file of its own.
    offset: int | None
    file: str | None
    slot_bytes: int


class Opening(msgspec.Struct, frozen=True):
    """What was said when the upload began."""

    bucket: str
    key: str
    headers: dict[str, str]
    started: float


@dataclass(slots=True)
class Upload:
    """A multipart upload under way."""

    id: str
    folder: Path
    opening: Opening
    parts: dict[int, Part] = field(default_factory=dict)
    slot_bytes: int = 0
    claimed: set[int] = field(default_factory=set)
    writing: int = 0
    closed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def size(self) -> int:
        """The bytes that arrived."""
        return sum(part.size for part in self.parts.values())


@dataclass(slots=True)
class PartDraft:
    """Where the bytes of a part go."""

    upload: Upload
    number: int
    size: int
    descriptor: int
    offset: int | None
    file: str | None


class Uploads:
    """The uploads of a folder; what a killed process knew is read back from the disk."""

    def __init__(self, store: Folder) -> None:
        self._store = store
        self._known: dict[str, Upload] = {}

    def load(self) -> None:
        """Read the uploads an earlier process left."""
        for folder in self._store.uploads.iterdir():
            try:
                opening = msgspec.json.decode((folder / _UPLOAD).read_bytes(), type=Opening)
            except (OSError, msgspec.DecodeError):
                shutil.rmtree(folder, ignore_errors=True)
                continue
            upload = Upload(folder.name, folder, opening)
            _read_parts(upload)
            if upload.claimed and not (folder / _SLAB).exists():
                # Killed after the slab had become the object: there is nothing left to complete.
                shutil.rmtree(folder, ignore_errors=True)
                continue
            self._known[upload.id] = upload

    def begin(self, bucket: str, key: str, headers: Mapping[str, str]) -> Upload:
        """Open an upload."""
        upload_id = secrets.token_hex(16)
        folder = self._store.uploads / upload_id
        opening = Opening(bucket, key, dict(headers), clock.now().timestamp())
        disk.ensure_folder(folder, self._store.fsync)
        self._write(folder / _UPLOAD, msgspec.json.encode(opening))
        upload = Upload(upload_id, folder, opening)
        self._known[upload_id] = upload
        return upload

    def get(self, upload_id: str, bucket: str, key: str) -> Upload:
        """Return an open upload of this key."""
        upload = self._known.get(upload_id)
        if upload is None or (upload.opening.bucket, upload.opening.key) != (bucket, key):
            raise Fault("NoSuchUpload")
        return upload

    def below(self, bucket: str, prefix: str) -> list[Upload]:
        """Return the uploads whose keys begin with a prefix."""
        found = [
            upload
            for upload in list(self._known.values())
            if upload.opening.bucket == bucket and upload.opening.key.startswith(prefix)
        ]
        return sorted(found, key=lambda one: (one.opening.key.encode(), one.opening.started))

    def open_part(self, upload: Upload, number: int, size: int) -> PartDraft:
        """Find the place for a part; close it by `close_part`."""
        self._store.make_room(size)
        with upload.lock:
            if upload.closed:
                raise Fault("NoSuchUpload")
            upload.slot_bytes = upload.slot_bytes or size
            slot = size <= upload.slot_bytes and number not in upload.claimed
            name = _SLAB if slot else f"own-{number}-{secrets.token_hex(4)}"
            descriptor = os.open(upload.folder / name, os.O_RDWR | os.O_CREAT, 0o600)
            upload.writing += 1
            if slot:
                upload.claimed.add(number)
        offset = (number - 1) * upload.slot_bytes if slot else None
        return PartDraft(upload, number, size, descriptor, offset, None if slot else name)

    def sink(self, draft: PartDraft) -> disk.Sink:
        """Return what the bytes of a part are written through."""
        path = draft.upload.folder / (draft.file or _SLAB)
        return disk.Sink(path, draft.descriptor, draft.offset or 0, draft.size)

    def close_part(self, draft: PartDraft, etag: str | None) -> None:
        """Record a part, or without an ETag forget it."""
        upload = draft.upload
        kept = False
        try:
            if etag is not None:
                kept = self._record(draft, etag)
        finally:
            os.close(draft.descriptor)
            with upload.lock:
                upload.writing -= 1
                if not kept and draft.offset is not None:
                    upload.claimed.discard(draft.number)
            if not kept and draft.file is not None:
                (upload.folder / draft.file).unlink(missing_ok=True)
        if etag is not None and not kept:
            raise Fault("NoSuchUpload")

    def _record(self, draft: PartDraft, etag: str) -> bool:
        upload = draft.upload
        disk.sync(draft.descriptor, self._store.fsync)
        now = clock.now().timestamp()
        part = Part(
            draft.number, draft.size, etag, now, draft.offset, draft.file, upload.slot_bytes
        )
        with upload.lock:
            if upload.closed:
                return False
            self._write(upload.folder / f"part-{draft.number}", msgspec.json.encode(part))
            before = upload.parts.get(draft.number)
            upload.parts[draft.number] = part
        if before is not None and before.file is not None:
            (upload.folder / before.file).unlink(missing_ok=True)
        return True

    def complete(
        self, upload: Upload, wanted: list[tuple[int, str]], condition: Condition | None
    ) -> tuple[str, int]:
        """Make the object of the parts named; return its ETag and what was freed."""
        with upload.lock:
            if upload.closed:
                raise Fault("NoSuchUpload")
            parts = _chosen(upload, wanted)
            upload.closed = True
        etag = etag_of([part.etag for part in parts])
        size = sum(part.size for part in parts)
        try:
            freed = self._assemble(upload, parts, size, etag, condition)
        except BaseException:
            upload.closed = False
            raise
        self._forget(upload)
        return etag, freed

    def _assemble(
        self, upload: Upload, parts: list[Part], size: int, etag: str, condition: Condition | None
    ) -> int:
        opening = upload.opening
        target = (size, opening.bucket, opening.key, etag, opening.headers, condition)
        if _lies_well(upload, parts):
            slab = upload.folder / _SLAB
            descriptor = os.open(slab, os.O_RDWR)
            try:
                return self._store.store((slab, descriptor), *target)
            finally:
                os.close(descriptor)
        with self._store.draft(size) as draft:
            offset = 0
            for part in parts:
                _copy(upload.folder, part, draft[1], offset)
                offset += part.size
            return self._store.store(draft, *target)

    def abort(self, upload: Upload) -> None:
        """Drop an upload and its parts."""
        with upload.lock:
            if upload.closed:
                raise Fault("NoSuchUpload")
            upload.closed = True
        self._forget(upload)

    def _forget(self, upload: Upload) -> None:
        self._known.pop(upload.id, None)
        shutil.rmtree(upload.folder, ignore_errors=True)

    def _write(self, path: Path, data: bytes) -> None:
        draft = path.with_name(f"new-{path.name}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            disk.write_all(descriptor, data, 0)
            disk.sync(descriptor, self._store.fsync)
        finally:
            os.close(descriptor)
        draft.rename(path)


def _read_parts(upload: Upload) -> None:
    for record in upload.folder.glob("part-*"):
        part = msgspec.json.decode(record.read_bytes(), type=Part)
        upload.parts[part.number] = part
        upload.slot_bytes = part.slot_bytes
        if part.offset is not None:
            upload.claimed.add(part.number)
    kept = {_UPLOAD, _SLAB} | {part.file for part in upload.parts.values()}
    for path in upload.folder.iterdir():
        if path.name not in kept and not path.name.startswith("part-"):
            path.unlink()


def etag_of(etags: list[str]) -> str:
    """Return the ETag S3 gives an object made of parts with these ETags."""
    joined = b"".join(bytes.fromhex(etag) for etag in etags)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(etags)}"


def _chosen(upload: Upload, wanted: list[tuple[int, str]]) -> list[Part]:
    numbers = [number for number, _ in wanted]
    if numbers != sorted(set(numbers)):
        raise Fault("InvalidPartOrder")
    parts = []
    for number, etag in wanted:
        part = upload.parts.get(number)
        if part is None or part.etag != etag:
            raise Fault("InvalidPart", f"Part {number} was not uploaded, or its ETag differs.")
        parts.append(part)
    if any(part.size < PART_MIN_BYTES for part in parts[:-1]):
        raise Fault("EntityTooSmall")
    return parts


def _lies_well(upload: Upload, parts: list[Part]) -> bool:
    """Tell whether the slab is the object and nothing else, and nobody writes to it any more."""
    if upload.writing or len(parts) != len(upload.parts):
        return False
    offset = 0
    for part in parts:
        if part.offset != offset:
            return False
        offset += part.size
    return True


def _copy(folder: Path, part: Part, target: int, offset: int) -> None:
    source = os.open(folder / (part.file or _SLAB), os.O_RDONLY)
    try:
        at, left = part.offset or 0, part.size
        while left:
            data = os.pread(source, min(left, _COPY_BYTES), at)
            if not data:
                raise Fault("InternalError", "A part is shorter than its record.")
            disk.write_all(target, data, offset)
            at, offset, left = at + len(data), offset + len(data), left - len(data)
    finally:
        os.close(source)
