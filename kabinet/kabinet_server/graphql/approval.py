"""Approvals of releases: type, filter, inputs and root fields."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import QuerySet

from chassis.graphql import Info, principal_of
from chassis.graphql.app import bearer_token
from chassis.graphql.fields import one_row, visible_rows
from chassis.graphql.inputs import maybe
from kabinet_server import models
from kabinet_server.domain.capabilities import Consent
from kabinet_server.graphql.app import Release
from kabinet_server.graphql.backend import Backend, BackendFilter, BackendOrder
from kabinet_server.graphql.fields import related_list
from kabinet_server.graphql.filters import ReleaseApprovalFilter
from kabinet_server.graphql.identity import User
from kabinet_server.operations import approval as operations
from kabinet_server.selectors import approval as selectors
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import by_id

_STATE = ["digest", "revoked_at", "release__approval_digest"]


@strawberry_django.type(models.Consent, description="What the approver decided of a capability.")
class CapabilityConsent:
    """Granted or declined."""

    name: str = strawberry_django.field(description="The name of the capability.")
    is_granted: bool = strawberry_django.field(description="Whether it is granted.")
    host: str | None = strawberry_django.field(description="The host's side.")
    is_writable: bool = strawberry_django.field(description="Whether a folder may be written.")


@strawberry_django.type(
    models.ReleaseApproval, description="A person lets a deployer run a release."
)
class ReleaseApproval:
    """It covers the content that was reviewed, and nothing else."""

    id: strawberry.ID = strawberry_django.field(description="The id of the row.")
    release: Release = strawberry_django.field(description="The release.")
    approver: User = strawberry_django.field(description="Who approved it: the containers act so.")
    mandate_id: strawberry.ID = strawberry_django.field(description="The mandate at fakts.")
    agent: str = strawberry_django.field(description="The identifier of the deployer's app.")
    digest: str = strawberry_django.field(description="What was reviewed.")
    backends: list[Backend] = related_list(
        "Where it holds; anywhere if there are none.",
        filters=BackendFilter,
        ordering=BackendOrder,
    )
    created_at: datetime = strawberry_django.field(description="When it was given.")
    revoked_at: datetime | None = strawberry_django.field(description="When it was taken back.")
    consents: list[CapabilityConsent] = strawberry_django.field(
        description="What was decided of capabilities."
    )

    @strawberry_django.field(
        select_related=["release"],
        only=_STATE,
        description="Whether the release has changed since.",
    )
    def is_stale(self: models.ReleaseApproval) -> bool:
        """Compare digests."""
        return selectors.is_stale(self)

    @strawberry_django.field(
        select_related=["release"],
        only=_STATE,
        description="Whether something may be deployed under it.",
    )
    def is_active(self: models.ReleaseApproval) -> bool:
        """Neither revoked nor stale."""
        return selectors.is_active(self)

    @strawberry_django.field(
        select_related=["release__app", "approver"],
        only=["release__version", "release__app__identifier", "approver__username"],
        description="The release and who approved it.",
    )
    def name(self: models.ReleaseApproval) -> str:
        """Join them."""
        return f"{self.release.app.identifier}:{self.release.version} by {self.approver}"


@strawberry.input(description="A decision about a capability.")
class CapabilityConsentInput:
    """Granted or declined."""

    name: str = strawberry.field(description="The name of the capability.")
    granted: bool = strawberry.field(description="Whether it is granted.")
    host: str | None = maybe("The host's side: a folder, or one of several devices.")
    writable: bool = strawberry.field(default=False, description="Whether a folder is written.")


@strawberry.input(description="An approval of a release.")
class ApproveReleaseInput:
    """What was reviewed, for whom."""

    release: strawberry.ID = strawberry.field(description="The release.")
    mandate: strawberry.ID = strawberry.field(description="The mandate at fakts.")
    agent: str = strawberry.field(description="The identifier of the deployer's app.")
    digest: str = strawberry.field(description="The approval digest that was reviewed.")
    backends: list[strawberry.ID] | None = maybe("Where it holds; anywhere if left out.")
    consents: list[CapabilityConsentInput] | None = maybe("Decisions about capabilities.")


@strawberry.input(description="An approval to take back.")
class RevokeApprovalInput:
    """Its id."""

    id: strawberry.ID = strawberry.field(description="The approval.")


@strawberry.type
class Query:
    """Root fields of approvals."""

    release_approvals: list[ReleaseApproval] = visible_rows(
        rows.approvals_visible_to,
        filters=ReleaseApprovalFilter,
        description="The approvals of the organization, the newest first.",
    )

    @one_row(ReleaseApproval, "One approval.")
    def release_approval(self, info: Info, id: strawberry.ID) -> QuerySet[models.ReleaseApproval]:
        """Return the approval."""
        return by_id(rows.approvals_visible_to(principal_of(info)), id)


@strawberry.type
class Mutation:
    """Mutations of approvals."""

    @one_row(ReleaseApproval, "Let a deployer run a release as the caller.")
    def approve_release(
        self, info: Info, input: ApproveReleaseInput
    ) -> QuerySet[models.ReleaseApproval]:
        """Approve what was reviewed."""
        who = principal_of(info)
        made = operations.release_approve(
            principal=who,
            release_id=input.release,
            mandate=str(input.mandate),
            agent=input.agent,
            digest=input.digest,
            backends=input.backends,
            consents={
                one.name: Consent(is_granted=one.granted, host=one.host, is_writable=one.writable)
                for one in input.consents or ()
            },
        )
        return by_id(rows.approvals_visible_to(who), made.pk)

    @one_row(
        ReleaseApproval,
        "Take an approval back: its containers are stopped, its mandate is withdrawn.",
    )
    def revoke_approval(
        self, info: Info, input: RevokeApprovalInput
    ) -> QuerySet[models.ReleaseApproval]:
        """Take it back, once and for all."""
        who = principal_of(info)
        made = operations.approval_revoke(principal=who, approval_id=input.id)
        operations.mandate_withdraw(approval=made, token=bearer_token(info.context.headers))
        return by_id(rows.approvals_visible_to(who), made.pk)
