"""The configuration section of the Rekuest broker."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from chassis.config import Section, ServiceConfig
from chassis.objectstore.config import ObjectStoreConfig

#: The released clients refuse a websocket message above 1 MiB; this leaves room for the frame.
CLIENT_SAFE_BYTES = 900 * 1024


class AgentsConfig(Section):
    """Connections of agents."""

    register_seconds: float = Field(
        30, gt=0, description="How long a new connection may take to send REGISTER."
    )
    heartbeat_seconds: float = Field(
        10, gt=0, description="Silence after which an agent is asked for a sign of life."
    )
    silence_seconds: float = Field(
        25, gt=0, description="Silence after which a connection is closed; any frame is life."
    )
    lease_seconds: float = Field(
        30, gt=0, description="How long an agent counts as live after its last renewal."
    )
    lease_renew_seconds: float = Field(
        10, gt=0, description="How often the leases of all agents here are renewed, in one write."
    )
    grace_seconds: float = Field(
        60, gt=0, description="Absence after which an agent's started plain tasks are lost."
    )
    workflow_grace_seconds: float = Field(
        7 * 24 * 3600, gt=0, description="Absence after which an agent's workflows are lost."
    )
    pickup_seconds: float = Field(
        30, gt=0, description="Time without STARTED after which ASSIGN is sent again."
    )
    sweep_seconds: float = Field(2, gt=0, description="How often overdue rows are looked for.")
    frame_bytes: int = Field(
        64 * 1024 * 1024,
        ge=CLIENT_SAFE_BYTES,
        description="Largest frame taken from an agent; a larger one is set aside.",
    )
    unacknowledged_frames: int = Field(
        4096, ge=16, description="Frames of one agent being written before its socket has to wait."
    )
    outbox_bytes: int = Field(
        16 * 1024 * 1024,
        ge=1024 * 1024,
        description="Bytes queued for one agent before no further work is sent to it.",
    )


class TasksConfig(Section):
    """What a task may carry."""

    value_bytes: int = Field(
        CLIENT_SAFE_BYTES,
        ge=1024,
        le=CLIENT_SAFE_BYTES,
        description="Largest arguments, return value or message text of a task.",
    )
    probe_seconds: float = Field(
        300, gt=0, description="How long a call without history may take before it is ended."
    )
    assign_timeout_seconds: float = Field(
        10, gt=0, description="How long a caller waits for its wish to be written."
    )


class MediaConfig(Section):
    """Files that people and agents upload."""

    max_bytes: int = Field(100 * 1024 * 1024, ge=1, description="Most bytes of one file.")


class ProvenanceConfig(Section):
    """Tokens by which other services learn inside which task a request is made."""

    issuer: str | None = Field(
        None, description="`iss` of the tokens; the public address with the prefix if unset."
    )
    seconds: float = Field(
        24 * 3600, gt=0, description="How long a token is valid after its task was sent."
    )
    key_file: Path | None = Field(
        None, description="The Ed25519 key that signs them; made in the state folder if unset."
    )


class FeedConfig(Section):
    """Feeds of callers."""

    items: int = Field(
        100_000, ge=100, description="Unread items after which a slow feed is closed."
    )
    bytes: int = Field(
        64 * 1024 * 1024, ge=1024 * 1024, description="Unread bytes after which it is closed."
    )


class WriterConfig(Section):
    """The group-committing writers."""

    batch_items: int = Field(1000, ge=1, description="Most items of one transaction.")
    pool_size: int = Field(
        6, ge=3, le=100, description="Connections of the task path, besides those of GraphQL."
    )


class RekuestConfig(ServiceConfig):
    """Everything the broker can be told."""

    service: ClassVar[str] = "rekuest"

    agents: AgentsConfig = Field(default_factory=AgentsConfig, description="Agents.")
    tasks: TasksConfig = Field(default_factory=TasksConfig, description="Tasks.")
    feed: FeedConfig = Field(default_factory=FeedConfig, description="Feeds of callers.")
    media: MediaConfig = Field(default_factory=MediaConfig, description="Uploaded files.")
    storage: ObjectStoreConfig = Field(
        default_factory=ObjectStoreConfig, description="The object store that holds the files."
    )
    provenance: ProvenanceConfig = Field(
        default_factory=ProvenanceConfig, description="Tokens of tasks."
    )
    writer: WriterConfig = Field(default_factory=WriterConfig, description="Writers.")
