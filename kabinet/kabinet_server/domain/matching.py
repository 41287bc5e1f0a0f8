"""Which flavour of an app fits which resource, and why the others do not.

Pure: takes selectors as they are stored (documents with a `kind`) and the qualifiers of resources,
and gives verdicts. All hard selectors must hold on one resource; soft ones add their weight. What
a resource does not declare, it does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kabinet_server.domain.facts import ACCELERATORS, Facts, arch, number, version
from kabinet_server.domain.versions import Version

Selector = Mapping[str, Any]
#: A check returns why it fails, or None.
Check = Callable[[Selector, Facts], str | None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a flavour fits a resource, how well, and else the reason of each failure."""

    fits: bool
    score: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """The first reason, or nothing."""
        return self.reasons[0] if self.reasons else ""


def match_selectors(
    selectors: Iterable[Selector], facts: Facts, *, platforms: Sequence[str] = ()
) -> Verdict:
    """Hold a flavour's selectors and platforms against one resource."""
    score, reasons = 0, []
    for selector in selectors:
        failure = _failure(selector, facts)
        if _is_hard(selector):
            if failure is not None:
                reasons.append(failure)
        elif failure is None:
            score += _weight(selector)
    platform = _platform_failure(platforms, facts)
    if platform is not None:
        reasons.append(platform)
    if reasons:
        return Verdict(fits=False, reasons=tuple(reasons))
    return Verdict(fits=True, score=score)


def _is_hard(selector: Selector) -> bool:
    required = selector.get("required")
    return True if required is None else bool(required)


def _weight(selector: Selector) -> int:
    weight = selector.get("weight")
    return 1 if weight is None else int(weight)


def _failure(selector: Selector, facts: Facts) -> str | None:
    check = _CHECKS.get(str(selector.get("kind")))
    if check is None:
        return f"{selector.get('kind')}: this kind of selector is not known"
    return check(selector, facts)


def _at_least(key: str, wanted: float | None, facts: Facts) -> str | None:
    if wanted is None:
        return None
    declared = facts.text(key)
    if declared is None:
        return f"{key}: not declared by the resource"
    have = number(declared)
    if have is None:
        return f"{key}: declared as {declared!r}, which cannot be read"
    return None if have >= wanted else f"{key}: {_plain(have)} < {_plain(wanted)}"


