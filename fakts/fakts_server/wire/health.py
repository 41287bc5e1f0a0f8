"""What a hub says about its instances."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from fakts_server.wire.manifest import Text, WireModel


class InstanceHealthBody(WireModel):
    """One instance."""

    healthy: bool
    reason: Annotated[Text, Field(max_length=2000)] | None = None


class HubHealthBody(WireModel):
    """A report; `hub` is the id of the hub, the default one when it is left out."""

    healthy: bool
    hub: Annotated[str, Field(max_length=20)] | None = None
    version: Annotated[Text, Field(max_length=100)] = ""
    instances: dict[Annotated[Text, Field(max_length=100)], InstanceHealthBody] = Field(
        default_factory=dict, max_length=200
    )
