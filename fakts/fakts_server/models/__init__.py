"""The tables of the service."""

from fakts_server.models.app import App, Device, Release
from fakts_server.models.audit import AuditEntry
from fakts_server.models.browser_session import BrowserSession
from fakts_server.models.client import Client, ReportEntry, ServiceInstanceMapping
from fakts_server.models.credential import (
    AuthorizationCode,
    DeviceCode,
    FailureCount,
    RefreshToken,
    Revocation,
    SetupLink,
    SigningKey,
)
from fakts_server.models.group import DeviceGroup, Group
from fakts_server.models.instance import (
    HubHealthReport,
    InstanceAlias,
    InstanceHealth,
    Service,
    ServiceInstance,
    ServiceRelease,
)
from fakts_server.models.joining import Invite, MembershipRequest
from fakts_server.models.mandate import Mandate
from fakts_server.models.media import Media, MediaContent
from fakts_server.models.message import ComChannel, SystemMessage
from fakts_server.models.organization import Hub, Membership, Organization, Role, Scope
from fakts_server.models.relying_party import RelyingParty
from fakts_server.models.setting import RemoteValue, Strategy
from fakts_server.models.user import User

__all__ = [
    "App",
    "AuditEntry",
    "AuthorizationCode",
    "BrowserSession",
    "Client",
    "ComChannel",
    "Device",
    "DeviceCode",
    "DeviceGroup",
    "FailureCount",
    "Group",
    "Hub",
    "HubHealthReport",
    "InstanceAlias",
    "InstanceHealth",
    "Invite",
    "Mandate",
    "Media",
    "MediaContent",
    "Membership",
    "MembershipRequest",
    "Organization",
    "RefreshToken",
    "Release",
    "RelyingParty",
    "RemoteValue",
    "ReportEntry",
    "Revocation",
    "Role",
    "Scope",
    "Service",
    "ServiceInstance",
    "ServiceInstanceMapping",
    "ServiceRelease",
    "SetupLink",
    "SigningKey",
    "Strategy",
    "SystemMessage",
    "User",
]
