"""Everything a token answer is made of, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fakts_server.domain.alias import AliasRule


@dataclass(frozen=True)
class Wire:
    """One requirement of a client and the instance it is wired to."""

    key: str
    identifier: str
    service: str
    challenge_key: str
    certificates: list[str]
    aliases: list[AliasRule]


@dataclass(frozen=True)
class Session:
    """A client, the member it acts for and what it may use, as of now."""

    client_pk: int
    client_id: str
    kind: str
    role: str
    manifest: dict[str, Any]
    scopes: list[str]
    statuses: dict[str, str]
    user_id: int
    username: str
    organization_id: int
    organization_slug: str
    hub_uid: str
    app: str | None
    release: str | None
    device: str | None
    is_welcome: bool
    #: How often this client was removed or its member blocked before now.
    generation: int
    roles: list[str]
    wires: list[Wire]
    #: The OAuth client id and the secret's hash of the web app, if the client is one.
    relying_party: str | None = None
    relying_party_secret: str = ""
    #: What admins set for this app on this device.
    values: dict[str, object] = field(default_factory=dict)

    def is_named(self, client_id: str) -> bool:
        """Tell whether a caller means this client: by its own id, or by that of its web app."""
        return client_id in (self.client_id, self.relying_party)
