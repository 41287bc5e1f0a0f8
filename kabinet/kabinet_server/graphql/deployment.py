"""Deployments: type, filter, order, inputs and root fields."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from django.db.models import QuerySet
from strawberry.scalars import JSON

from chassis.errors import InvalidInput
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import column, one_row, visible_rows
from chassis.graphql.inputs import maybe
from kabinet_server import models
from kabinet_server.graphql.app import Release
from kabinet_server.graphql.approval import ReleaseApproval
from kabinet_server.graphql.backend import Backend
from kabinet_server.graphql.fields import related_list
from kabinet_server.graphql.filters import DeploymentFilter, DeploymentOrder, PodFilter, PodOrder
from kabinet_server.graphql.flavour import Flavour
from kabinet_server.graphql.scalars import PodStatus, UntypedParams
from kabinet_server.operations import deployment as operations
from kabinet_server.operations import secret
from kabinet_server.selectors import releases, rows
from kabinet_server.selectors.scope import by_id

if TYPE_CHECKING:
    from kabinet_server.graphql.pod import LogDump, Pod

_POD = strawberry.lazy("kabinet_server.graphql.pod")


@strawberry.type(description="A capability as it is granted to a container.")
class CapabilityGrant:
    """What the deployer adds to the container."""

    name: str = strawberry.field(description="The name of the capability.")
    kind: str = strawberry.field(description="Which capability it is.")
    target: str | None = strawberry.field(description="The container's side.")
    host: str | None = strawberry.field(description="The host's side.")
    is_writable: bool = strawberry.field(description="Whether a folder may be written.")
    value: str | None = strawberry.field(description="A Linux capability, or megabytes.")


@strawberry_django.type(models.Deployment, description="A flavour that runs on a backend.")
class Deployment:
    """What was meant; its pods are what is."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    flavour: Flavour = strawberry_django.field(description="What runs.")
    release: Release = strawberry_django.field(description="The release it is of.")
    backend: Backend = strawberry_django.field(description="Where it runs.")
    local_id: strawberry.ID = strawberry_django.field(description="What the backend calls it.")
    approval: ReleaseApproval | None = strawberry_django.field(
        description="The approval it was made under."
    )
    descriptors: JSON = strawberry_django.field(description="Its descriptors.")
    created_at: datetime = strawberry_django.field(description="When it was made.")
    last_pulled: datetime | None = strawberry_django.field(description="When it was pulled.")
    previous: Deployment | None = strawberry_django.field(
        description="What it took the place of: the way back."
    )
    pods: list[Annotated[Pod, _POD]] = related_list(
        "Its containers.",
        filters=PodFilter,
        ordering=PodOrder,
    )

    log_dumps: list[Annotated[LogDump, _POD]] = related_list(
        "What is kept of the output of its containers, removed ones included."
    )

    @strawberry_django.field(description="The newest piece of that output.")
    def latest_log_dump(self: models.Deployment) -> Annotated[LogDump, _POD] | None:
        """Find it."""
        return self.log_dumps.order_by("-pk").first()  # type: ignore[return-value] # a row

    @column("status", description="Where it is in its life.")
    def status(self: models.Deployment) -> PodStatus:
        """Return the state."""
        return PodStatus(self.status)

    @column("params", description="The parameters it runs with; secrets are never shown.")
    def params(self: models.Deployment) -> UntypedParams:
        """Return the stored values."""
        return UntypedParams(self.params)

    @strawberry_django.field(
        select_related=["backend", "flavour"],
        only=["backend__name", "flavour__name"],
        description="The backend and the flavour.",
    )
    def name(self: models.Deployment) -> str:
        """Join them."""
        return f"{self.backend.name} {self.flavour.name}"

    @strawberry_django.field(
        select_related=["release"], description="A newer release it can be updated to."
    )
    def available_update(self: models.Deployment) -> Release | None:
        """Compare versions."""
        return releases.update_of(self.release)  # type: ignore[return-value] # a row

    @strawberry_django.field(
        select_related=["approval", "flavour"],
        prefetch_related=["approval__consents"],
        description="What its containers are granted on their machine.",
    )
    def grants(self: models.Deployment) -> list[CapabilityGrant]:
        """Apply the approver's decisions."""
        if self.approval is None:
            return []
        decision = operations.decision_for(self.approval, self.flavour)
        return [
            CapabilityGrant(
                name=one.name,
                kind=one.kind,
                target=one.target,
                host=one.host,
                is_writable=one.is_writable,
                value=one.value,
            )
            for one in decision.grants
        ]


