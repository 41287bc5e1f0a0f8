"""Web apps of third parties, as the admins of one organization register them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from chassis.config import current
from chassis.errors import Conflict, InvalidInput, NotFound
from chassis.identity.principal import Principal
from chassis.ids import new_id
from fakts_server.config import FaktsConfig
from fakts_server.models.organization import Organization
from fakts_server.models.relying_party import RelyingParty
from fakts_server.operations.audit import By, audit_add, by
from fakts_server.operations.profile import checked_name
from fakts_server.operations.relying_party import (
    relying_party_create,
    relying_party_remove,
    relying_party_rotate,
)
from fakts_server.selectors.relying_party import web_apps_of
from fakts_server.selectors.scope import acting, row_id

_MOST_ADDRESSES = 20


@dataclass(frozen=True)
class WebAppWish:
    """A web app as an admin describes it."""

    name: str
    redirect_uris: Sequence[str]
    post_logout_redirect_uris: Sequence[str] = ()
    #: None means every scope people can agree to.
    scopes: Sequence[str] | None = None
    #: Which services its tokens open; none where it only wants to know who somebody is.
    services: Sequence[str] = ()
    is_confidential: bool = False


def web_app_register(*, principal: Principal, wish: WebAppWish) -> tuple[RelyingParty, str | None]:
    """Register a web app for the organization; return it and its secret, which is shown once."""
    organization = acting(principal, "app.manage").organization
    return web_app_add(organization=organization, wish=wish, who=by(principal))


def web_app_rotate(*, principal: Principal, web_app_id: object) -> tuple[RelyingParty, str]:
    """Give a web app a new secret; the old one is refused from now on."""
    organization = acting(principal, "app.manage").organization
    return web_app_renew(organization=organization, row=web_app_id, who=by(principal))


def web_app_remove(*, principal: Principal, web_app_id: object) -> None:
    """Remove a web app and everybody's sessions there."""
    organization = acting(principal, "app.manage").organization
    web_app_delete(organization=organization, row=web_app_id, who=by(principal))


def web_app_add(
    *, organization: Organization, wish: WebAppWish, who: By
) -> tuple[RelyingParty, str | None]:
    """Register a web app, whoever asks for it."""
    known = current(FaktsConfig).scopes
    unknown = sorted(set(wish.scopes or ()) - set(known))
    if unknown:
        raise InvalidInput(
            f"There is no scope {', '.join(unknown)}; known: {', '.join(known)}.", field="scopes"
        )
    if len(wish.redirect_uris) + len(wish.post_logout_redirect_uris) > _MOST_ADDRESSES:
        raise InvalidInput(f"At most {_MOST_ADDRESSES} addresses.", field="redirect_uris")
    for uri in (*wish.redirect_uris, *wish.post_logout_redirect_uris):
        if uri.startswith("/"):
            raise InvalidInput(f"{uri}: give the whole address.", field="redirect_uris")
    with transaction.atomic():
        party, key = relying_party_create(
            client_id=f"web-{new_id()}",
            name=checked_name(wish.name),
            redirect_uris=wish.redirect_uris,
            post_logout_redirect_uris=wish.post_logout_redirect_uris,
            organization=organization,
            scopes=None if wish.scopes is None else sorted(set(wish.scopes)),
            services=sorted(set(wish.services)),
            is_confidential=wish.is_confidential,
        )
        audit_add(
            "web_app.registered", who, party, name=party.name, redirect_uris=party.redirect_uris
        )
    return party, key


def web_app_renew(*, organization: Organization, row: object, who: By) -> tuple[RelyingParty, str]:
    """Rotate the secret of a web app, whoever asks for it."""
    with transaction.atomic():
        party = _find(organization, row)
        if not party.secret_hash:
            raise Conflict("This web app runs in the browser and has no secret.", field="id")
        key = relying_party_rotate(party=party)
        audit_add("web_app.secret_rotated", who, party, name=party.name)
    return party, key


def web_app_delete(*, organization: Organization, row: object, who: By) -> None:
    """Remove a web app, whoever asks for it."""
    with transaction.atomic():
        party = _find(organization, row)
        audit_add("web_app.removed", who, party, name=party.name)
        relying_party_remove(party=party)


def _find(organization: Organization, row: object) -> RelyingParty:
    party = web_apps_of(organization.pk).select_for_update().filter(pk=row_id(row)).first()
    if party is None:
        raise NotFound("There is no such web app.", field="id")
    return party
