"""Reads stored JSON documents (definitions, demands, diagnostics) into GraphQL types.

A document has the snake_case keys of the definition language, and so have the fields of the
types; what a document leaves out is null. A private field `raw` of a type takes the document whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar, cast

from strawberry.types.base import (
    StrawberryList,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.lazy_type import LazyType

T = TypeVar("T")
Reader = Callable[[Any], Any]

#: Interfaces by name: their members by the document's `kind`.
_members: dict[str, Mapping[str, type]] = {}
_readers: dict[type, Reader] = {}


def register_kinds(interface: type, members: Mapping[str, type]) -> None:
    """Tell which type a document of an interface becomes, by its `kind`."""
    _members[interface.__name__] = members


def read(kind: type[T], document: Mapping[str, Any]) -> T:
    """Build a GraphQL object of one document."""
    return cast(T, _object(kind)(document))


def read_all(kind: type[T], documents: object) -> list[T]:
    """Build GraphQL objects of a list of documents; null counts as empty."""
    build = _object(kind)
    return [build(item) for item in documents] if isinstance(documents, (list, tuple)) else []


def _object(kind: type) -> Reader:
    """Return the reader of a type; there is one for each."""
    if kind not in _readers:
        _readers[kind] = _new_object(kind)
    return _readers[kind]


def _new_object(kind: type) -> Reader:
    members = _members.get(kind.__name__)
    if members is not None:
        return lambda document: _object(members[document["kind"]])(document)
    definition = get_object_definition(kind, strict=True)
    keeps_raw = "raw" in getattr(kind, "__dataclass_fields__", ())
    readers: dict[str, Reader] | None = None

    def build(document: Any) -> Any:
        nonlocal readers
        if readers is None:  # on first use: types refer to each other
            readers = _fields(definition)
        values = {name: reader(document.get(name)) for name, reader in readers.items()}
        if keeps_raw:
            values["raw"] = document
        return kind(**values)

    return build


def _fields(definition: StrawberryObjectDefinition) -> dict[str, Reader]:
    return {
        field.python_name: _value(field.type)
        for field in definition.fields
        if field.base_resolver is None
    }


def _value(annotation: Any) -> Reader:
    """Return the reader of values of a resolved field type."""
    if isinstance(annotation, StrawberryOptional):
        inner = _value(annotation.of_type)
        return lambda value: None if value is None else inner(value)
    if isinstance(annotation, StrawberryList):
        item = _value(annotation.of_type)
        return lambda value: [item(each) for each in value or ()]
    if isinstance(annotation, LazyType):
        annotation = annotation.resolve_type()
    if isinstance(annotation, StrawberryEnumDefinition):
        return cast(Reader, annotation.wrapped_cls)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return annotation
    if get_object_definition(annotation) is not None:
        return _object(annotation)
    return lambda value: value
