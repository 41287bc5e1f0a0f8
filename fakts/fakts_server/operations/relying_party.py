"""Registering web apps, the dashboard among them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from chassis.errors import Conflict, InvalidInput
from chassis.logs import get_logger
from fakts_server.domain import secret
from fakts_server.domain.authorization import uri_problem
from fakts_server.models.organization import Organization
from fakts_server.models.relying_party import RelyingParty

logger = get_logger(__name__)

DASHBOARD = "dashboard"
_DASHBOARD_PAGES = {
    "name": "Dashboard",
    "is_builtin": True,
    "services": None,
    # Paths, because the dashboard lives at whichever of our origins a person uses.
    "redirect_uris": ["/login/done", "/login/silent"],
    "post_logout_redirect_uris": ["/", "/login"],
}


def dashboard_ensure() -> RelyingParty:
    """Register the dashboard that comes with the platform, as this version of it is."""
    party, _ = RelyingParty.objects.update_or_create(client_id=DASHBOARD, defaults=_DASHBOARD_PAGES)
    return party


def relying_party_create(
    *,
    client_id: str,
    name: str,
    redirect_uris: Sequence[str],
    post_logout_redirect_uris: Sequence[str] = (),
    organization: Organization | None = None,
    scopes: Sequence[str] | None = None,
    services: Sequence[str] | None = (),
    is_confidential: bool = False,
) -> tuple[RelyingParty, str | None]:
    """Register a web app; return it and, if it can keep one, its secret, which is not kept here."""
    for field, uris in (
        ("redirect_uris", redirect_uris),
        ("post_logout_redirect_uris", post_logout_redirect_uris),
    ):
        for uri in uris:
            problem = uri_problem(uri)
            if problem is not None:
                raise InvalidInput(f"{uri}: {problem}.", field=field)
    if not redirect_uris:
        raise InvalidInput("Name at least one address to return to.", field="redirect_uris")
    key = secret.new_secret("bws") if is_confidential else None
    try:
        with transaction.atomic():
            party = RelyingParty.objects.create(
                client_id=client_id,
                name=name,
                organization=organization,
                secret_hash=secret.digest(key) if key else "",
                redirect_uris=list(redirect_uris),
                post_logout_redirect_uris=list(post_logout_redirect_uris),
                scopes=None if scopes is None else list(scopes),
                services=None if services is None else list(services),
            )
    except IntegrityError:
        raise Conflict(f"There is already a web app {client_id!r}.", field="client_id") from None
    logger.info(
        "registered a web app", extra={"event": "relying_party.created", "client_id": client_id}
    )
    return party, key


def relying_party_rotate(*, party: RelyingParty) -> str:
    """Give a web app another secret and return it; only its hash is kept."""
    key = secret.new_secret("bws")
    party.secret_hash = secret.digest(key)
    party.save(update_fields=["secret_hash"])
    logger.info("gave a web app a new secret", extra={"event": "relying_party.rotated"})
    return key


def relying_party_remove(*, party: RelyingParty) -> None:
    """Forget a web app; every session people have there ends with it."""
    if party.is_builtin:
        raise Conflict("The dashboard is part of the platform and cannot be removed.")
    party.delete()
    logger.info("removed a web app", extra={"event": "relying_party.removed"})
