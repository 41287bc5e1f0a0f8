"""Which mandates concern a principal."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from chassis import clock
from chassis.errors import NotFound
from chassis.identity.principal import Principal
from chassis.permissions import has_role
from fakts_server.models.mandate import Mandate
from fakts_server.selectors.scope import row_id, visible


def mandates_visible_to(principal: Principal) -> QuerySet[Mandate]:
    """Return those granted by the person or issued by or for the app; admins see all."""
    rows = visible(
        principal,
        "mandate.read",
        Mandate.objects.order_by("-pk"),
        path="grantor__organization",
    )
    if has_role(principal, "admin"):
        return rows
    concerns = Q(grantor__user=row_id(principal.subject)) | Q(
        issuing_client__client_id=principal.client
    )
    if principal.app:
        concerns |= Q(agent_identifier=principal.app)
    return rows.filter(concerns)


def mandate_get(principal: Principal, mandate_id: object) -> QuerySet[Mandate]:
    """Return one mandate."""
    return mandates_visible_to(principal).filter(pk=row_id(mandate_id))


def mandate_one(principal: Principal, mandate_id: object) -> Mandate:
    """Return one mandate with who granted it, or raise `NotFound`."""
    related = ("grantor__user", "grantor__organization", "hub", "agent_device")
    mandate = mandate_get(principal, mandate_id).select_related(*related).first()
    if mandate is None:
        raise NotFound()
    return mandate


def live(prefix: str = "") -> Q:
    """Return the condition of a mandate that still works."""
    unending = Q(**{f"{prefix}expires_at": None}) | Q(**{f"{prefix}expires_at__gt": clock.now()})
    return Q(**{f"{prefix}revoked_at": None}) & unending
