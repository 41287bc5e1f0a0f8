"""Logging a person in to a web app: the code, and what it is exchanged for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from chassis import clock
from chassis.config import current
from chassis.ids import new_id
from chassis.logs import get_logger
from fakts_server.config import FaktsConfig
from fakts_server.domain import secret
from fakts_server.domain.authorization import left_half, verifier_fits
from fakts_server.domain.errors import AccessDenied, InvalidGrant
from fakts_server.domain.mandate import narrow_scopes
from fakts_server.domain.origin import Origin
from fakts_server.domain.requirement import Offer
from fakts_server.domain.session import Session
from fakts_server.domain.strategy import LoginKind
from fakts_server.models.client import Client
from fakts_server.models.credential import AuthorizationCode
from fakts_server.models.organization import Membership
from fakts_server.models.relying_party import RelyingParty
from fakts_server.operations.audit import app_facts, audit_add, by_member
from fakts_server.operations.client import Binding, client_bind
from fakts_server.operations.envelope import envelope
from fakts_server.operations.session import chain_end, check_secret, session_load, session_start
from fakts_server.operations.signing_key import sign
from fakts_server.selectors.instance import default_hub, offers_of
from fakts_server.selectors.person import person_claims
from fakts_server.selectors.strategy import strategy_of
from fakts_server.wire.manifest import ManifestBody
from fakts_server.wire.token import AuthorizationCodeForm, Envelope

logger = get_logger(__name__)

_CODE_SECONDS = 60
#: The version web apps are listed with; they do not tell theirs.
_WEB_VERSION = "web"


@dataclass(frozen=True)
class Login:
    """A person who came from a web app and is to be sent back to it."""

    party: RelyingParty
    membership: Membership
    redirect_uri: str
    challenge: str
    scopes: list[str]
    nonce: str
    logged_in_at: datetime
    browser_session: str


def authorization_grant(*, login: Login) -> str:
    """Wire the web app to the member's organization; return the code for the browser to carry.

    Raises:
        AccessDenied: the organization's strategy lets nobody in through web apps.
    """
    rules = strategy_of(login.membership.organization_id)
    # The platform's own pages stay open: an admin who closed every way must be able to open one.
    if not login.party.is_builtin and not rules.opens(LoginKind.WEB):
        raise AccessDenied("This organization lets nobody in through web apps; ask an admin.")
    code = secret.new_secret("bac")
    with transaction.atomic():
        client = _agreed(login)
        AuthorizationCode.objects.create(
            code_hash=secret.digest(code),
            client=client,
            redirect_uri=login.redirect_uri,
            challenge=login.challenge,
            nonce=login.nonce,
            scopes=narrow_scopes(login.scopes, current(FaktsConfig).scopes),
            logged_in_at=login.logged_in_at,
            browser_session=login.browser_session,
            expires_at=clock.now() + timedelta(seconds=_CODE_SECONDS),
        )
    logger.info(
        "a person logged in to a web app",
        extra={"event": "authorization.granted", "client_id": login.party.client_id},
    )
    return code


def authorization_redeem(*, form: AuthorizationCodeForm, origin: Origin, issuer: str) -> Envelope:
    """Exchange a code for tokens, once; a second try ends what the first one gave."""
    with transaction.atomic():
        code = (
            AuthorizationCode.objects.select_for_update()
            .filter(code_hash=secret.digest(form.code))
            .first()
        )
        if code is None:
            raise InvalidGrant("This code is not known; log in again.")
        session = session_load(code.client_id)
        if form.client_id != session.relying_party:
            raise InvalidGrant("This code was given to another web app.")
        check_secret(session.relying_party_secret, form.client_secret)
        if code.redeemed_at is None:
            return _redeem(code, form, session, origin, issuer)
        # Somebody else holds the code: RFC 6749 4.1.2 wants what it gave to end.
        chain_end(chain=code.chain)
    logger.warning("a code was used twice", extra={"event": "authorization.reused"})
    raise InvalidGrant("This code was used already; log in again.")


def _redeem(
    code: AuthorizationCode,
    form: AuthorizationCodeForm,
    session: Session,
    origin: Origin,
    issuer: str,
) -> Envelope:
    if clock.now() >= code.expires_at:
        raise InvalidGrant("This code has expired; log in again.")
    if form.redirect_uri != code.redirect_uri:
        raise InvalidGrant("redirect_uri is not the one the code was sent to.")
    if not verifier_fits(form.code_verifier, code.challenge):
        raise InvalidGrant("code_verifier does not belong to the code_challenge.")
    code.redeemed_at = clock.now()
    code.save(update_fields=["redeemed_at"])
    refresh_token = None
    if "offline_access" in code.scopes:
        refresh_token = session_start(client_pk=session.client_pk, chain=code.chain)
    answer = envelope(session=session, origin=origin, refresh_token=refresh_token)
    if "openid" in code.scopes:
        answer["id_token"] = _id_token(code, session, issuer, answer["access_token"])
    return answer


def _id_token(code: AuthorizationCode, session: Session, issuer: str, access_token: str) -> str:
    assert session.relying_party is not None
    now = int(clock.now().timestamp())
    claims: dict[str, object] = {
        **person_claims(session, code.scopes),
        "iss": issuer,
        "aud": session.relying_party,
        "azp": session.relying_party,
        "iat": now,
        "exp": now + current(FaktsConfig).access_token_seconds,
        "jti": new_id(),
        "auth_time": int(code.logged_in_at.timestamp()),
        "at_hash": left_half(access_token),
        "sid": code.browser_session,
    }
    if code.nonce:
        claims["nonce"] = code.nonce
    return sign(claims, kind="JWT")


def _agreed(login: Login) -> Client:
    """Return the client of the login; what the person agrees to anew stands in the trail."""
    known = Client.objects.filter(relying_party=login.party, membership=login.membership).first()
    before = set(known.granted_scopes) if known is not None else None
    client = _client(login)
    # The platform's own pages ask nobody for consent.
    if not login.party.is_builtin and set(client.granted_scopes) != before:
        audit_add("app.approved", by_member(login.membership), client, **app_facts(client))
    return client


def _client(login: Login) -> Client:
    hub = default_hub(login.membership.organization)
    offers = offers_of(hub, login.membership.user_id)
    if login.party.services is not None:
        offers = [offer for offer in offers if offer.service in login.party.services]
    manifest = _manifest(login, offers)
    return client_bind(
        binding=Binding(
            membership=login.membership,
            hub=hub,
            manifest=manifest,
            device_id=None,
            kind="website",
            role="interface",
            client_id=new_id(),
            requirements=list(manifest.needs()),
            relying_party=login.party,
        )
    )


def _manifest(login: Login, offers: list[Offer]) -> ManifestBody:
    """Describe a web app as if it had sent a manifest: it is wired to the same things."""
    known = Client.objects.filter(relying_party=login.party, membership=login.membership).first()
    agreed = known.granted_scopes if known is not None else []
    return ManifestBody.model_validate(
        {
            "identifier": login.party.client_id,
            "version": _WEB_VERSION,
            "description": login.party.name,
            # What was agreed to stays agreed to, also when this request asks for less.
            "scopes": [*login.scopes, *agreed],
            "requirements": [
                {"key": offer.identifier, "service": offer.service, "optional": True}
                for offer in offers
            ],
        }
    )
