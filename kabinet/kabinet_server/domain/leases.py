"""Who holds which accelerator, and how many cores and how much memory are left.

What a resource has is in its qualifiers: `<kind>.devices` lists accelerators as `id:MB` with commas
between (without it they are numbered from 0), `<kind>.slices` hardware slices as `id:MB`;
`<kind>.sharing` is `exclusive` (the default), `shared:<most containers a card>` or `slice`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kabinet_server.domain.facts import ACCELERATORS, Facts, number
from kabinet_server.domain.kinds import LeaseMode

_DEFAULT_SHARE = 4


@dataclass(frozen=True, slots=True)
class Device:
    """An accelerator, or a hardware slice of one."""

    id: str
    memory: float | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A lease that lives: a device, or an amount of `cpu` (cores) or `ram` (MB)."""

    kind: str
    device: str = ""
    mode: LeaseMode | None = None
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Demand:
    """What one container takes: devices by kind, MB of each device, cores, MB."""

    devices: Mapping[str, int]
    memory: Mapping[str, float]
    cpu: float = 0.0
    ram: float = 0.0


@dataclass(frozen=True, slots=True)
class Allocation:
    """The leases a container gets, or why it gets none."""

    leases: tuple[Held, ...] = ()
    problem: str | None = None


def demand_of(selectors: Iterable[Mapping[str, Any]], facts: Facts) -> Demand:
    """Return what a flavour takes of a resource: what it needs, and likes if it is there."""
    devices: dict[str, int] = {}
    memory: dict[str, float] = {}
    amounts = {"cpu": 0.0, "ram": 0.0}
    for one in selectors:
        kind = str(one.get("kind"))
        hard = one.get("required") is None or bool(one["required"])
        if kind in ACCELERATORS:
            if not hard and facts.devices(kind) == 0:
                continue
            devices[kind] = max(devices.get(kind, 1), int(one.get("count") or 1))
            memory[kind] = max(memory.get(kind, 0.0), float(one.get("memory") or 0))
        elif hard and kind in amounts:
            wanted = one.get("min_count") if kind == "cpu" else one.get("min")
            amounts[kind] = max(amounts[kind], float(wanted or 0))
    return Demand(devices, memory, cpu=amounts["cpu"], ram=amounts["ram"])


def sharing(kind: str, facts: Facts) -> tuple[LeaseMode, int]:
    """Return how accelerators of a kind are used, and by how many at most."""
    word, _, most = (facts.text(f"{kind}.sharing") or "exclusive").strip().lower().partition(":")
    if word == "shared":
        return LeaseMode.SHARED, max(1, int(number(most or "") or _DEFAULT_SHARE))
    if word == "slice":
        return LeaseMode.SLICE, 1
    return LeaseMode.EXCLUSIVE, 1


def devices_of(kind: str, facts: Facts) -> list[Device]:
    """Return the accelerators a resource has, in the order it declares them."""
    mode, _ = sharing(kind, facts)
    declared = facts.text(f"{kind}.{'slices' if mode is LeaseMode.SLICE else 'devices'}")
    if declared is None:
        memory = number(facts.text(f"{kind}.memory") or "")
        return [Device(str(place), memory) for place in range(facts.devices(kind))]
    found: dict[str, Device] = {}
    for item in declared.split(","):
        name, _, memory_text = item.strip().partition(":")
        if name:
            found.setdefault(name, Device(name, number(memory_text) if memory_text else None))
    return list(found.values())


def allocate(
    demand: Demand, facts: Facts, held: Sequence[Held], *, wanted: Sequence[str] = ()
) -> Allocation:
    """Choose what a container gets. `wanted` are the devices it was made with, if it was."""
    leases: list[Held] = []
    for kind, count in demand.devices.items():
        chosen = _choose(kind, count, demand.memory.get(kind, 0.0), facts, held, wanted)
        if isinstance(chosen, str):
            return Allocation(problem=chosen)
        leases += chosen
    for kind, amount, key in (
        ("cpu", demand.cpu, "cpu.count"),
        ("ram", demand.ram, "ram.total"),
    ):
        problem = _amount_problem(kind, amount, number(facts.text(key) or ""), held)
        if problem is not None:
            return Allocation(problem=problem)
        if amount:
            leases.append(Held(kind, amount=amount))
    return Allocation(leases=tuple(leases))


def _choose(
    kind: str,
    count: int,
    memory: float,
    facts: Facts,
    held: Sequence[Held],
    wanted: Sequence[str],
) -> list[Held] | str:
    mode, most = sharing(kind, facts)
    users: dict[str, list[Held]] = {}
    for one in held:
        if one.kind == kind:
            users.setdefault(one.device, []).append(one)
    free = [
        device
        for device in devices_of(kind, facts)
        if _has_room(device, users.get(device.id, []), mode, most, memory)
        and (not wanted or device.id in wanted)
    ]
    # Cards that are in use already come first, so that whole ones stay free for those who need one.
    free.sort(key=lambda device: -len(users.get(device.id, [])))
    if len(free) < count:
        return f"{kind}: {len(free)} free, {count} needed"
    return [Held(kind, device.id, mode, memory) for device in free[:count]]


def _has_room(
    device: Device, users: Sequence[Held], mode: LeaseMode, most: int, memory: float
) -> bool:
    if device.memory is not None and memory > device.memory:
        return False
    if not users:
        return True
    if mode is not LeaseMode.SHARED or any(one.mode is not LeaseMode.SHARED for one in users):
        return False
    if len(users) >= most:
        return False
    taken = sum(one.amount for one in users)
    return device.memory is None or taken + memory <= device.memory


def _amount_problem(
    kind: str, amount: float, capacity: float | None, held: Sequence[Held]
) -> str | None:
    if not amount or capacity is None:
        return None
    taken = sum(one.amount for one in held if one.kind == kind)
    left = capacity - taken
    return None if amount <= left else f"{kind}: {left:g} free, {amount:g} needed"


def free_share(facts: Facts, held: Sequence[Held]) -> float:
    """Return what is left of the scarcest thing of a resource, from 0 to 1."""
    shares = [1.0]
    for kind, key in (("cpu", "cpu.count"), ("ram", "ram.total")):
        capacity = number(facts.text(key) or "")
        if capacity:
            taken = sum(one.amount for one in held if one.kind == kind)
            shares.append(max(0.0, 1 - taken / capacity))
    for kind in ACCELERATORS:
        devices = devices_of(kind, facts)
        if devices:
            used = {one.device for one in held if one.kind == kind}
            shares.append(1 - len(used & {one.id for one in devices}) / len(devices))
    return min(shares)
