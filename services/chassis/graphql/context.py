"""What a resolver knows of its request."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strawberry.types import Info as StrawberryInfo

from chassis.errors import Unauthenticated
from chassis.identity.principal import Principal


@dataclass
class Context:
    """One per HTTP request, one per websocket."""

    principal: Principal | None
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Payload of `connection_init` on a websocket.
    connection_params: Mapping[str, Any] | None = None
    #: True while the door is a websocket, which outlives the token it was opened with.
    is_websocket: bool = False
    #: Whether the door sends several answers of a subscription together.
    takes_batches: bool = False


Info = StrawberryInfo[Context, None]

_CLOCK_SKEW_SECONDS = 30


def principal_of(info: Info) -> Principal:
    """Return who asks, or raise `Unauthenticated` (also when a socket's token has run out)."""
    return principal_in(info.context)


def principal_in(context: Context) -> Principal:
    """Return who asks in a context; the same as `principal_of`, outside of a resolver."""
    principal = context.principal
    if principal is None:
        raise Unauthenticated()
    if principal.expires_at + _CLOCK_SKEW_SECONDS < time.time():
        raise Unauthenticated("The access token has expired.")
    return principal
