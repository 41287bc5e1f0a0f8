"""The tables of the kabinet service, one noun a file."""

from __future__ import annotations

from kabinet_server.models.app import App, Flavour, Offer, Release
from kabinet_server.models.approval import AuditEntry, Consent, ReleaseApproval
from kabinet_server.models.backend import Backend, Resource
from kabinet_server.models.definition import Collection, Definition, Protocol
from kabinet_server.models.deployment import AppSetting, Deployment, Lease, LogDump, Pod
from kabinet_server.models.identity import Client, Organization, User
from kabinet_server.models.repo import GithubRepo, OciRepo

__all__ = [
    "App",
    "AppSetting",
    "AuditEntry",
    "Backend",
    "Client",
    "Collection",
    "Consent",
    "Definition",
    "Deployment",
    "Flavour",
    "GithubRepo",
    "Lease",
    "LogDump",
    "OciRepo",
    "Offer",
    "Organization",
    "Pod",
    "Protocol",
    "Release",
    "ReleaseApproval",
    "Resource",
    "User",
]
