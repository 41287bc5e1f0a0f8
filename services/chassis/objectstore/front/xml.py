"""The XML of S3: two small documents are read, a few are written. No entities, no DOCTYPE."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.parsers import expat
from xml.sax.saxutils import escape

from chassis.objectstore.front.faults import Fault

XML_BYTES = 4 * 1024 * 1024
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
#: A document: name and text, or name and children.
Node = tuple[str, "str | int | bool | Iterable[Node]"]


def render(node: Node) -> bytes:
    """Return a document with the namespace of S3 on its root."""
    text = _render(node).replace(">", f' xmlns="{_NAMESPACE}">', 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def error(code: str, message: str, resource: str, request_id: str) -> bytes:
    """Return the body of a refusal, which bears no namespace."""
    fields = (
        ("Code", code),
        ("Message", message),
        ("Resource", resource),
        ("RequestId", request_id),
    )
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + _render(("Error", fields))).encode()


def _render(node: Node) -> str:
    name, content = node
    if isinstance(content, bool):
        content = "true" if content else "false"
    if isinstance(content, str | int):
        text = _CONTROL.sub(lambda match: f"&#{ord(match[0])};", escape(str(content)))
        return f"<{name}>{text}</{name}>"
    return f"<{name}>{''.join(_render(child) for child in content)}</{name}>"


class _Reader:
    def __init__(self, item: str) -> None:
        self.item = item
        self.root = ""
        self.items: list[dict[str, str]] = []
        self.loose: dict[str, str] = {}
        self._path: list[str] = []
        self._text: list[str] = []

    def start(self, name: str, _attributes: object) -> None:
        name = name.rpartition(":")[2]
        if len(self._path) > 4:
            raise Fault("MalformedXML")
        self.root = self.root or name
        self._path.append(name)
        self._text = []
        if name == self.item:
            self.items.append({})

    def end(self, _name: str) -> None:
        name = self._path.pop()
        if len(self._path) == 2 and self._path[1] == self.item:
            self.items[-1][name] = "".join(self._text)
        elif len(self._path) == 1 and name != self.item:
            self.loose[name] = "".join(self._text)
        self._text = []

    def data(self, text: str) -> None:
        self._text.append(text)

    def refuse(self, *_arguments: object) -> None:
        raise Fault("MalformedXML", "Documents here have no DOCTYPE.")


def read_items(body: bytes, root: str, item: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Return the items below the root, each as name and text, and what stands beside them."""
    reader = _Reader(item)
    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, IndexError):
        raise Fault("MalformedXML") from None
    if reader.root != root:
        raise Fault("MalformedXML", f"The document is not a {root}.")
    return reader.items, reader.loose