@strawberry.input(description="A flavour that the caller's backend runs.")
class CreateDeploymentInput:
    """Made under an approval."""

    local_id: strawberry.ID = strawberry.field(description="What the backend calls it.")
    flavour: strawberry.ID = strawberry.field(description="What it runs.")
    approval: strawberry.ID | None = maybe("The approval of the release; needed by default.")
    last_pulled: datetime | None = maybe("When the image was last pulled.")
    secret_params: UntypedParams | None = maybe("Secrets; kept sealed and never shown.")
    params: UntypedParams | None = maybe("Parameters; shown.")
    replaces: strawberry.ID | None = maybe("The deployment whose place it takes.")


@strawberry.input(description="A deployment in another state.")
class UpdateDeploymentInput:
    """The new state."""

    deployment: strawberry.ID = strawberry.field(description="The deployment.")
    status: PodStatus = strawberry.field(description="Its state.")


@strawberry.input(description="Parameters and secrets of an app, for all its deployments.")
class ConfigureAppInput:
    """What is left out stays; a secret of null is taken away."""

    app: strawberry.ID = strawberry.field(description="The app.")
    params: UntypedParams | None = maybe("The parameters; replaces what was set.")
    secrets: UntypedParams | None = maybe("Secrets by name; added to what was set.")


@strawberry.type(description="Parameters of an app, and the names of its secrets.")
class AppConfiguration:
    """Secrets themselves are written and never read."""

    app: strawberry.ID = strawberry.field(description="The app.")
    params: UntypedParams = strawberry.field(description="The parameters.")
    secret_keys: list[str] = strawberry.field(description="The names of its secrets.")


@strawberry.type(description="What a container is given at its start.")
class DeploymentValues:
    """Read by the deployment's own backend alone."""

    params: UntypedParams = strawberry.field(description="The parameters.")
    secrets: UntypedParams = strawberry.field(description="The secrets.")


def _object(value: object, field: str) -> dict[str, object] | None:
    if value is not None and not isinstance(value, dict):
        raise InvalidInput(f"{field} is an object from names to values.", field=field)
    return value


@strawberry.type
class Query:
    """Root fields of deployments."""

    deployments: list[Deployment] = visible_rows(
        rows.deployments_visible_to,
        filters=DeploymentFilter,
        ordering=DeploymentOrder,
        description="What runs in the organization.",
    )

    @one_row(Deployment, "One deployment.")
    def deployment(self, info: Info, id: strawberry.ID) -> QuerySet[models.Deployment]:
        """Return the deployment."""
        return by_id(rows.deployments_visible_to(principal_of(info)), id)

    @strawberry_django.field(description="The parameters of an app and the names of its secrets.")
    def app_configuration(self, info: Info, app: strawberry.ID) -> AppConfiguration:
        """Return what is set; nothing is set at first."""
        found = secret.setting_get(principal=principal_of(info), app_id=app)
        return _configuration(app, found)


def _configuration(app: strawberry.ID, row: models.AppSetting | None) -> AppConfiguration:
    return AppConfiguration(
        app=app,
        params=UntypedParams({} if row is None else row.params),
        secret_keys=[] if row is None else sorted(row.secret_keys),
    )


@strawberry.type
class Mutation:
    """Mutations of deployments."""

    @one_row(Deployment, "Write down that the caller's backend runs a flavour.")
    def create_deployment(
        self, info: Info, input: CreateDeploymentInput
    ) -> QuerySet[models.Deployment]:
        """Check it all, and write it down."""
        who = principal_of(info)
        made = operations.deployment_create(
            principal=who,
            flavour_id=input.flavour,
            local_id=str(input.local_id),
            approval_id=input.approval,
            last_pulled=input.last_pulled,
            params=_object(input.params, "params"),
            secret_params=_object(input.secret_params, "secretParams"),
            replaces=input.replaces,
        )
        return by_id(rows.deployments_visible_to(who), made.pk)

    @one_row(Deployment, "Set the state of a deployment.")
    def update_deployment(
        self, info: Info, input: UpdateDeploymentInput
    ) -> QuerySet[models.Deployment]:
        """Write the state."""
        who = principal_of(info)
        made = operations.deployment_update(
            principal=who, deployment_id=input.deployment, status=input.status
        )
        return by_id(rows.deployments_visible_to(who), made.pk)

    @strawberry_django.field(description="Set parameters and secrets of an app.")
    def configure_app(self, info: Info, input: ConfigureAppInput) -> AppConfiguration:
        """Write them; secrets are sealed."""
        row = secret.app_configure(
            principal=principal_of(info),
            app_id=input.app,
            params=_object(input.params, "params"),
            secrets=_object(input.secrets, "secrets"),
        )
        return _configuration(input.app, row)

    @strawberry_django.field(
        description="Open what a container of the caller's own backend is given at its start."
    )
    def open_deployment_values(self, info: Info, deployment: strawberry.ID) -> DeploymentValues:
        """Open them, and write down that this was done."""
        params, secrets = secret.values_open(principal=principal_of(info), deployment_id=deployment)
        return DeploymentValues(params=UntypedParams(params), secrets=UntypedParams(secrets))
