"""The orders of the `admin` management command: one JSON object in, one out."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fakts_server.wire.manifest import Text

BuiltinRole = Literal["admin", "editor", "user", "viewer", "bot", "deployer"]
_SLUG = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")
USERNAME = re.compile(r"^[\w.@+-]{1,150}$")


def _slug(text: str) -> str:
    if not _SLUG.fullmatch(text):
        raise ValueError("use lower-case letters, digits and inner dashes, at most 63")
    return text


def _username(text: str) -> str:
    if not USERNAME.fullmatch(text):
        raise ValueError("use letters, digits and @ . + - _, at most 150")
    return text


Slug = Annotated[Text, AfterValidator(_slug)]
Username = Annotated[Text, AfterValidator(_username)]


class Order(BaseModel):
    """An order; unlike in bodies of strangers, a misspelt key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FirstAdminOrder(Order):
    """Make the first admin and the first organization, once."""


class OrgCreateOrder(Order):
    """Make an organization."""

    slug: Slug
    name: Annotated[Text, Field(max_length=255)] | None = None


class OrgListOrder(Order):
    """List the organizations."""


class UserCreateOrder(Order):
    """Make a person a member of an organization, and the person where there is none."""

    username: Username
    organization: Slug
    role: BuiltinRole
    password: Annotated[str, Field(min_length=1, max_length=1000)] | None = None


class UserListOrder(Order):
    """List the members of an organization."""

    organization: Slug


class KeyCreateOrder(Order):
    """Issue a mandate key that lets an app log in as a person."""

    username: Username
    organization: Slug
    app: Annotated[Text, Field(min_length=1, max_length=255)] | None = None
    expires_seconds: Annotated[int, Field(ge=1, le=10 * 365 * 86_400)] | None = None


class KeyListOrder(Order):
    """List mandate keys; the keys themselves are not kept."""

    organization: Slug | None = None


class KeyRevokeOrder(Order):
    """Withdraw a mandate key and everything issued under it."""

    id: Annotated[str, Field(max_length=100)]


class SigningKeyRenewOrder(Order):
    """Announce a new key for tokens; it signs a little later, and the old one goes on to count."""


class WebAppAddOrder(Order):
    """Register a web app of a third party."""

    organization: Slug
    name: Annotated[Text, Field(min_length=1, max_length=255)]
    redirect_uris: Annotated[list[Text], Field(min_length=1)]
    post_logout_redirect_uris: list[Text] = Field(default_factory=list)
    scopes: list[Text] | None = None
    services: list[Text] = Field(default_factory=list)
    confidential: bool = False


class WebAppListOrder(Order):
    """List the web apps of an organization."""

    organization: Slug


class WebAppRotateOrder(Order):
    """Give a web app a new secret."""

    organization: Slug
    id: Annotated[str, Field(max_length=100)]


class WebAppRemoveOrder(Order):
    """Remove a web app with everybody's sessions there."""

    organization: Slug
    id: Annotated[str, Field(max_length=100)]


class DeviceListOrder(Order):
    """List the devices that wait for a decision."""


class DeviceApproveOrder(Order):
    """Let a waiting device in, as a person would on the approval page."""

    user_code: Annotated[str, Field(max_length=50)]
    username: Username
    organization: Slug
    decline: list[Annotated[Text, Field(max_length=255)]] = Field(default_factory=list)
    device_name: Annotated[Text, Field(max_length=255)] | None = None


class DeviceDenyOrder(Order):
    """Refuse a waiting device."""

    user_code: Annotated[str, Field(max_length=50)]
    username: Username
    organization: Slug
