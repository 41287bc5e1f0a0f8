"""The tables of the service."""

from fakts_server.models.app import App, Device, Release
from fakts_server.models.client import Client, ReportEntry, ServiceInstanceMapping
from fakts_server.models.credential import (
    AuthorizationCode,
    DeviceCode,
    FailureCount,
    RefreshToken,
    SetupLink,
    SigningKey,
)
from fakts_server.models.instance import InstanceAlias, Service, ServiceInstance, ServiceRelease
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Hub, Membership, Organization, Role
from fakts_server.models.relying_party import RelyingParty
from fakts_server.models.user import User

__all__ = [
    "App",
    "AuthorizationCode",
    "Client",
    "Device",
    "DeviceCode",
    "FailureCount",
    "Hub",
    "InstanceAlias",
    "Mandate",
    "Membership",
    "Organization",
    "RefreshToken",
    "Release",
    "RelyingParty",
    "ReportEntry",
    "Role",
    "Service",
    "ServiceInstance",
    "ServiceInstanceMapping",
    "ServiceRelease",
    "SetupLink",
    "SigningKey",
    "User",
]
