"""Reading and hashing of definitions; a misfit names the path of the field that does not fit."""

from __future__ import annotations

import hashlib
import json
from typing import Any, TypeVar

from arkitekt_spec import actions
from pydantic import BaseModel, ValidationError

from chassis.definitions.vocabulary import Definition, StateDefinition
from chassis.errors import InvalidInput

M = TypeVar("M", bound=BaseModel)


def parse(model: type[M], document: object, *, at: str = "") -> M:
    """Build a model of the definition language; raises InvalidInput naming the first misfit.

    `at` is where the document stands in a larger one and is put before the path.
    """
    try:
        return model.model_validate(document)
    except ValidationError as misfit:
        first = misfit.errors(include_url=False, include_context=False, include_input=False)[0]
        path = ".".join(part for part in (at, *map(str, first["loc"])) if part)
        raise InvalidInput(f"{path or 'definition'}: {first['msg']}", field=path or None) from None


def as_document(model: BaseModel) -> dict[str, Any]:
    """Return the whole model as plain JSON values in snake_case, the form rows store."""
    return model.model_dump(mode="json")


def definition_hash(definition: Definition) -> str:
    """Return the identity of an action: equal for every client that declares the same one."""
    return actions.definition_hash(definition)


def state_definition_hash(definition: StateDefinition) -> str:
    """Return the identity of a state's definition (its name and ports)."""
    document = json.dumps(as_document(definition), sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()