def _plain(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def _version_at_least(key: str, wanted: str | None, facts: Facts) -> str | None:
    if wanted is None:
        return None
    demand = version(str(wanted))
    if demand is None:
        return f"{key}: demand {wanted!r} cannot be read"
    declared = facts.text(key)
    if declared is None:
        return f"{key}: not declared by the resource"
    have = version(declared)
    if have is None:
        return f"{key}: declared as {declared!r}, which cannot be read"
    return None if have >= demand else f"{key}: {declared} < {wanted}"


def _devices(kind: str, wanted: int | None, facts: Facts) -> str | None:
    have, need = facts.devices(kind), max(1, wanted or 1)
    return None if have >= need else f"{kind}.count: {have} < {need}"


def _cpu(selector: Selector, facts: Facts) -> str | None:
    wanted = selector.get("arch")
    declared = facts.text("cpu.arch")
    if wanted is not None:
        if declared is None:
            return "cpu.arch: not declared by the resource"
        if arch(declared) != arch(str(wanted)):
            return f"cpu.arch: {declared} != {wanted}"
    return _at_least("cpu.count", selector.get("min_count"), facts) or _at_least(
        "cpu.frequency", selector.get("frequency"), facts
    )


def _ram(selector: Selector, facts: Facts) -> str | None:
    return _at_least("ram.total", selector.get("min"), facts)


def _cuda(selector: Selector, facts: Facts) -> str | None:
    return (
        _devices("cuda", selector.get("count"), facts)
        or _version_at_least("cuda.computeCapability", selector.get("compute_capability"), facts)
        or _version_at_least("cuda.version", selector.get("cuda_version"), facts)
        or _at_least("cuda.memory", selector.get("memory"), facts)
        or _at_least("cuda.cores", selector.get("cuda_cores"), facts)
    )


def _rocm(selector: Selector, facts: Facts) -> str | None:
    failure = _devices("rocm", None, facts) or _version_at_least(
        "rocm.apiVersion", selector.get("api_version"), facts
    )
    wanted = selector.get("api_thing")
    if failure is None and wanted is not None:
        return _label({"key": "rocm.apiThing", "value": wanted}, facts)
    return failure


def _oneapi(selector: Selector, facts: Facts) -> str | None:
    return _devices("oneapi", None, facts) or _version_at_least(
        "oneapi.version", selector.get("oneapi_version"), facts
    )


def _label(selector: Selector, facts: Facts) -> str | None:
    key, wanted = str(selector.get("key")), selector.get("value")
    have = facts.text(key)
    if have is None:
        return f"label {key}: absent"
    if wanted is None or have == wanted:
        return None
    return f"label {key}: {have!r} != {wanted!r}"


_CHECKS: dict[str, Check] = {
    "cpu": _cpu,
    "ram": _ram,
    "cuda": _cuda,
    "rocm": _rocm,
    "oneapi": _oneapi,
    "label": _label,
}


def _platform_failure(platforms: Sequence[str], facts: Facts) -> str | None:
    """Images are built for platforms, whatever their author selects for."""
    declared = facts.text("cpu.arch")
    if not platforms or declared is None:
        return None
    built = {arch(platform) for platform in platforms}
    if arch(declared) in built:
        return None
    return f"platform: {declared} is not among {', '.join(sorted(platforms))}"


def scarce(selectors: Iterable[Selector]) -> int:
    """Return how many selectors of a flavour ask for accelerators, hard or soft."""
    return sum(str(one.get("kind")) in ACCELERATORS for one in selectors)


def accelerated(selectors: Iterable[Selector]) -> bool:
    """Tell whether a flavour needs an accelerator."""
    return any(str(one.get("kind")) in ACCELERATORS and _is_hard(one) for one in selectors)


@dataclass(frozen=True, slots=True)
class FlavourFacts:
    """What is known of a flavour that may be placed."""

    id: int
    name: str
    selectors: Sequence[Selector] = ()
    platforms: Sequence[str] = ()
    version: str = "0"
    is_channel: bool = False


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """What is known of a resource that may take it; `free` is what is left of it, 0 to 1."""

    id: int
    facts: Facts
    free: float = 1.0
    #: Why it cannot take the flavour whatever its hardware, by flavour id.
    refusals: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A flavour held against a resource."""

    flavour: FlavourFacts
    resource: ResourceFacts
    verdict: Verdict

    @property
    def rank(self) -> int:
        """The score, and one more for a flavour whose accelerator is there."""
        return self.verdict.score + (1 if accelerated(self.flavour.selectors) else 0)


@dataclass(frozen=True, slots=True)
class Placement:
    """All candidates, the best first; the misfits with the nearest fit first."""

    fits: tuple[Candidate, ...]
    misfits: tuple[Candidate, ...]

    @property
    def nearest(self) -> Candidate | None:
        """The misfit with the fewest reasons, where nothing fits."""
        return self.misfits[0] if self.misfits and not self.fits else None

    def explanation(self) -> str:
        """Return one line per flavour that does not fit, on its nearest resource."""
        lines: dict[int, str] = {}
        for one in self.misfits:
            lines.setdefault(
                one.flavour.id, f"{one.flavour.name}: {'; '.join(one.verdict.reasons)}"
            )
        return " | ".join(lines.values())


def match_flavours(
    flavours: Iterable[FlavourFacts], resources: Iterable[ResourceFacts]
) -> Placement:
    """Hold flavours against resources and put them in order. Deterministic."""
    places = list(resources)
    fits: list[Candidate] = []
    misfits: list[Candidate] = []
    for flavour in flavours:
        for resource in places:
            verdict = match_selectors(
                flavour.selectors, resource.facts, platforms=flavour.platforms
            )
            refusal = resource.refusals.get(flavour.id)
            if refusal is not None:
                verdict = Verdict(fits=False, reasons=(*verdict.reasons, refusal))
            candidate = Candidate(flavour, resource, verdict)
            (fits if verdict.fits else misfits).append(candidate)
    return Placement(tuple(_best_first(fits)), tuple(sorted(misfits, key=_distance)))


def _best_first(candidates: list[Candidate]) -> list[Candidate]:
    # Sorts keep the order of equals, so the least important key comes first.
    ordered = sorted(candidates, key=lambda one: (one.flavour.name, one.resource.id))
    ordered.sort(key=lambda one: (scarce(one.flavour.selectors), -one.resource.free))
    ordered.sort(key=lambda one: Version(one.flavour.version), reverse=True)
    ordered.sort(key=lambda one: one.flavour.is_channel)
    ordered.sort(key=lambda one: one.rank, reverse=True)
    return ordered


def _distance(one: Candidate) -> tuple[int, int, str, int]:
    reasons = one.verdict.reasons
    return (len(reasons), scarce(one.flavour.selectors), one.flavour.name, one.resource.id)
