"""The configuration section of the fakts service."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator

from chassis.config import Section, ServiceConfig


class InstanceConfig(Section):
    """A service instance of this installation, offered to every organization."""

    identifier: str = Field(
        min_length=1, max_length=100, description="Name of the instance; the `aud` of its tokens."
    )
    service: str = Field(
        min_length=1, max_length=255, description="Kind of service, in reverse domain notation."
    )
    path: str = Field("", description="Path below the origin the client came from.")
    challenge: str = Field("ht", description="Path of the health challenge below the instance.")
    roles: dict[str, str] = Field(
        default_factory=dict, description="Roles the service knows beside the usual ones."
    )
    scopes: dict[str, str] = Field(
        default_factory=dict, description="Scopes of the service, and what people read about them."
    )
    public_key: str | None = Field(
        None, description="Ed25519 public key (base64, raw 32 bytes) that signs challenges."
    )


class ThrottlesConfig(Section):
    """How often something may be tried. Successful token requests are never counted."""

    starts_per_minute: int = Field(
        240, ge=1, description="Device logins one address may begin per minute."
    )
    token_failures_per_minute: int = Field(
        600, ge=1, description="Failed token requests of one address per minute."
    )
    login_failures: int = Field(
        10, ge=1, description="Wrong passwords for one account or from one address per window."
    )
    login_window_seconds: int = Field(900, ge=1, description="Window of the password limit.")
    user_code_failures: int = Field(
        10, ge=1, description="Wrong user codes of one person or one address per window."
    )
    user_code_window_seconds: int = Field(600, ge=1, description="Window of the code limit.")


class SyntheticConfig(Section):
    """The synthetic check: log in, have an action run, write and read, as an app does."""

    every_seconds: float = Field(60, ge=0, description="How often it is made; 0 switches it off.")
    address: str | None = Field(
        None, description="Address of the gateway for it; without one the public address."
    )
    keep_days: float = Field(
        1 / 24, gt=0, le=366, description="Age at which the runs it made are deleted."
    )


def _default_scopes() -> dict[str, str]:
    return {
        "openid": "Know who you are",
        "profile": "See your name",
        "email": "See your e-mail address",
        "offline_access": "Stay logged in",
        "read": "Read data you can read",
        "write": "Change data you can change",
    }


class FaktsConfig(ServiceConfig):
    """Keys of the fakts service."""

    service: ClassVar[str] = "fakts"

    certificates: list[str] = Field(
        default_factory=list,
        description="PEM certificates by which apps check this installation's https addresses, "
        "where its authority is known to nobody.",
    )
    deployment_name: str = Field("bauhof", description="Name people see when they log in.")
    description: str = Field("", description="One line about this installation.")
    instances: list[InstanceConfig] = Field(
        default_factory=list, description="Instances registered for every organization."
    )
    scopes: dict[str, str] = Field(
        default_factory=_default_scopes, description="Scopes apps may be granted, and their texts."
    )
    device_code_seconds: int = Field(
        900, ge=10, le=86_400, description="Longest life of a device code; apps may ask for less."
    )
    device_poll_seconds: int = Field(
        2, ge=1, le=60, description="Seconds a waiting device is asked to leave between polls."
    )
    device_repeat_seconds: int = Field(
        10, ge=0, le=60, description="How long a redeemed device code gives its answer again."
    )
    access_token_seconds: int = Field(3600, ge=1, le=86_400, description="Life of an access token.")
    refresh_token_seconds: int = Field(
        30 * 86_400, ge=10, description="Life of a refresh token that is not used."
    )
    refresh_chain_seconds: int = Field(
        180 * 86_400, ge=10, description="Longest time since the login a session can be renewed."
    )
    refresh_grace_seconds: int = Field(
        8, ge=0, le=600, description="How long a used refresh token still works, for races."
    )
    mandate_key_seconds: int = Field(
        0, ge=0, description="Life of a mandate key when none is asked for; 0 means no end."
    )
    setup_link_seconds: int = Field(
        7 * 86_400, ge=60, description="Life of the first admin's one-time link."
    )
    session_seconds: int = Field(
        14 * 86_400, ge=60, description="Life of a browser session on the pages."
    )
    signing_key_days: int = Field(
        90, ge=0, description="Age at which the key that signs tokens is followed; 0 means never."
    )
    signing_key_announce_seconds: int = Field(
        60, ge=0, description="How long a new signing key is published before it signs."
    )
    trusted_proxies: int = Field(
        1, ge=0, le=10, description="Proxies in front that append to X-Forwarded-For."
    )
    orders_socket: Path | None = Field(
        None, description="Unix socket for the operator's commands; without it none listens."
    )
    gateway_metrics: str | None = Field(
        None,
        description="Where the gateway tells its metrics, which are passed on with those of fakts:"
        " an address, or the path of a unix socket.",
    )
    synthetic: SyntheticConfig = Field(
        default_factory=SyntheticConfig,
        description="A check from end to end by an app of the installation's own.",
    )
    throttles: ThrottlesConfig = Field(
        default_factory=ThrottlesConfig, description="Limits on attempts."
    )

    @field_validator("instances")
    @classmethod
    def _identifiers_once(cls, value: list[InstanceConfig]) -> list[InstanceConfig]:
        names = [entry.identifier for entry in value]
        if len(names) != len(set(names)):
            raise ValueError("two instances have the same identifier")
        return value
