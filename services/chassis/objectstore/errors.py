"""Errors of the object store a service may see; all are platform errors."""

from __future__ import annotations

from chassis.errors import Conflict, InvalidInput, NotFound, PlatformError, Unavailable


class ObjectNotFound(NotFound):
    """There is no such object in the store."""

    code = "OBJECT_NOT_FOUND"


class ObjectExists(Conflict):
    """There is an object under this key already."""

    code = "OBJECT_EXISTS"


class RangeNotSatisfiable(InvalidInput):
    """The object is shorter than the range that was asked for."""

    code = "RANGE_NOT_SATISFIABLE"


class GrantRefused(Unavailable):
    """The object store gave no credentials for this store; nothing wider is ever handed out."""

    code = "GRANT_REFUSED"


class StorageUnavailable(Unavailable):
    """The object store does not answer or refuses the server's own requests."""

    code = "STORAGE_UNAVAILABLE"


class StorageFull(PlatformError):
    """The object store has no room for this, or the grant's limit is reached."""

    code = "STORAGE_FULL"
    http_status = 507
