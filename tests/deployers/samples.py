"""Values for tests: a machine, its cards, and what an author and a person made."""

from __future__ import annotations

from typing import Any

from deployers.core.model import (
    Approval,
    Container,
    Flavour,
    Gpu,
    GpuKind,
    Image,
    Limits,
    Machine,
    Release,
    State,
)
from deployers.core.settings import Settings

MACHINE = Machine(cpus=16, arch="x86_64", memory=64_000)
CARDS = (
    Gpu(GpuKind.CUDA, "GPU-a", 24_000, "8.9"),
    Gpu(GpuKind.CUDA, "GPU-b", 24_000, "8.9"),
)
SETTINGS = Settings(
    engine="engine-1", agent="live.bauhof.docker", device="box", settle_seconds=0.0, start_seconds=2
)
SMALL = Limits(memory=64, cpus=0.5, pids=64)


def flavour(release: str = "r1", name: str = "vanilla", **fields: Any) -> Flavour:
    """A flavour of a release of org.example.app."""
    version = fields.pop("version", "1.0.0")
    return Flavour(
        id=fields.pop("id", f"{release}-{name}"),
        name=name,
        image=fields.pop("image", f"registry/app@sha256:{release}-{name}"),
        selectors=tuple(fields.pop("selectors", ())),
        manifest={"identifier": "org.example.app", "entrypoint": "app", **fields.pop("more", {})},
        identifier=fields.pop("identifier", "org.example.app"),
        version=version,
        release=release,
        **fields,
    )


def release(id: str = "r1", *flavours: Flavour, version: str = "1.0.0") -> Release:
    """A release; without flavours one that runs anywhere."""
    own = flavours or (flavour(id, version=version),)
    return Release(id, own[0].identifier, version, tuple(own))


def approval(of: Release, **fields: Any) -> Approval:
    """An approval for this deployer."""
    return Approval(
        **{
            "id": "1",
            "release": of.id,
            "mandate": f"mandate-{of.id}",
            "agent": SETTINGS.agent,
            "is_active": True,
            **fields,
        }
    )


def image_of(one: Flavour, **fields: Any) -> Image:
    """The image of a flavour as the engine knows it."""
    return Image(**{"id": f"sha256:{one.id}", "digest": one.image, "bytes": 1000, **fields})


def container(id: str = "c1", **fields: Any) -> Container:
    """A running container of nobody."""
    return Container(
        **{"id": id, "name": id, "labels": {}, "state": State.RUNNING, "created_at": "1", **fields}
    )
