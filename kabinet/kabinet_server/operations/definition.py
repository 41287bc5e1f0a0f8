"""Definitions that images offer: one row for each hash in an organization."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q

from kabinet_server.domain.image import OfferedAction
from kabinet_server.models import Collection, Definition, Protocol

_LONGEST_NAME = 1000


def definitions_store(
    *, organization: str, actions: Sequence[OfferedAction]
) -> tuple[dict[str, Definition], list[int]]:
    """Write the definitions that are new here; return all by their hash, and which are new.

    The hash covers a definition whole, so a known one never changes.
    """
    wanted = {one.hash: one for one in actions}
    found = _known(organization, wanted)
    missing = [one for digest, one in wanted.items() if digest not in found]
    fresh: list[Definition] = []
    if missing:
        Definition.objects.bulk_create(
            [_row(organization, one) for one in missing], ignore_conflicts=True
        )
        found = _known(organization, wanted)
        fresh = [found[one.hash] for one in missing]
        _group(organization, fresh)
    return found, [row.pk for row in fresh]


def _known(organization: str, hashes: Iterable[str]) -> dict[str, Definition]:
    rows = Definition.objects.filter(organization=organization, hash__in=list(hashes))
    return {row.hash: row for row in rows}


def _row(organization: str, action: OfferedAction) -> Definition:
    document = dict(action.definition)
    ports = [*_ports(document.get("args")), *_ports(document.get("returns"))]
    return Definition(
        organization_id=organization,
        hash=action.hash,
        key=document["key"],
        version=document["version"],
        name=document["name"][:_LONGEST_NAME],
        description=document.get("description"),
        kind=document["kind"],
        scope=scope_of(document),
        definition=document,
        stateful=bool(document.get("stateful")),
        pure=bool(document.get("pure")),
        idempotent=bool(document.get("idempotent")),
        interfaces=sorted({port["identifier"] for port in ports if port["kind"] == "INTERFACE"}),
        test_targets=list(document.get("is_test_for") or ()),
        descriptors={"@kabinet/kind": document["kind"]},
    )


def _ports(ports: Sequence[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    """Return ports with those inside of them."""
    found: list[Mapping[str, Any]] = []
    for port in ports or ():
        found += [port, *_ports(port.get("children"))]
    return found


def scope_of(definition: Mapping[str, Any]) -> str:
    """Return where an action's values may live, by whether some live in an agent's memory."""
    takes, gives = (
        any(port["kind"] == "MEMORY_STRUCTURE" for port in _ports(definition.get(side)))
        for side in ("args", "returns")
    )
    if takes and gives:
        return "LOCAL"
    if takes:
        return "BRIDGE_LOCAL_TO_GLOBAL"
    return "BRIDGE_GLOBAL_TO_LOCAL" if gives else "GLOBAL"


def _group(organization: str, rows: Sequence[Definition]) -> None:
    """Put new definitions into the collections and protocols they name."""
    for row in rows:
        for name in row.definition.get("collections") or ():
            group, _ = Collection.objects.get_or_create(
                organization_id=organization, name=name[:400]
            )
            row.collections.add(group)
        for name in row.definition.get("protocols") or ():
            protocol, _ = Protocol.objects.get_or_create(
                organization_id=organization, name=name[:400]
            )
            row.protocols.add(protocol)


def tests_link(*, organization: str, fresh: Sequence[int]) -> None:
    """Connect tests and what they test, whichever of them came first; `fresh` are new rows."""
    if not fresh:
        return
    tests = Definition.objects.filter(organization=organization).exclude(test_targets=[])
    for test in tests.prefetch_related("flavours__release__app"):
        apps = {flavour.release.app.identifier for flavour in test.flavours.all()}
        targets = Q(pk__in=[])
        for target in test.test_targets:
            targets |= _target(target, apps)
        rows = Definition.objects.filter(targets, organization=organization).distinct()
        test.is_test_for.add(*(rows if test.pk in fresh else rows.filter(pk__in=fresh)))


def _target(target: Mapping[str, Any], own_apps: Iterable[str]) -> Q:
    if target.get("hash"):
        return Q(hash=target["hash"])
    if not target.get("key"):
        return Q(pk__in=[])
    owners = [target["app"]] if target.get("app") else list(own_apps)
    condition = Q(key=target["key"], flavours__release__app__identifier__in=owners)
    return condition & Q(version=target["version"]) if target.get("version") else condition
