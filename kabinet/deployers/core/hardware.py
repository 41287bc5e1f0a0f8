"""What a machine can do, as qualifiers: the words selectors are held against."""

from __future__ import annotations

from deployers.core.model import Gpu, GpuKind, Machine
from kabinet_server.domain.facts import arch, version


def qualifiers(machine: Machine) -> list[tuple[str, str]]:
    """Return the facts of a machine in the order in which people read them.

    A kind of accelerator that is not there is declared as zero, so that a page can say so; what
    is not known is left out, for an undeclared fact satisfies nothing.
    """
    found = [
        ("cpu.count", str(machine.cpus)),
        ("cpu.arch", arch(machine.arch)),
        ("ram.total", str(machine.memory)),
    ]
    if machine.frequency:
        found.append(("cpu.frequency", f"{machine.frequency:.0f}"))
    for kind in GpuKind:
        found.extend(_of_kind(kind, [card for card in machine.gpus if card.kind is kind]))
    # Deployers of the generation before say only this.
    found.append(("gpu", str(_has(machine, GpuKind.CUDA)).lower()))
    found.extend(sorted(machine.facts.items()))
    return found


def _has(machine: Machine, kind: GpuKind) -> bool:
    return any(card.kind is kind for card in machine.gpus)


def _of_kind(kind: GpuKind, cards: list[Gpu]) -> list[tuple[str, str]]:
    found = [(f"{kind.value}.count", str(len(cards)))]
    if cards:
        # By these names Kabinet leases them.
        found.append((f"{kind.value}.devices", ",".join(map(_named, cards))))
    if kind is not GpuKind.CUDA or not cards:
        return found
    # A flavour may land on any of them, so the weakest speaks for all.
    if all(card.memory for card in cards):
        found.append(("cuda.memory", str(min(card.memory for card in cards))))
    capabilities = [card.compute_capability for card in cards]
    if all(version(one) for one in capabilities):
        weakest = min(capabilities, key=lambda one: version(one) or ())
        found.append(("cuda.computeCapability", weakest))
    return found


def _named(card: Gpu) -> str:
    return f"{card.id}:{card.memory}" if card.memory else card.id
