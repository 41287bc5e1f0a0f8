"""What is sent to make and withdraw mandates, and the manifest that bounds them."""

from __future__ import annotations

import enum

import strawberry
from pydantic import ValidationError

from chassis.errors import InvalidInput
from fakts_server.wire.manifest import ManifestBody


@strawberry.input(description="A service an app needs.")
class RequirementInput:
    """As it stands in a manifest."""

    key: str = strawberry.field(description="The app's own key.")
    service: str = strawberry.field(description="The kind of service.")
    optional: bool = strawberry.field(default=False, description="Whether it can do without.")
    description: str | None = strawberry.field(default=None, description="What it is for.")


@strawberry.enum(description="What a public source is.")
class PublicSourceKind(enum.Enum):
    """The kinds the client knows."""

    GITHUB = "github"
    WEBSITE = "website"


@strawberry.input(description="Where the source of an app can be read.")
class PublicSourceInput:
    """As it stands in a manifest."""

    kind: PublicSourceKind = strawberry.field(description="What it is.")
    url: str = strawberry.field(description="Its address.")


@strawberry.input(description="What an app says it is.")
class ManifestInput:
    """The parts of a manifest that bound a mandate; the others are taken and not kept."""

    identifier: str = strawberry.field(description="The app.")
    version: str = strawberry.field(description="Its version.")
    scopes: list[str] = strawberry.field(default_factory=list, description="Scopes, at most.")
    requirements: list[RequirementInput] = strawberry.field(
        default_factory=list, description="Services, at most."
    )
    device_id: str | None = strawberry.field(default=None, description="The device it runs on.")
    node_id: str | None = strawberry.field(
        default=None,
        description="The device it runs on.",
        deprecation_reason="Use deviceId.",
    )
    title: str | None = strawberry.field(default=None, description="Its title.")
    description: str | None = strawberry.field(default=None, description="What it is.")
    logo: str | None = strawberry.field(default=None, description="An address of its logo.")
    authors: list[str] = strawberry.field(default_factory=list, description="Its authors.")
    keywords: list[str] = strawberry.field(default_factory=list, description="Its keywords.")
    license: str | None = strawberry.field(default=None, description="Its licence.")
    homepage: str | None = strawberry.field(default=None, description="Its homepage.")
    repo_url: str | None = strawberry.field(default=None, description="Its repository.")
    public_sources: list[PublicSourceInput] | None = strawberry.field(
        default=None, description="Where its source can be read."
    )

    def body(self) -> ManifestBody:
        """Return the manifest as the wire knows it."""
        try:
            return ManifestBody(
                identifier=self.identifier,
                version=self.version,
                scopes=self.scopes,
                requirements=[vars(item) for item in self.requirements],
                device_id=self.device_id or self.node_id,
            )
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(["manifest", *map(str, first["loc"])])
            raise InvalidInput(f"{field}: {first['msg']}", field=field) from None


@strawberry.input(description="Lets an agent app issue keys for a subject app.")
class CreateMandateInput:
    """The manifest's scopes and requirements are the ceiling of every key."""

    agent: str = strawberry.field(description="The app that may issue keys, e.g. a deployer.")
    manifest: ManifestInput = strawberry.field(description="The subject app.")
    hub: strawberry.ID | None = strawberry.field(
        default=None, description="What it is composed against; else the hub of the caller."
    )
    attestation: str | None = strawberry.field(default=None, description="An opaque note.")
    agent_device_id: str | None = strawberry.field(
        default=None, description="The machine the agent must run on."
    )
    agent_user: strawberry.ID | None = strawberry.field(
        default=None, description="The person the agent must act for."
    )
    max_clients: int | None = strawberry.field(
        default=None, description="How many live keys there may be at once."
    )
    expires_in_days: int | None = strawberry.field(
        default=None, description="1 to 365; null means as long as the calling app."
    )


@strawberry.input(description="Issues a key for an app, acting as the caller.")
class IssueMandateKeyInput:
    """The key is capped at the calling app's own scopes and dies with it."""

    manifest: ManifestInput = strawberry.field(description="The app the key logs in.")
    expires_in_days: int = strawberry.field(description="1 to 30.")
    hub: strawberry.ID | None = strawberry.field(
        default=None, description="What it is composed against; else the hub of the caller."
    )
    any_version: bool = strawberry.field(
        default=False, description="Let every version of the app log in."
    )
    max_clients: int | None = strawberry.field(
        default=None, description="On how many devices the key works."
    )
    allow_mesh: bool = strawberry.field(
        default=False, description="Whether its clients may join a mesh."
    )
    label: str | None = strawberry.field(default=None, description="What people call it.")


@strawberry.input(description="Issues a key for one instance of a mandate's subject.")
class IssueChildMandateKeyInput:
    """Only the mandate's agent may."""

    mandate: strawberry.ID = strawberry.field(description="The agent mandate.")
    device_id: str = strawberry.field(description="The one device the key is for.")
    expires_in_days: int | None = strawberry.field(
        default=None, description="Null means as long as the mandate."
    )
    label: str | None = strawberry.field(default=None, description="What people call it.")


@strawberry.input(description="Withdraws a mandate.")
class RevokeMandateInput:
    """And everything issued under it."""

    id: strawberry.ID = strawberry.field(description="The mandate.")
