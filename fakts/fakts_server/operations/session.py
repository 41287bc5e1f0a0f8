"""Refresh tokens: issuing, rotating and revoking a session's chain."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from chassis import clock
from chassis.config import current
from chassis.logs import get_logger
from fakts_server.config import FaktsConfig
from fakts_server.domain import secret
from fakts_server.domain.errors import InvalidClient, InvalidGrant
from fakts_server.domain.origin import Origin
from fakts_server.domain.refresh import RefreshFacts, Verdict, judge_refresh
from fakts_server.domain.session import Session
from fakts_server.models.credential import RefreshToken
from fakts_server.operations.envelope import envelope
from fakts_server.selectors.session import session_of
from fakts_server.wire.token import Envelope, RefreshForm, RevocationForm

logger = get_logger(__name__)


def session_start(*, client_pk: int, chain: uuid.UUID | None = None) -> str:
    """Begin a chain; return its first refresh token."""
    return _issue(client_pk, chain or uuid.uuid4(), clock.now())


def session_refresh(*, form: RefreshForm, origin: Origin) -> Envelope:
    """Exchange a refresh token for a new one and a new envelope."""
    with transaction.atomic():
        # The row lock makes racing processes of one app take turns.
        token = (
            RefreshToken.objects.select_for_update()
            .filter(token_hash=secret.digest(form.refresh_token))
            .first()
        )
        if token is None:
            raise InvalidGrant("This refresh token is not known; log in again.")
        session = session_load(token.client_id)
        if form.client_id is not None and not session.is_named(form.client_id):
            raise InvalidClient("The refresh token belongs to another client.")
        check_secret(session.relying_party_secret, form.client_secret)
        now = clock.now()
        verdict = judge_refresh(
            _facts(token), now, timedelta(seconds=current(FaktsConfig).refresh_grace_seconds)
        )
        if verdict is Verdict.REFUSE:
            raise InvalidGrant("This refresh token was used before, has expired or was revoked.")
        if verdict is Verdict.ROTATE:
            token.used_at = now
            token.save(update_fields=["used_at"])
        successor = _issue(token.client_id, token.chain, token.chain_started_at)
    return envelope(session=session, origin=origin, refresh_token=successor)


def session_revoke(*, form: RevocationForm) -> None:
    """End the session a refresh token belongs to; an unknown token is no error (RFC 7009)."""
    token = RefreshToken.objects.filter(token_hash=secret.digest(form.token)).first()
    if token is None:
        return
    chain_end(chain=token.chain)
    logger.info("a session was ended", extra={"event": "session.revoked"})


def chain_end(*, chain: uuid.UUID) -> None:
    """Revoke every refresh token of a chain."""
    RefreshToken.objects.filter(chain=chain, revoked_at__isnull=True).update(revoked_at=clock.now())


def check_secret(kept: str, given: str | None) -> None:
    """Raise `InvalidClient` when a web app that has a secret does not know it."""
    if kept and not secret.matches(given or "", kept):
        raise InvalidClient("The secret of the client is missing or wrong.")


def session_load(client_pk: int) -> Session:
    """Return the session of a client, if its member may still log in."""
    session = session_of(client_pk)
    if session is None:
        raise InvalidGrant("This client was removed; log in again.")
    if not session.is_welcome:
        raise InvalidGrant("This account may not log in any more.")
    return session


def supersede(*, client_pk: int, since: datetime) -> None:
    """Mark the tokens a client was given since a moment as used, so that only a newer one lasts."""
    RefreshToken.objects.filter(
        client=client_pk, issued_at__gte=since, used_at__isnull=True
    ).update(used_at=clock.now())


def _facts(token: RefreshToken) -> RefreshFacts:
    longest = timedelta(seconds=current(FaktsConfig).refresh_chain_seconds)
    return RefreshFacts(
        expires_at=token.expires_at,
        chain_expires_at=token.chain_started_at + longest,
        used_at=token.used_at,
        revoked_at=token.revoked_at,
    )


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
