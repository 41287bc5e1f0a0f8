"""Configuration of the mikro service; the keys every service has are in `chassis.config`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from chassis.config import Section, ServiceConfig
from chassis.objectstore.config import ObjectStoreConfig
from mikro_server.domain.kinds import StoreKind

GIB = 1024**3
#: Buckets lie at the root of the gateway, so their names say whose they are.
BUCKETS = {kind.value: f"mikro-{kind.value}" for kind in StoreKind}


class UploadsConfig(Section):
    """What may be uploaded."""

    max_bytes: int = Field(
        1024 * GIB, ge=1, description="Most bytes of one upload, where no quota says less."
    )
    expire_seconds: int = Field(
        48 * 3600, ge=900, description="Age after which an upload that was never finished is swept."
    )


class TrashConfig(Section):
    """How long what was deleted can be brought back."""

    window_seconds: int = Field(
        30 * 24 * 3600, ge=0, description="Time between the deletion and the end of the data."
    )
    sweep_seconds: float = Field(3600, gt=0, description="How often old things are swept.")


class OrphansConfig(Section):
    """What is done with objects that lie in the buckets without a living row."""

    attention: Literal["off", "report", "remove"] = Field(
        "report",
        description=(
            "`report` logs what was found; `remove` also removes what the database knows to be"
            " gone. What no row ever named is never touched."
        ),
    )
    every_seconds: float = Field(
        24 * 3600, gt=0, description="How often the buckets are compared with the database."
    )


class QuotaConfig(Section):
    """How much may be kept."""

    organization_bytes: int | None = Field(
        None, ge=0, description="Most bytes of one organization; none means no limit."
    )
    user_bytes: int | None = Field(
        None, ge=0, description="Most bytes of one person in one organization."
    )


class PicturesConfig(Section):
    """What thumbnails and regions may cost."""

    read_bytes: int = Field(
        64 * 1024**2, ge=1024, description="Most bytes of chunks, decoded, that one picture reads."
    )
    at_once: int = Field(2, ge=1, le=64, description="Pictures that are drawn at once.")


class ProvenanceConfig(Section):
    """How the header `Rekuest-Task` is verified."""

    jwks_url: str | None = Field(None, description="Where the broker's public keys are served.")
    jwks_file: Path | None = Field(None, description="A local key set; wins over `jwks_url`.")
    issuer: str | None = Field(None, description="Exact `iss` that is trusted; none means any.")


class MikroConfig(ServiceConfig):
    """Keys of the section `mikro`."""

    service: ClassVar[str] = "mikro"

    storage: ObjectStoreConfig = Field(
        default_factory=lambda: ObjectStoreConfig(buckets=BUCKETS),
        description="The object store that holds the data.",
    )
    uploads: UploadsConfig = Field(default_factory=UploadsConfig, description="Uploads.")
    trash: TrashConfig = Field(default_factory=TrashConfig, description="Deleted data.")
    orphans: OrphansConfig = Field(
        default_factory=OrphansConfig, description="Objects without a row."
    )
    quota: QuotaConfig = Field(default_factory=QuotaConfig, description="Limits on stored bytes.")
    pictures: PicturesConfig = Field(
        default_factory=PicturesConfig, description="Pictures of arrays."
    )
    provenance: ProvenanceConfig = Field(
        default_factory=ProvenanceConfig, description="Work done inside tasks."
    )

    @model_validator(mode="before")
    @classmethod
    def _storage_is_complete(cls, values: Any) -> Any:
        """Fill in the buckets and the secret that the configuration does not name."""
        if not isinstance(values, dict):
            return values
        storage = values.get("storage") or {}
        if not isinstance(storage, dict):
            return values
        named = {**BUCKETS, **(storage.get("buckets") or {})}
        secret = Path(values.get("state_dir") or "") / "objectstore.key"
        complete = {"secret_file": secret, **storage, "buckets": named}
        return {**values, "storage": complete}
