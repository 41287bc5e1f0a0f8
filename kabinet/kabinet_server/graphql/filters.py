"""Filters and orders of nouns that contain each other: no filter needs a type."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import OrderBy, Q

from chassis.definitions import demand as demands
from chassis.definitions.graphql.demand import PortDemandInput
from chassis.definitions.graphql.enums import ActionKind, ActionScope
from chassis.graphql.inputs import plain
from kabinet_server import models
from kabinet_server.graphql.fields import DescribedFilter, IdsFilter, holds
from kabinet_server.selectors import approval as approvals
from kabinet_server.selectors import definitions
from kabinet_server.selectors.scope import numbers_of


@strawberry_django.filter_type(models.App, description="Narrows a list of apps.")
class AppFilter(IdsFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Text in the identifier.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holds(value, "identifier", prefix=prefix)


@strawberry_django.order_type(models.App, description="Puts a list of apps in order.")
class AppOrder:
    """By id or identifier."""

    id: strawberry.auto = strawberry_django.order_field(description="By id.")
    identifier: strawberry.auto = strawberry_django.order_field(description="By identifier.")


@strawberry_django.filter_type(models.Release, description="Narrows a list of releases.")
class ReleaseFilter(DescribedFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Text in the version or the app's identifier.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holds(value, "version", "app__identifier", prefix=prefix)

    @strawberry_django.filter_field(description="Of one app.")
    def app(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the app."""
        return Q(**{f"{prefix}app__in": numbers_of([value])})

    @strawberry_django.filter_field(description="Of one of these apps.")
    def apps(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Compare the app."""
        return Q(**{f"{prefix}app__in": numbers_of(value)})

    @strawberry_django.filter_field(description="Text in the identifier of the app.")
    def identifier(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holds(value, "app__identifier", prefix=prefix)


@strawberry_django.order_type(models.Release, description="Puts a list of releases in order.")
class ReleaseOrder:
    """By id, version or time."""

    id: strawberry.auto = strawberry_django.order_field(description="By id.")
    version: strawberry.auto = strawberry_django.order_field(description="By version, as text.")
    released_at: strawberry.auto = strawberry_django.order_field(
        description="By when it was built."
    )
    created_at: strawberry.auto = strawberry_django.order_field(description="By when it was found.")


@strawberry_django.filter_type(models.Flavour, description="Narrows a list of flavours.")
class FlavourFilter(DescribedFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Text in the name or the app's identifier.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holds(value, "name", "release__app__identifier", prefix=prefix)

    @strawberry_django.filter_field(description="Providing one of these definitions.")
    def has_definitions(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Look for an offer."""
        return definitions.offering(numbers_of(value), prefix)


@strawberry_django.order_type(models.Flavour, description="Puts a list of flavours in order.")
class FlavourOrder:
    """By time."""

    @strawberry_django.order_field(description="By when the release was built.")
    def released_at(self, value: strawberry_django.Ordering, prefix: str) -> list[OrderBy]:
        """Order by the time of the release."""
        return [value.resolve(f"{prefix}release__released_at")]


@strawberry_django.filter_type(models.Definition, description="Narrows a list of definitions.")
class DefinitionFilter(DescribedFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Text in the name or the description.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return holds(value, "name", "description", prefix=prefix)

    @strawberry_django.filter_field(description="Like another one; nothing is without vectors.")
    def similar_to(self, value: strawberry.ID, prefix: str) -> Q:
        """Keep nothing."""
        return Q(**{f"{prefix}pk__in": []})

    @strawberry_django.filter_field(description="Of one of these kinds.")
    def kinds(self, value: list[ActionKind], prefix: str) -> Q:
        """Compare the kind."""
        return Q(**{f"{prefix}kind__in": [one.value for one in value]})

    @strawberry_django.filter_field(description="Of one of these scopes.")
    def scopes(self, value: list[ActionScope], prefix: str) -> Q:
        """Compare the scope."""
        return Q(**{f"{prefix}scope__in": [one.value for one in value]})

    @strawberry_django.filter_field(description="Whether equal arguments give equal returns.")
    def pure(self, value: bool, prefix: str) -> Q:
        """Compare the flag."""
        return Q(**{f"{prefix}pure": value})

    @strawberry_django.filter_field(description="Whether they may be run again.")
    def idempotent(self, value: bool, prefix: str) -> Q:
        """Compare the flag."""
        return Q(**{f"{prefix}idempotent": value})

    @strawberry_django.filter_field(description="In one of these collections.")
    def collections(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Look for the collections."""
        return definitions.linked("collections", numbers_of(value), prefix)

    @strawberry_django.filter_field(description="Implementing one of these protocols.")
    def protocols(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Look for the protocols."""
        return definitions.linked("protocols", numbers_of(value), prefix)

    @strawberry_django.filter_field(description="Provided by one of these flavours.")
    def flavours(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Look for the flavours."""
        return definitions.linked("flavours", numbers_of(value), prefix)

    @strawberry_django.filter_field(description="Provided by one of these apps.")
    def apps(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Look for the apps."""
        return definitions.linked("flavours__release__app", numbers_of(value), prefix)

    @strawberry_django.filter_field(description="Naming all of these interfaces in their ports.")
    def interfaces(self, value: list[str], prefix: str) -> Q:
        """Compare the interfaces."""
        return Q(**{f"{prefix}interfaces__contains": value})

    @strawberry_django.filter_field(description="Being a test for one of these.")
    def is_test_for(self, value: list[strawberry.ID], prefix: str) -> Q:
        """Look for what they test."""
        return definitions.linked("is_test_for", numbers_of(value), prefix)

    @strawberry_django.filter_field(description="Whether they have tests.")
    def has_tests(self, value: bool, prefix: str) -> Q:
        """Look for a test."""
        return definitions.tested(prefix, value=value)

    @strawberry_django.filter_field(description="Whether a flavour that has them is deployed.")
    def already_deployed(self, value: bool, prefix: str) -> Q:
        """Look for a deployment."""
        return definitions.deployed(prefix, value=value)

    @strawberry_django.filter_field(description="First defined then or later.")
    def defined_after(self, value: datetime, prefix: str) -> Q:
        """Compare the time."""
        return Q(**{f"{prefix}defined_at__gte": value})

    @strawberry_django.filter_field(description="First defined then or before.")
    def defined_before(self, value: datetime, prefix: str) -> Q:
        """Compare the time."""
        return Q(**{f"{prefix}defined_at__lte": value})

    @strawberry_django.filter_field(description="By what their ports are like.")
    def demands(self, value: list[PortDemandInput], prefix: str) -> Q:
        """Every demand must be met."""
        path = f"{prefix}definition"
        return demands.all_of(demands.port_demand(plain(one), definition=path) for one in value)


@strawberry_django.order_type(models.Definition, description="Puts definitions in order.")
class DefinitionOrder:
    """By time, name or kind."""

    defined_at: strawberry.auto = strawberry_django.order_field(
        description="By when it was first defined."
    )
    name: strawberry.auto = strawberry_django.order_field(description="By name.")
    kind: strawberry.auto = strawberry_django.order_field(description="By kind.")


@strawberry_django.filter_type(models.Deployment, description="Narrows a list of deployments.")
class DeploymentFilter(DescribedFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Text in the name: of backend, app or flavour.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        columns = ("backend__name", "flavour__name", "release__app__identifier", "local_id")
        return holds(value, *columns, prefix=prefix)


@strawberry_django.order_type(models.Deployment, description="Puts deployments in order.")
class DeploymentOrder:
    """By id, name at the backend, or time."""

    id: strawberry.auto = strawberry_django.order_field(description="By id.")
    local_id: strawberry.auto = strawberry_django.order_field(description="By its name there.")
    created_at: strawberry.auto = strawberry_django.order_field(description="By when it was made.")


@strawberry_django.filter_type(models.Pod, description="Narrows a list of pods.")
class PodFilter(DescribedFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Text in the name of the backend or the app.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        columns = ("backend__name", "deployment__release__app__identifier")
        return holds(value, *columns, prefix=prefix)

    @strawberry_django.filter_field(description="On one backend.")
    def backend(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the backend."""
        return Q(**{f"{prefix}backend__in": numbers_of([value])})


@strawberry_django.order_type(models.Pod, description="Puts pods in order.")
class PodOrder:
    """By id, state or time."""

    id: strawberry.auto = strawberry_django.order_field(description="By id.")
    status: strawberry.auto = strawberry_django.order_field(description="By state.")
    created_at: strawberry.auto = strawberry_django.order_field(description="By when it was made.")


@strawberry_django.filter_type(models.ReleaseApproval, description="Narrows a list of approvals.")
class ReleaseApprovalFilter(IdsFilter):
    """Every condition that is given must hold."""

    @strawberry_django.filter_field(description="Text in the app's identifier or the version.")
    def search(self, value: str, prefix: str) -> Q:
        """Match in any case."""
        return approvals.named_like(value.strip(), prefix)

    @strawberry_django.filter_field(description="Of one release.")
    def release(self, value: strawberry.ID, prefix: str) -> Q:
        """Compare the release."""
        return Q(**{f"{prefix}release__in": numbers_of([value])})

    @strawberry_django.filter_field(description="Whether they were taken back.")
    def revoked(self, value: bool, prefix: str) -> Q:
        """Look for the time of revocation."""
        return Q(**{f"{prefix}revoked_at__isnull": not value})
