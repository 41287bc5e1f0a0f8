"""The head of a request, read strictly: what two servers could read differently is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from chassis.objectstore.front.faults import Fault

HEAD_BYTES = 32 * 1024
_REQUEST = re.compile(rb"([A-Z]{1,16}) (/[!-~]*) HTTP/1\.([01])")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LENGTH = re.compile(r"[0-9]{1,15}")
_ONCE = frozenset(
    {"host", "content-length", "authorization", "range", "x-amz-date", "x-amz-content-sha256"}
)


@dataclass(slots=True)
class Head:
    """Method, target and headers (names in lower case) of one request."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    keep_alive: bool
    length: int

    @property
    def parameters(self) -> dict[str, str]:
        """The query as a dictionary."""
        return dict(self.query)


def parse(data: bytes) -> Head:
    """Read everything before the empty line."""
    lines = data.split(b"\r\n")
    request = _REQUEST.fullmatch(lines[0])
    if request is None or len(lines) > 128:
        raise Fault("InvalidRequest", "The request line cannot be read.")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        match = _HEADER.fullmatch(line)
        if match is None:
            raise Fault("InvalidRequest", "A header cannot be read.")
        name, value = match[1].decode().lower(), match[2].decode("latin-1").strip()
        if name in headers:
            if name in _ONCE:
                raise Fault("InvalidRequest", f"The header {name} stands there twice.")
            value = f"{headers[name]},{value}"
        headers[name] = value
    target, _, query = request[2].decode().partition("?")
    connection = headers.get("connection", "").lower()
    keep = "close" not in connection if request[3] == b"1" else "keep-alive" in connection
    return Head(request[1].decode(), decode(target), _pairs(query), headers, keep, _length(headers))


def decode(text: str) -> str:
    """Undo percent-encoding."""
    if "%" not in text:
        return text
    if _BAD_ESCAPE.search(text):
        raise Fault("InvalidURI")
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise Fault("InvalidURI", "Keys are UTF-8.") from None
    if "\0" in decoded:
        raise Fault("InvalidURI", "Keys hold no NUL.")
    return decoded


def _pairs(query: str) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for item in query.split("&") if query else ():
        name, _, value = item.partition("=")
        if item:
            name = decode(name)
            if name in found:
                raise Fault("InvalidArgument", "A query parameter stands there twice.")
            found[name] = decode(value.replace("+", " "))
    return [*found.items()]


def _length(headers: dict[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise Fault("MissingContentLength")
    text = headers.get("content-length", "0")
    if not _LENGTH.fullmatch(text):
        raise Fault("InvalidRequest", "Content-Length is not a number.")
    return int(text)


def render(status: int, headers: dict[str, str]) -> bytes:
    """Return the head of a response; values that could break out of their line are refused."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    text = "\r\n".join(lines)
    if text.count("\n") != len(headers) or text.count("\r") != len(headers):
        raise Fault("InternalError")
    return (text + "\r\n\r\n").encode("latin-1", "replace")
