"""The backend that keeps objects in a local folder."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from chassis.objectstore.config import FrontConfig
from chassis.objectstore.contract import KEY_BYTES, GrantScope
from chassis.objectstore.front import disk
from chassis.objectstore.front.backend import (
    WHOLE_BYTES,
    Body,
    Condition,
    Listing,
    Opened,
    Page,
    PartInfo,
    Place,
    Stored,
    Target,
    span_of,
)
from chassis.objectstore.front.connection import Connection
from chassis.objectstore.front.faults import Fault, of_os_error
from chassis.objectstore.front.folder import Folder, look
from chassis.objectstore.front.uploads import Upload, Uploads

#: No key holds this byte, so a prefix followed by it comes after every key below the prefix.
_PAST = b"\xff"
_Found = Iterator[tuple[bytes, Path | None]]


class FileContent:
    """A stretch of an open file."""

    def __init__(self, descriptor: int, start: int, length: int) -> None:
        self._stretch = (descriptor, start, length)

    def send(self, connection: Connection, status: int, headers: dict[str, str]) -> None:
        """Send it without a copy."""
        connection.answer_file(status, headers, *self._stretch)

    def close(self) -> None:
        """Close the file."""
        os.close(self._stretch[0])


class FolderBackend:
    """Objects and uploads of a folder that belongs to this process."""

    def __init__(self, config: FrontConfig) -> None:
        self._object_bytes = config.object_bytes
        self._folder = Folder(config.folder, config.fsync, config.reserve_bytes, config.stop_share)
        self._folder.own()
        self._uploads = Uploads(self._folder)
        self._uploads.load()

    def close(self) -> None:
        """Let another process have the folder."""
        self._folder.close()

    def make_bucket(self, bucket: str) -> None:
        """A bucket is there as soon as an object is."""

    def look(self, bucket: str, key: str) -> Stored | None:
        """Return what is known of an object."""
        return look(self._folder.path(bucket, key))

    def open(self, bucket: str, key: str, span: str | None) -> Opened:
        """Open an object."""
        descriptor, stored = self._folder.open(bucket, key)
        try:
            wanted = span_of(span, stored.size)
        except BaseException:
            os.close(descriptor)
            raise
        start, length = wanted or (0, stored.size)
        content = FileContent(descriptor, start, length)
        return Opened(stored, start, length, wanted is not None, content)

    def put(self, target: Target, body: Body) -> tuple[str, int | None]:
        """Write an object to a draft, then give it its name."""
        if body.length <= WHOLE_BYTES:
            data, etag = body.whole()
            where = (target.bucket, target.key, etag, target.headers, target.condition)
            return etag, self._folder.store_whole(data, *where)
        with self._folder.draft(body.length) as draft:
            with contextlib.closing(disk.Sink(*draft, 0, body.length)) as sink:
                etag = body.pour(sink.write)
            where = (target.bucket, target.key, etag, target.headers, target.condition)
            return etag, self._folder.store(draft, body.length, *where)

    def delete(self, bucket: str, key: str) -> int | None:
        """Remove an object."""
        return self._folder.delete(bucket, key)

    def delete_many(self, bucket: str, keys: Sequence[str]) -> list[Fault | int | None]:
        """Remove objects one after the other."""
        return [self._delete(bucket, key) for key in keys]

    def _delete(self, bucket: str, key: str) -> Fault | int:
        if len(key.encode()) > KEY_BYTES or "\0" in key:
            return 0
        try:
            return self._folder.delete(bucket, key)
        except OSError as error:
            return of_os_error(error)

    def page(self, listing: Listing) -> Page:
        """Walk the folders of a prefix."""
        prefix, delimiter = listing.prefix, listing.delimiter
        after = _after(listing)
        found = self._folder.walk(listing.bucket, prefix, after, fold=delimiter == "/")
        if delimiter not in ("", "/"):
            found = folded_at(found, prefix.encode(), delimiter.encode(), after)
        taken = list(islice(found, listing.limit))
        page = Page()
        if taken and next(found, None) is not None:
            key, path = taken[-1]
            token = key if path is not None else key + _PAST
            page.next_token = base64.urlsafe_b64encode(token).decode()
        for key, path in taken:
            stored = None if path is None else look(path)
            if path is None or stored is not None:
                page.entries.append((key, stored))
        return page

    def measure(self, scope: GrantScope) -> int:
        """Add up files and parts."""
        open_uploads = self._uploads.below(scope.bucket, scope.path)
        waiting = sum(one.size for one in open_uploads if scope.covers(one.opening.key))
        found = self._folder.walk(scope.bucket, f"{scope.path}/", b"", fold=False)
        stored = [look(path) for _, path in found if path is not None]
        stored.append(self.look(scope.bucket, scope.path))
        return waiting + sum(one.size for one in stored if one is not None)

    def begin(self, target: Target) -> str:
        """Open an upload."""
        return self._uploads.begin(target.bucket, target.key, target.headers).id

    def _upload(self, place: Place) -> Upload:
        return self._uploads.get(place.id, place.bucket, place.key)

    def put_part(self, place: Place, number: int, body: Body) -> tuple[str, int | None]:
        """Write a part to its slot."""
        upload = self._upload(place)
        if upload.size + body.length > self._object_bytes:
            raise Fault("EntityTooLarge")
        draft = self._uploads.open_part(upload, number, body.length)
        before = upload.parts.get(number)
        etag: str | None = None
        try:
            with contextlib.closing(self._uploads.sink(draft)) as sink:
                etag = body.pour(sink.write)
        finally:
            self._uploads.close_part(draft, etag)
        return etag, before.size if before else 0

    def complete(
        self, place: Place, wanted: list[tuple[int, str]], condition: Condition | None
    ) -> tuple[str, int | None]:
        """Give the parts the name of the object."""
        try:
            return self._uploads.complete(self._upload(place), wanted, condition)
        except FileNotFoundError:
            # Another request completed it meanwhile.
            raise Fault("NoSuchUpload") from None

    def abort(self, place: Place) -> int | None:
        """Drop an upload."""
        upload = self._upload(place)
        size = upload.size
        self._uploads.abort(upload)
        return size

    def parts(self, place: Place, after: int, limit: int) -> tuple[list[PartInfo], bool]:
        """Return what is known of the parts."""
        known = self._upload(place).parts
        numbers = [number for number in sorted(known) if number > after]
        shown = [known[number] for number in numbers[:limit]]
        infos = [PartInfo(one.number, one.size, one.etag, one.modified) for one in shown]
        return infos, len(numbers) > limit

    def uploads(self, bucket: str, prefix: str) -> list[Place]:
        """Return the open uploads."""
        return [
            Place(bucket, one.opening.key, one.id, one.opening.started)
            for one in self._uploads.below(bucket, prefix)
        ]


def _after(listing: Listing) -> bytes:
    if listing.token is None:
        return listing.start_after.encode()
    try:
        return base64.b64decode(listing.token.encode("ascii"), b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Fault("InvalidArgument", "This is no continuation token.") from None


def folded_at(found: _Found, prefix: bytes, delimiter: bytes, after: bytes) -> _Found:
    """Give keys that share what goes before a delimiter as one prefix."""
    last = after.removesuffix(_PAST) if after.endswith(_PAST) else None
    for key, path in found:
        end = key.find(delimiter, len(prefix))
        if end < 0:
            yield key, path
            continue
        folded = key[: end + len(delimiter)]
        if folded != last:
            last = folded
            yield folded, None
