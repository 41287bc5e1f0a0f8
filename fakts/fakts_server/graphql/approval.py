"""Deciding about devices that wait."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import strawberry
import strawberry_django
from strawberry.scalars import JSON

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import PathField, visible_rows
from fakts_server import models
from fakts_server.domain.change import Change
from fakts_server.domain.requirement import GrantStatus, Match, missing_sentence
from fakts_server.graphql.app import Client
from fakts_server.graphql.person import User
from fakts_server.operations.device_code import wished_code_decide
from fakts_server.operations.device_decision import (
    Decision,
    Waiting,
    device_accept,
    device_decline,
    waiting_device,
)
from fakts_server.selectors import setting


@strawberry.type(description="An instance that could answer a requirement of a waiting app.")
class InstanceOption:
    """To be named in a choice."""

    id: strawberry.ID = strawberry.field(description="The id of the instance.")
    identifier: str = strawberry.field(description="Its name.")
    version: str = strawberry.field(description="The version of its service.")
    is_default: bool = strawberry.field(description="Whether it is the default of its service.")
    provides: list[str] = strawberry.field(description="Words beyond its kind it answers to.")


@strawberry.type(description="A hub a waiting app could be wired to.")
class HubOption:
    """Everything the app cannot do without is there."""

    id: strawberry.ID = strawberry.field(description="The id of the hub.")
    name: str = strawberry.field(description="Its name.")
    description: str = strawberry.field(description="What it is.")


@strawberry.type(description="What differs from when a member last let the app in on this device.")
class ApprovalChange:
    """Nothing but empty lists where it asks for the same."""

    version_before: str | None = strawberry.field(description="The version, if another one.")
    new_services: list[str] = strawberry.field(description="Services it did not want before.")
    now_required: list[str] = strawberry.field(description="Those it cannot do without any more.")
    gone_services: list[str] = strawberry.field(description="Services it wants no more.")
    new_scopes: list[str] = strawberry.field(description="Scopes it did not ask for before.")
    gone_scopes: list[str] = strawberry.field(description="Scopes it asks for no more.")
    asks_for_more: bool = strawberry.field(description="Whether there is more to agree to.")


@strawberry.type(description="A requirement of a waiting app, and what would answer it.")
class RequirementMatch:
    """Nothing answers one that is not offered here."""

    key: str = strawberry.field(description="The app's own key.")
    service: str = strawberry.field(description="The kind of service.")
    optional: bool = strawberry.field(description="Whether it may be declined.")
    description: str | None = strawberry.field(description="What the app wants it for.")
    instance: str | None = strawberry.field(description="The instance that would answer.")
    status: str = strawberry.field(description="`granted` or `unavailable`, unless declined.")
    options: list[InstanceOption] = strawberry.field(
        description="All that could answer, that instance first."
    )


@strawberry.type(description="A device that waits to be let in.")
class WaitingDevice:
    """As one member sees it."""

    code: str = strawberry.field(description="The code it shows.")
    identifier: str = strawberry.field(description="The app.")
    version: str = strawberry.field(description="Its version.")
    description: str | None = strawberry.field(description="What it says it is.")
    address: str = strawberry.field(description="From where it asks.")
    expires_at: datetime = strawberry.field(description="Until when it waits.")
    scopes: list[str] = strawberry.field(description="What it asks to do, as people read it.")
    hub: str = strawberry.field(description="The name of the hub it would be wired to.")
    hub_id: strawberry.ID = strawberry.field(description="The id of that hub.")
    hubs: list[HubOption] = strawberry.field(description="The hubs it could be wired to.")
    requirements: list[RequirementMatch] = strawberry.field(description="The services it needs.")
    problem: str | None = strawberry.field(description="Why it cannot be let in, if so.")
    device_name: str = strawberry.field(description="What the machine is called, if known.")
    admission: str = strawberry.field(
        description="`open`; `closed` where nobody is let in by a code; where accepting only asks"
        " an admin `unknown_app`, or `unknown_version` of a known one."
    )
    change: ApprovalChange | None = strawberry.field(
        description="What differs from last time; null the first time."
    )


@strawberry_django.type(models.DeviceCode, description="A device a member asks an admin for.")
class WishedDevice:
    """Its app will act for the member."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    expires_at: datetime = strawberry_django.field(description="Until when it waits.")
    address: str = strawberry_django.field(description="From where it asks.")
    member: User | None = strawberry_django.field(
        field_cls=PathField, field_name="wished_by__user", description="Who asks for it."
    )
    manifest: JSON = strawberry_django.field(description="What the app says it is.")


