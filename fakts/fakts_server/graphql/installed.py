"""Machines, sessions of apps, and what clients last reported."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet
from strawberry_django.pagination import OffsetPaginationInput

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import Found, as_declared, span_of, visible_rows
from fakts_server import models
from fakts_server.graphql.app import Client, Device
from fakts_server.operations import installed
from fakts_server.selectors import app_session, directory, setting
from fakts_server.selectors.scope import row_id, row_ids


@strawberry_django.filter_type(models.Device, description="Narrows a list of machines.")
class DeviceFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Those of these ids.")
    def ids(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Keep the named rows."""
        return Q(**{f"{prefix}pk__in": row_ids(value)})

    @strawberry_django.filter_field(description="Text in the name.")
    def search(self, value: str, prefix: str) -> Q:
        """Match a part of the name."""
        return Q(**{f"{prefix}name__icontains": value})


@strawberry_django.type(models.DeviceGroup, description="A set of machines.")
class DeviceGroup:
    """For example those of one room."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    name: str = strawberry_django.field(description="Its name.")
    devices: list[Device] = strawberry_django.field(description="Its machines.")


@strawberry_django.type(models.ReportEntry, description="What a client found at an address.")
class ReportEntry:
    """Its last word on one requirement."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    client: Client = strawberry_django.field(description="Who reported.")
    key: str = strawberry_django.field(description="The client's own key of the requirement.")
    is_valid: bool = strawberry_django.field(description="Whether it works.")
    reason: str = strawberry_django.field(description="Why not.")
    reported_at: datetime = strawberry_django.field(description="When.")
    alias_id: strawberry.ID | None = strawberry_django.field(
        description="The address that was tried."
    )


@strawberry.type(description="One login of an app that still lasts.")
class AppSession:
    """A chain of refresh tokens."""

    id: strawberry.ID = strawberry.field(description="The id of the session.")
    client: Client = strawberry.field(description="The installed app.")
    started_at: datetime = strawberry.field(description="When the app logged in.")
    last_used_at: datetime = strawberry.field(description="When it was last renewed.")
    expires_at: datetime = strawberry.field(description="Until when it can be renewed.")


@strawberry.input(description="Renames a machine.")
class UpdateDeviceInput:
    """For admins."""

    id: strawberry.ID = strawberry.field(description="The machine.")
    name: str | None = strawberry.field(default=None, description="Its name.")


@strawberry.input(description="Puts machines together.")
class CreateDeviceGroupInput:
    """For admins."""

    name: str = strawberry.field(description="The name of the set.")
    devices: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The machines."
    )


@strawberry.input(description="Removes an installed app.")
class RevokeClientInput:
    """One's own; for admins any."""

    id: strawberry.ID = strawberry.field(description="The client.")


@strawberry.input(description="Ends one session of an app.")
class EndSessionInput:
    """One's own; for admins any."""

    id: strawberry.ID = strawberry.field(description="The session.")


@strawberry.type
class Query:
    """Root fields of machines and sessions."""

    devices: list[Device] = visible_rows(
        setting.devices_visible_to,
        filters=DeviceFilter,
        description="The machines apps of the organization run on.",
    )
    device_groups: list[DeviceGroup] = visible_rows(
        setting.device_groups_visible_to, description="The sets of machines."
    )
    reports: list[ReportEntry] = visible_rows(
        directory.reports_visible_to, description="What clients last reported; failures first."
    )

    @strawberry_django.field(
        graphql_type=Device | None, extensions=[Found()], description="One machine."
    )
    def device(self, info: Info, id: strawberry.ID) -> QuerySet[models.Device]:
        """Return the machine."""
        return setting.devices_visible_to(principal_of(info)).filter(pk=row_id(id))

    @strawberry_django.field(
        graphql_type=Device | None,
        extensions=[Found()],
        description="The machine that calls itself so in manifests.",
    )
    def device_by_device_id(self, info: Info, id: strawberry.ID) -> QuerySet[models.Device]:
        """Return the machine."""
        return setting.device_by_raw_id(principal_of(info), id)

    @strawberry_django.field(
        graphql_type=DeviceGroup | None, extensions=[Found()], description="One set of machines."
    )
    def device_group(self, info: Info, id: strawberry.ID) -> QuerySet[models.DeviceGroup]:
        """Return the set."""
        return setting.device_groups_visible_to(principal_of(info)).filter(pk=row_id(id))

    @strawberry_django.field(
        description="One's own sessions of apps, the last used ones first; for admins all."
    )
    def app_sessions(
        self,
        info: Info,
        mine: bool = False,
        pagination: OffsetPaginationInput | None = None,
    ) -> list[AppSession]:
        """Return the sessions."""
        offset, limit = span_of(pagination)
        sessions = app_session.app_sessions_visible_to(
            principal_of(info), mine=mine, offset=offset, limit=limit
        )
        return [
            AppSession(
                id=strawberry.ID(str(one.chain)),
                client=as_declared(one.client),
                started_at=one.started_at,
                last_used_at=one.last_used_at,
                expires_at=one.expires_at,
            )
            for one in sessions
        ]


@strawberry.type
class Mutation:
    """Changes of machines, clients and sessions."""

    @strawberry_django.mutation(graphql_type=Device, description="Rename a machine.")
    def update_device(self, info: Info, input: UpdateDeviceInput) -> models.Device:
        """Rename it."""
        return installed.device_rename(
            principal=principal_of(info), device_id=input.id, name=input.name or ""
        )

    @strawberry_django.mutation(graphql_type=DeviceGroup, description="Put machines together.")
    def create_device_group(self, info: Info, input: CreateDeviceGroupInput) -> models.DeviceGroup:
        """Make the set."""
        return installed.device_group_create(
            principal=principal_of(info), name=input.name, devices=[*input.devices]
        )

    @strawberry_django.mutation(
        description="Remove an installed app with its sessions; returns its OAuth client id."
    )
    def revoke_client(self, info: Info, input: RevokeClientInput) -> str:
        """Remove it."""
        return installed.client_revoke(principal=principal_of(info), client_id=input.id)

    @strawberry_django.mutation(description="End one session of an app; returns its id.")
    def end_session(self, info: Info, input: EndSessionInput) -> strawberry.ID:
        """End it."""
        ended = installed.session_end(principal=principal_of(info), session_id=input.id)
        return strawberry.ID(ended)
