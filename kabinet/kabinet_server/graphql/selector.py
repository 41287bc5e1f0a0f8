"""Selectors and requirements: where a flavour may be placed, and the services it needs."""

from __future__ import annotations

from typing import Any

import strawberry

from chassis.definitions.graphql.documents import register_kinds
from chassis.errors import InvalidInput
from chassis.graphql.inputs import maybe, plain


@strawberry.interface(description="A condition on the hardware of a resource.")
class Selector:
    """What all selectors share."""

    kind: str = strawberry.field(description="Which selector it is.")
    required: bool = strawberry.field(description="Whether it must hold; else it is a wish.")
    weight: int = strawberry.field(description="What a wish adds to the score when it holds.")


@strawberry.type(name="CPUSelector", description="A condition on the processor.")
class CPUSelector(Selector):
    """Cores, frequency and architecture."""

    min_count: int | None = strawberry.field(description="The least number of cores.")
    frequency: float | None = strawberry.field(description="The least frequency, in MHz.")
    arch: str | None = strawberry.field(description="The architecture, as docker names it.")


@strawberry.type(name="RAMSelector", description="A condition on the memory.")
class RAMSelector(Selector):
    """Main memory."""

    min: int | None = strawberry.field(description="The least memory, in MB.")


@strawberry.type(description="Asks for NVIDIA cards.")
class CudaSelector(Selector):
    """Number and abilities of cards."""

    compute_capability: str | None = strawberry.field(description="The least capability.")
    cuda_version: str | None = strawberry.field(description="The least version of CUDA.")
    memory: int | None = strawberry.field(description="The least memory of a card, in MB.")
    count: int | None = strawberry.field(description="The number of cards.")
    cuda_cores: int | None = strawberry.field(description="The least number of cores.")


@strawberry.type(description="Asks for AMD cards.")
class RocmSelector(Selector):
    """Abilities of a card."""

    api_version: str | None = strawberry.field(description="The least version of ROCm.")
    api_thing: str | None = strawberry.field(description="A further ability.")


@strawberry.type(description="Asks for Intel accelerators.")
class OneApiSelector(Selector):
    """Abilities of an accelerator."""

    oneapi_version: str | None = strawberry.field(description="The least version of oneAPI.")


@strawberry.type(description="Asks for a qualifier of the resource.")
class LabelSelector(Selector):
    """A key, and the value it has."""

    key: str = strawberry.field(description="The qualifier.")
    value: str | None = strawberry.field(description="Its value; null takes any.")


KINDS: dict[str, type] = {
    "cpu": CPUSelector,
    "ram": RAMSelector,
    "cuda": CudaSelector,
    "rocm": RocmSelector,
    "oneapi": OneApiSelector,
    "label": LabelSelector,
}
MEMBERS = tuple(KINDS.values())
register_kinds(Selector, KINDS)


@strawberry.type(description="A service that an app needs.")
class Requirement:
    """A key and a kind of service."""

    key: str = strawberry.field(description="What the app calls it.")
    service: str = strawberry.field(description="The kind of service, a reversed domain name.")
    description: str | None = strawberry.field(description="What it is needed for.")
    optional: bool = strawberry.field(description="Whether the app runs without it.")


@strawberry.input(description="A service that an app needs.")
class RequirementInput:
    """A key and a kind of service."""

    key: str = strawberry.field(description="What the app calls it.")
    service: str = strawberry.field(description="The kind of service, a reversed domain name.")
    optional: bool = strawberry.field(default=False, description="Whether it may be missing.")
    description: str | None = maybe("What it is needed for.")


@strawberry.input(description="A condition on hardware; the kind says which fields apply.")
class SelectorInput:
    """All selectors in one."""

    kind: str = strawberry.field(description="cpu, ram, cuda, rocm, oneapi or label.")
    required: bool | None = maybe("Whether it must hold; it must if left out.")
    weight: int | None = maybe("What a wish adds to the score.")
    min_count: int | None = maybe("cpu: the least number of cores.")
    frequency: float | None = maybe("cpu: the least frequency, in MHz.")
    arch: str | None = maybe("cpu: the architecture.")
    min: int | None = maybe("ram: the least memory, in MB.")
    compute_capability: str | None = maybe("cuda: the least capability.")
    cuda_version: str | None = maybe("cuda: the least version.")
    memory: int | None = maybe("cuda: the least memory of a card, in MB.")
    count: int | None = maybe("cuda: the number of cards.")
    cuda_cores: int | None = maybe("cuda: the least number of cores.")
    api_version: str | None = maybe("rocm: the least version.")
    api_thing: str | None = maybe("rocm: a further ability.")
    oneapi_version: str | None = maybe("oneapi: the least version.")
    key: str | None = maybe("label: the qualifier.")
    value: str | None = maybe("label: its value.")


def selector_document(selector: SelectorInput) -> dict[str, Any]:
    """Return a selector as a document with the fields that were given; the spec judges them."""
    if selector.kind not in KINDS:
        raise InvalidInput(
            f"selectors.kind: {selector.kind!r} is none of {', '.join(KINDS)}.", field="selectors"
        )
    return {name: value for name, value in plain(selector).items() if value is not None}
