"""Refresh tokens: issuing, rotating and revoking a session's chain."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from chassis import clock
from chassis.config import current
from chassis.logs import get_logger
from fakts_server.adapters.rotation import rotate
from fakts_server.config import FaktsConfig
from fakts_server.domain import secret
from fakts_server.domain.errors import InvalidClient, InvalidGrant
from fakts_server.domain.origin import Origin
from fakts_server.domain.refresh import Verdict, judge_refresh
from fakts_server.domain.session import Session
from fakts_server.models.credential import RefreshToken
from fakts_server.operations.audit import By, app_facts, audit_add
from fakts_server.operations.envelope import envelope
from fakts_server.selectors.session import session_by_token, session_of
from fakts_server.wire.token import Envelope, RefreshForm, RevocationForm

logger = get_logger(__name__)


def session_start(*, client_pk: int, chain: uuid.UUID | None = None) -> str:
    """Begin a chain; return its first refresh token."""
    return _issue(client_pk, chain or uuid.uuid4(), clock.now())


def session_refresh(*, form: RefreshForm, origin: Origin) -> Envelope:
    """Exchange a refresh token for a new one and a new envelope."""
    config = current(FaktsConfig)
    presented = secret.digest(form.refresh_token)
    found = session_by_token(presented, longest=timedelta(seconds=config.refresh_chain_seconds))
    if found is None:
        raise InvalidGrant("This refresh token is not known; log in again.")
    session, facts = found
    _check_welcome(session)
    if form.client_id is not None and not session.is_named(form.client_id):
        raise InvalidClient("The refresh token belongs to another client.")
    check_secret(session.relying_party_secret, form.client_secret)
    now, grace = clock.now(), timedelta(seconds=config.refresh_grace_seconds)
    successor = secret.new_secret("brt")
    # Judged as it was read; what changed since then, the exchange itself sees.
    if judge_refresh(facts, now, grace) is Verdict.REFUSE or not rotate(
        token_hash=presented,
        successor_hash=secret.digest(successor),
        now=now,
        # Without a grace one racer wins, however the clocks of the others stood as they waited.
        used_since=now - grace if grace else None,
        ends=now + timedelta(seconds=config.refresh_token_seconds),
    ):
        raise InvalidGrant("This refresh token was used before, has expired or was revoked.")
    return envelope(session=session, origin=origin, refresh_token=successor)


def session_revoke(*, form: RevocationForm) -> None:
    """End the session a refresh token belongs to; an unknown token is no error (RFC 7009)."""
    token = (
        RefreshToken.objects.filter(token_hash=secret.digest(form.token))
        .select_related("client__membership", "client__release__app")
        .first()
    )
    if token is None:
        return
    client = token.client
    with transaction.atomic():
        if chain_end(chain=token.chain) and client.membership is not None:
            member = client.membership
            who = By(member.organization_id, member.user_id, client.client_id)
            audit_add("session.ended", who, client, **app_facts(client))
    logger.info("a session was ended", extra={"event": "session.revoked"})


def chain_end(*, chain: uuid.UUID) -> int:
    """Revoke every refresh token of a chain; return how many there were to revoke."""
    alive = RefreshToken.objects.filter(chain=chain, revoked_at__isnull=True)
    return alive.update(revoked_at=clock.now())


def check_secret(kept: str, given: str | None) -> None:
    """Raise `InvalidClient` when a web app that has a secret does not know it."""
    if kept and not secret.matches(given or "", kept):
        raise InvalidClient("The secret of the client is missing or wrong.")


def session_load(client_pk: int) -> Session:
    """Return the session of a client, if its member may still log in."""
    session = session_of(client_pk)
    if session is None:
        raise InvalidGrant("This client was removed; log in again.")
    _check_welcome(session)
    return session


def _check_welcome(session: Session) -> None:
    if not session.is_welcome:
        raise InvalidGrant("This account may not log in any more.")


def supersede(*, client_pk: int, since: datetime) -> None:
    """Mark the tokens a client was given since a moment as used, so that only a newer one lasts."""
    RefreshToken.objects.filter(
        client=client_pk, issued_at__gte=since, used_at__isnull=True
    ).update(used_at=clock.now())


def _issue(client_pk: int, chain: uuid.UUID, started_at: datetime) -> str:
    now = clock.now()
    token = secret.new_secret("brt")
    RefreshToken.objects.create(
        token_hash=secret.digest(token),
        client_id=client_pk,
        chain=chain,
        chain_started_at=started_at,
        issued_at=now,
        expires_at=now + timedelta(seconds=current(FaktsConfig).refresh_token_seconds),
    )
    return token
