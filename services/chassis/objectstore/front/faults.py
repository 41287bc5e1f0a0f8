"""Refusals of the front, with the codes S3 clients know."""

from __future__ import annotations

import errno

_STATUS = {
    "AccessDenied": (403, "The grant does not open this."),
    "AuthorizationHeaderMalformed": (400, "The Authorization header cannot be read."),
    "AuthorizationQueryParametersError": (400, "The signature in the query cannot be read."),
    "BadDigest": (400, "The data does not match the checksum that was sent with it."),
    "EntityTooLarge": (400, "The object is larger than the grant or this server allows."),
    "EntityTooSmall": (400, "A part but the last is smaller than 5 MiB."),
    "ExpiredToken": (403, "The grant has expired; ask for a new one."),
    "IncompleteBody": (400, "The body ended early."),
    "InternalError": (500, "The server failed; try again."),
    "InvalidAccessKeyId": (403, "This access key is not known here."),
    "InvalidArgument": (400, "An argument has a value that cannot be used."),
    "InvalidDigest": (400, "Content-MD5 is not the base64 of an MD5."),
    "InvalidPart": (400, "A part was not uploaded, or its ETag differs."),
    "InvalidPartOrder": (400, "Parts must be listed in ascending order."),
    "InvalidRange": (416, "The object is shorter than the range."),
    "InvalidRequest": (400, "The request is not one this server reads."),
    "InvalidToken": (403, "The session token is not one of this server."),
    "InvalidURI": (400, "The path cannot be read."),
    "KeyTooLongError": (400, "A key has at most 1024 bytes."),
    "MalformedXML": (400, "The XML cannot be read."),
    "MethodNotAllowed": (405, "This resource does not take this method."),
    "MissingContentLength": (411, "A body needs a Content-Length."),
    "NoSuchBucket": (404, "There is no such bucket."),
    "NoSuchKey": (404, "There is no such object."),
    "NoSuchUpload": (404, "There is no such multipart upload; it may be completed or aborted."),
    "NotImplemented": (501, "This server does not offer that."),
    "PreconditionFailed": (412, "The condition of the request does not hold."),
    "QuotaExceeded": (400, "The grant's limit is reached."),
    "RequestHeaderSectionTooLarge": (400, "The head of the request is too large."),
    "RequestTimeTooSkewed": (403, "The clocks of client and server differ too much."),
    "RequestTimeout": (400, "The body stalled."),
    "ServiceUnavailable": (503, "The store behind this server does not answer; try again."),
    "SignatureDoesNotMatch": (403, "The signature does not match the request."),
    "SlowDown": (503, "Too many requests at once; try again."),
    "StorageFull": (400, "The disk of the object store is full."),
    "XAmzContentSHA256Mismatch": (400, "The data does not match x-amz-content-sha256."),
}


class Fault(Exception):
    """A request that is refused; `code` is one of the table."""

    def __init__(self, code: str, message: str | None = None) -> None:
        self.code = code
        self.status, default = _STATUS[code]
        self.message = message or default
        super().__init__(code)


def of_os_error(error: OSError) -> Fault:
    """Return the refusal for a failed call to the file system."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Fault("StorageFull")
    if error.errno == errno.ENAMETOOLONG:
        return Fault("KeyTooLongError")
    return Fault("InternalError")
