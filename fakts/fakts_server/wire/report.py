"""What a client found out about the addresses it was given."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from fakts_server.wire.manifest import Text, WireModel


class AliasReportBody(WireModel):
    """The outcome for one requirement."""

    alias_id: Annotated[str, Field(max_length=100)] | None = None
    valid: bool = False
    reason: Annotated[Text, Field(max_length=2000)] | None = None


class ReportBody(WireModel):
    """The outcome for all requirements of a client."""

    alias_reports: dict[Annotated[Text, Field(max_length=255)], AliasReportBody] = Field(
        default_factory=dict, max_length=200
    )
    functional: bool = True
