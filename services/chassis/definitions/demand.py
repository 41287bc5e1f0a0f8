"""Demands on actions, states and their ports as conditions on the stored definitions.

A definition is stored whole, with its defaults, so a demand on a port is containment in JSON.
A demand comes as a mapping with the snake_case keys of the definition language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Func, IntegerField, Q
from django.db.models.lookups import Exact

from chassis.errors import NotSupported

Demand = Mapping[str, Any]

_MATCHED = ("key", "kind", "identifier", "nullable", "dimension")
_LENGTHS = {
    "force_length": "$.{side}[*]",
    "force_non_nullable_length": "$.{side}[*] ? (@.nullable == false)",
    "force_structure_length": '$.{side}[*] ? (@.kind == "STRUCTURE")',
}


def all_of(conditions: Iterable[Q]) -> Q:
    """Join conditions with AND; none at all is always true."""
    return reduce(and_, conditions, Q())


def port_matches(path: str, matches: Iterable[Demand] | None) -> Q:
    """Return the condition that the port list at a JSON path has a port for every match."""
    return all_of(_port(path, match) for match in matches or ())


def port_demand(demand: Demand, *, definition: str = "definition") -> Q:
    """Return the condition that one side of a definition meets a demand on its ports."""
    side = demand["kind"].lower()
    condition = port_matches(f"{definition}__{side}", demand.get("matches"))
    for key, path in _LENGTHS.items():
        if demand.get(key) is not None:
            condition &= _length(definition, path.format(side=side), demand[key])
    return condition


def action_demand(demand: Demand, *, prefix: str = "") -> Q:
    """Return the condition that an action meets a demand; a hash decides alone."""
    if demand.get("hash"):
        return Q(**{f"{prefix}hash": demand["hash"]})
    paths = {"key": "key", "version": "version", "name": "name", "app": "app__identifier"}
    condition = _equal(demand, paths, prefix)
    flags = {flag: flag for flag in ("pure", "idempotent", "stateful")}
    condition &= _equal(demand, flags, prefix)
    if demand.get("protocols"):
        condition &= Q(**{f"{prefix}protocols__contains": list(demand["protocols"])})
    definition = f"{prefix}definition"
    for side, matches, length in (
        ("args", "arg_matches", "force_arg_length"),
        ("returns", "return_matches", "force_return_length"),
    ):
        condition &= port_matches(f"{definition}__{side}", demand.get(matches))
        if demand.get(length) is not None:
            condition &= _length(definition, f"$.{side}[*]", demand[length])
    return condition


def state_demand(demand: Demand, *, prefix: str = "") -> Q:
    """Return the condition that a state meets a demand; a hash decides alone."""
    if demand.get("hash"):
        return Q(**{f"{prefix}definition__hash": demand["hash"]})
    if demand.get("protocols"):
        raise NotSupported("Protocols of states are not offered yet.")
    condition = _equal(demand, {"key": "key", "app": "app_identifier"}, prefix)
    return condition & port_matches(f"{prefix}definition__ports", demand.get("matches"))


def _equal(demand: Demand, paths: Mapping[str, str], prefix: str) -> Q:
    return all_of(
        Q(**{f"{prefix}{path}": demand[key]})
        for key, path in paths.items()
        if demand.get(key) is not None
    )


def _port(path: str, match: Demand) -> Q:
    if match.get("at") is None:
        return Q(**{f"{path}__contains": [_pattern(match)]})
    here = f"{path}__{int(match['at'])}"
    condition = Q(**{f"{here}__contains": _pattern(match, children=False)})
    return condition & port_matches(f"{here}__children", match.get("children"))


def _pattern(match: Demand, *, children: bool = True) -> dict[str, Any]:
    """Return the JSON a port must contain to meet the match."""
    if match.get("descriptors"):
        raise NotSupported("Matching by descriptors is not offered yet.")
    pattern = {key: match[key] for key in _MATCHED if match.get(key) is not None}
    inner = [_nested(child) for child in match.get("children") or ()] if children else []
    return pattern | ({"children": inner} if inner else {})


def _nested(match: Demand) -> dict[str, Any]:
    if match.get("at") is not None:
        raise NotSupported("A child can be matched by position only below a matched position.")
    return _pattern(match)


def _length(definition: str, path: str, length: int) -> Q:
    count = Func(
        definition,
        template=f"jsonb_array_length(jsonb_path_query_array(%(expressions)s, '{path}'))",
        output_field=IntegerField(),
    )
    return Q(Exact(count, length))
