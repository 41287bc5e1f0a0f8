"""Strategies, remote values and the audit trail."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import Q, QuerySet
from strawberry.scalars import JSON

from chassis.graphql import Info, principal_of
from chassis.graphql.fields import visible_rows
from fakts_server import models
from fakts_server.domain import strategy as domain
from fakts_server.graphql.app import App, Device
from fakts_server.graphql.person import User
from fakts_server.operations import remote_value, strategy
from fakts_server.selectors import setting


@strawberry.type(description="An app every member may let in.")
class KnownApp:
    """In any version, or in some."""

    identifier: str = strawberry.field(description="The app.")
    versions: list[str] | None = strawberry.field(description="The versions; null means any.")


@strawberry.type(description="How the organization lets apps in.")
class Strategy:
    """Holds from the next login on."""

    approval: str = strawberry.field(
        description="`member`: everyone lets apps in; `admin`: known apps only, others ask."
    )
    known_apps: list[KnownApp] = strawberry.field(description="What every member may let in.")
    login_kinds: list[str] = strawberry.field(
        description="`device_code`, `mandate_key`, `web`; none means all."
    )
    platform_version: str = strawberry.field(
        description="Which version of services apps are wired to, where there are several."
    )


@strawberry_django.type(models.RemoteValue, description="One version of a value for apps.")
class RemoteValue:
    """The newest holds; older ones are kept."""

    id: strawberry.ID = strawberry_django.field(description="The id of the version.")
    key: str = strawberry_django.field(description="Dotted words.")
    kind: str = strawberry_django.field(
        description="`text`, `integer`, `number`, `boolean` or `json`."
    )
    value: JSON | None = strawberry_django.field(description="The value; null when removed.")
    is_removed: bool = strawberry_django.field(description="Whether this version takes it away.")
    is_current: bool = strawberry_django.field(description="Whether this version holds.")
    version: int = strawberry_django.field(description="1 is the first.")
    app: App | None = strawberry_django.field(description="For which app; null means all.")
    device: Device | None = strawberry_django.field(description="On which machine; null means all.")
    changed_at: datetime = strawberry_django.field(description="When it was set.")


@strawberry_django.filter_type(models.AuditEntry, description="Narrows the trail.")
class AuditFilter:
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Words in the action, all of them.")
    def search(self, value: str, prefix: str) -> Q:
        """Match parts of the action."""
        wanted = Q()
        for word in value.split():
            wanted &= Q(**{f"{prefix}action__icontains": word})
        return wanted

    @strawberry_django.filter_field(description="At or after this moment.")
    def since(self, value: datetime, prefix: str) -> Q:
        """Compare the time."""
        return Q(**{f"{prefix}at__gte": value})

    @strawberry_django.filter_field(description="Before this moment.")
    def until(self, value: datetime, prefix: str) -> Q:
        """Compare the time."""
        return Q(**{f"{prefix}at__lt": value})


@strawberry_django.type(models.AuditEntry, description="One decision or change.")
class AuditEntry:
    """Never changed, never deleted."""

    id: strawberry.ID = strawberry_django.field(description="The id of the entry.")
    at: datetime = strawberry_django.field(description="When.")
    action: str = strawberry_django.field(description="What was done, e.g. `app.approved`.")
    client_id: str = strawberry_django.field(description="By which app.")
    address: str = strawberry_django.field(description="From where.")
    subject_kind: str = strawberry_django.field(description="What kind of thing it is about.")
    subject_id: str = strawberry_django.field(description="Which one.")
    details: JSON = strawberry_django.field(description="More about it.")
    actor_id: strawberry.ID | None = strawberry_django.field(
        description="Who, as the id of a person; they may be gone."
    )
    actor: User | None = strawberry_django.field(description="Who, if they are still known.")
    for_id: strawberry.ID | None = strawberry_django.field(
        annotate=setting.WHOM, description="For whom, as the id of a person; they may be gone."
    )
    for_name: str | None = strawberry_django.field(
        annotate=setting.WHOM_BY_NAME, description="For whom, if they are still a member."
    )


@strawberry.input(description="An app every member may let in.")
class KnownAppInput:
    """In any version, or in some."""

    identifier: str = strawberry.field(description="The app.")
    versions: list[str] | None = strawberry.field(default=None, description="Null means any.")


@strawberry.input(description="Changes the strategy; what is null stays.")
class SetStrategyInput:
    """For admins."""

    approval: str | None = strawberry.field(default=None, description="`member` or `admin`.")
    known_apps: list[KnownAppInput] | None = strawberry.field(
        default=None, description="What every member may let in."
    )
    login_kinds: list[str] | None = strawberry.field(default=None, description="None means all.")
    platform_version: str | None = strawberry.field(default=None, description="Empty means any.")


@strawberry.input(description="Sets a value for apps.")
class SetRemoteValueInput:
    """For the organization, an app, a machine, or an app on a machine."""

    key: str = strawberry.field(description="Dotted words.")
    value: JSON = strawberry.field(description="The value.")
    kind: str | None = strawberry.field(
        default=None, description="Its kind; else that of the version before, else `json`."
    )
    app: strawberry.ID | None = strawberry.field(default=None, description="For which app.")
    device: strawberry.ID | None = strawberry.field(default=None, description="On which machine.")


@strawberry.input(description="Takes a value away.")
class RemoveRemoteValueInput:
    """The wider one holds again."""

    key: str = strawberry.field(description="Dotted words.")
    app: strawberry.ID | None = strawberry.field(default=None, description="For which app.")
    device: strawberry.ID | None = strawberry.field(default=None, description="On which machine.")


@strawberry.input(description="Makes an older version hold again.")
class RollbackRemoteValueInput:
    """As a new version."""

    id: strawberry.ID = strawberry.field(description="The older version.")


@strawberry.type
class Query:
    """Root fields of settings."""

    remote_values: list[RemoteValue] = visible_rows(
        setting.values_visible_to, description="The values that hold now; for admins."
    )
    audit_entries: list[AuditEntry] = visible_rows(
        setting.audit_visible_to,
        filters=AuditFilter,
        description="The trail, the newest first; for admins.",
    )

    @strawberry_django.field(description="How the organization lets apps in.")
    def strategy(self, info: Info) -> Strategy:
        """Return the strategy."""
        return _shown(setting.strategy_visible_to(principal_of(info)))

    @strawberry_django.field(
        graphql_type=list[RemoteValue], description="Every version of a value; for admins."
    )
    def remote_value_history(self, info: Info, key: str) -> QuerySet[models.RemoteValue]:
        """Return the versions."""
        return setting.value_history(principal_of(info), key)


@strawberry.type
class Mutation:
    """Changes of settings."""

    @strawberry_django.mutation(description="Change how the organization lets apps in.")
    def set_strategy(self, info: Info, input: SetStrategyInput) -> Strategy:
        """Change it."""
        known = input.known_apps
        principal = principal_of(info)
        strategy.strategy_set(
            principal=principal,
            wish=strategy.StrategyWish(
                approval=input.approval,
                known_apps=None if known is None else [_known(app) for app in known],
                login_kinds=input.login_kinds,
                platform_version=input.platform_version,
            ),
        )
        return _shown(setting.strategy_visible_to(principal))

    @strawberry_django.mutation(graphql_type=RemoteValue, description="Set a value for apps.")
    def set_remote_value(self, info: Info, input: SetRemoteValueInput) -> models.RemoteValue:
        """Set it."""
        return remote_value.value_set(
            principal=principal_of(info),
            target=remote_value.Target(input.key, input.app, input.device),
            value=input.value,
            kind=input.kind,
        )

    @strawberry_django.mutation(graphql_type=RemoteValue, description="Take a value away.")
    def remove_remote_value(self, info: Info, input: RemoveRemoteValueInput) -> models.RemoteValue:
        """Take it away."""
        return remote_value.value_remove(
            principal=principal_of(info),
            target=remote_value.Target(input.key, input.app, input.device),
        )

    @strawberry_django.mutation(
        graphql_type=RemoteValue, description="Make an older version hold again."
    )
    def rollback_remote_value(
        self, info: Info, input: RollbackRemoteValueInput
    ) -> models.RemoteValue:
        """Roll back."""
        return remote_value.value_rollback(principal=principal_of(info), version_id=input.id)


def _known(app: KnownAppInput) -> domain.KnownApp:
    return domain.KnownApp(
        app.identifier, None if app.versions is None else frozenset(app.versions)
    )


def _shown(rules: domain.Rules) -> Strategy:
    return Strategy(
        approval=rules.approval.value,
        known_apps=[
            KnownApp(
                identifier=app.identifier,
                versions=None if app.versions is None else sorted(app.versions),
            )
            for app in rules.known_apps
        ],
        login_kinds=sorted(rules.login_kinds),
        platform_version=rules.platform_version,
    )