@strawberry.input(description="Which instance is wanted for a requirement.")
class InstanceChoiceInput:
    """What is not chosen the manifest and the defaults decide."""

    key: str = strawberry.field(description="The app's own key.")
    instance: strawberry.ID = strawberry.field(description="The instance.")


@strawberry.input(description="Lets a waiting device in, acting for oneself.")
class AcceptDeviceCodeInput:
    """Without the declined requirements."""

    code: str = strawberry.field(description="The code it shows.")
    hub: strawberry.ID | None = strawberry.field(default=None, description="Which hub.")
    declined_requirements: list[str] = strawberry.field(
        default_factory=list, description="Keys of optional requirements."
    )
    device_name: str | None = strawberry.field(default=None, description="Name of the machine.")
    choices: list[InstanceChoiceInput] = strawberry.field(
        default_factory=list, description="Instances one wants."
    )


@strawberry.input(description="Refuses a waiting device.")
class DeclineDeviceCodeInput:
    """The app is told so."""

    code: str = strawberry.field(description="The code it shows.")


@strawberry.input(description="Decides, as an admin, about a device a member asks for.")
class DecideWishedDeviceInput:
    """Where the strategy wants an admin's word."""

    id: strawberry.ID = strawberry.field(description="The wish.")
    allow: bool = strawberry.field(description="Whether it is let in.")


@strawberry.type
class Query:
    """Root fields of waiting devices."""

    wished_devices: list[WishedDevice] = visible_rows(
        setting.wished_codes_visible_to, description="Devices members ask for; for admins."
    )

    @strawberry_django.field(description="The waiting device of a code.")
    def device_code_by_code(
        self, info: Info, code: str, hub: strawberry.ID | None = None
    ) -> WaitingDevice:
        """Look it up; wrong codes are counted."""
        return _shown(waiting_device(principal=principal_of(info), user_code=code, hub=hub))


@strawberry.type
class Mutation:
    """Decisions about devices."""

    @strawberry_django.mutation(graphql_type=Client, description="Let a waiting device in.")
    def accept_device_code(self, info: Info, input: AcceptDeviceCodeInput) -> models.Client:
        """Let it in."""
        return device_accept(
            principal=principal_of(info),
            user_code=input.code,
            decision=Decision(
                declined=input.declined_requirements,
                device_name=input.device_name or "",
                hub=input.hub,
                choices={choice.key: choice.instance for choice in input.choices},
            ),
        )

    @strawberry_django.mutation(description="Refuse a waiting device.")
    def decline_device_code(self, info: Info, input: DeclineDeviceCodeInput) -> bool:
        """Refuse it."""
        device_decline(principal=principal_of(info), user_code=input.code)
        return True

    @strawberry_django.mutation(description="Decide about a device a member asks for.")
    def decide_wished_device(self, info: Info, input: DecideWishedDeviceInput) -> strawberry.ID:
        """Decide; returns the id of the wish."""
        wished_code_decide(principal=principal_of(info), code_id=input.id, allow=input.allow)
        return input.id


def _shown(waiting: Waiting) -> WaitingDevice:
    manifest, approval = waiting.approval.manifest, waiting.approval
    blockers = [match.requirement for match in approval.blockers]
    return WaitingDevice(
        code=waiting.code.user_code,
        identifier=manifest.identifier,
        version=manifest.version,
        description=manifest.description,
        address=waiting.code.address,
        expires_at=waiting.code.expires_at,
        scopes=approval.scopes,
        hub=approval.hub.name,
        hub_id=strawberry.ID(str(approval.hub.pk)),
        hubs=[
            HubOption(id=strawberry.ID(str(hub.pk)), name=hub.name, description=hub.description)
            for hub in approval.hubs
        ],
        requirements=[_matched(match) for match in approval.matches],
        problem=missing_sentence(blockers) if blockers else None,
        device_name=approval.known_device,
        admission=approval.admission.value,
        change=_changed(approval.change) if approval.change is not None else None,
    )


def _matched(match: Match) -> RequirementMatch:
    wanted, offer = match.requirement, match.offer
    return RequirementMatch(
        key=wanted.key,
        service=wanted.service,
        optional=wanted.optional,
        description=wanted.description,
        instance=offer.identifier if offer else None,
        status=(GrantStatus.GRANTED if offer else GrantStatus.UNAVAILABLE).value,
        options=[
            InstanceOption(
                id=strawberry.ID(str(option.instance_id)),
                identifier=option.identifier,
                version=option.version,
                is_default=option.is_default,
                provides=sorted(option.provides),
            )
            for option in match.options
        ],
    )


def _changed(change: Change) -> ApprovalChange:
    return ApprovalChange(asks_for_more=change.asks_for_more, **asdict(change))
