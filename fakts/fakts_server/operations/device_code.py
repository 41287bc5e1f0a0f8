"""Devices that wait for a person: start, decide, poll."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction

from chassis import clock
from chassis.config import current
from chassis.errors import Conflict, InvalidInput, NotFound, Unavailable
from chassis.identity.principal import Principal
from chassis.ids import new_id
from chassis.logs import get_logger
from fakts_server.config import FaktsConfig
from fakts_server.domain import secret
from fakts_server.domain.device_code import DeviceCodeFacts, DeviceCodeState, Poll, judge_poll
from fakts_server.domain.errors import (
    AccessDenied,
    AdminAsked,
    AuthorizationPending,
    ExpiredToken,
    InvalidGrant,
    InvalidTarget,
    OAuthError,
    SlowDown,
)
from fakts_server.domain.origin import Origin
from fakts_server.domain.requirement import Requirement, missing_sentence, unheard
from fakts_server.domain.strategy import Admission
from fakts_server.models.client import Client
from fakts_server.models.credential import DeviceCode
from fakts_server.models.organization import Hub, Membership
from fakts_server.models.user import User
from fakts_server.operations.audit import By, app_facts, audit_add, by, by_member
from fakts_server.operations.client import Binding, client_bind
from fakts_server.operations.envelope import envelope
from fakts_server.operations.session import session_load, session_start, supersede
from fakts_server.selectors.device_code import device_code_pending, device_codes_waiting
from fakts_server.selectors.instance import composition_for, hub_or_default
from fakts_server.selectors.people import is_admin
from fakts_server.selectors.scope import acting, row_id
from fakts_server.selectors.strategy import strategy_of
from fakts_server.wire.device_authorization import (
    DeviceAuthorizationAnswer,
    DeviceAuthorizationBody,
)
from fakts_server.wire.manifest import ManifestBody
from fakts_server.wire.token import DeviceCodeForm, Envelope

logger = get_logger(__name__)

_SHORTEST_LIFE_SECONDS = 10
_TRIES = 5

_REFUSALS: dict[Poll, type[OAuthError]] = {
    Poll.PENDING: AuthorizationPending,
    Poll.SLOW_DOWN: SlowDown,
    Poll.DENIED: AccessDenied,
    Poll.EXPIRED: ExpiredToken,
    Poll.SPENT: InvalidGrant,
}


def device_code_start(
    *, body: DeviceAuthorizationBody, base: str, address: str
) -> DeviceAuthorizationAnswer:
    """Register a waiting device; nothing of the app is believed or fetched yet."""
    config = current(FaktsConfig)
    wish = max(_SHORTEST_LIFE_SECONDS, body.expiration_time_seconds)
    seconds = min(wish, config.device_code_seconds)
    polling_secret = secret.new_secret("bdc")
    code = _insert(
        DeviceCode(
            secret_hash=secret.digest(polling_secret),
            client_id_offered=new_id(),
            manifest=body.manifest.stored(),
            device_id=body.manifest.device_id or "",
            requested_kind=body.requested_client_kind,
            requested_role=body.requested_client_role,
            interval_seconds=config.device_poll_seconds,
            address=address,
            expires_at=clock.now() + timedelta(seconds=seconds),
        )
    )
    logger.info(
        "a device asks to be let in",
        extra={"event": "device_code.started", "app": body.manifest.identifier},
    )
    return {
        "status": "granted",
        "device_code": polling_secret,
        "user_code": code.user_code,
        "client_id": code.client_id_offered,
        "verification_uri": f"{base}/configure/",
        "verification_uri_complete": f"{base}/configure/{code.user_code}",
        "expires_in": seconds,
        "interval": config.device_poll_seconds,
        "token_endpoint": f"{base}/o/token/",
    }


def device_code_approve(
    *,
    user_code: str,
    membership: Membership,
    declined: frozenset[str] = frozenset(),
    device_name: str = "",
    hub: Hub | None = None,
    choices: dict[str, int] | None = None,
    who: By | None = None,
) -> Client:
    """Let the device of a user code in, for a member, without the declined requirements.

    `hub` and `choices` (instance rows by requirement key) are what the person picked; what they
    leave open the manifest decides. `who` decides where that is not the member on a page. Where
    the strategy wants an admin's word the wish is kept for them, and `AdminAsked` says so.
    """
    _check_member(membership)
    rules = strategy_of(membership.organization_id)
    wish = Wish(sorted(declined), device_name.strip(), hub.pk if hub else None, choices or {})
    with transaction.atomic():
        code = _lock_pending(user_code)
        manifest = ManifestBody.model_validate(code.manifest)
        _check_declined(declined, manifest.needs())
        admission = rules.admission(manifest.identifier, manifest.version)
        if admission is Admission.CLOSED:
            raise Conflict("This organization lets nobody in by a code; ask an admin for a key.")
        if not admission.needs_admin or is_admin(membership):
            return _let_in(code, membership, wish, membership.user, who or by_member(membership))
        # What can never be let in is not asked of an admin either.
        _composed(membership, list(manifest.needs()), wish)
        code.wished_by, code.wish = membership, asdict(wish)
        code.save(update_fields=["wished_by", "wish"])
        audit_add("app.asked", who or by_member(membership), code, **_asked(code, membership))
    raise AdminAsked()


def wished_code_decide(*, principal: Principal, code_id: object, allow: bool) -> DeviceCode:
    """Decide, as an admin, about a device a member asks for; it will act for that member."""
    admin = acting(principal, "app.manage")
    return wish_decide(admin=admin, who=by(principal), code_id=code_id, allow=allow)


def wish_decide(*, admin: Membership, who: By, code_id: object, allow: bool) -> DeviceCode:
    """Do the same for an admin whose rights are known."""
    with transaction.atomic():
        code = (
            device_codes_waiting()
            .select_for_update(of=("self",))
            .select_related("wished_by__user", "wished_by__organization")
            .filter(pk=row_id(code_id), wished_by__organization=admin.organization)
            .first()
        )
        if code is None or code.wished_by is None:
            raise NotFound("Nobody asks for such a device any more.", field="id")
        if allow:
            _check_member(code.wished_by)
            _let_in(code, code.wished_by, Wish(**code.wish), admin.user, who)
        else:
            _decide(code, DeviceCodeState.DENIED, admin.user)
            audit_add("app.denied", who, code, **_asked(code, code.wished_by))
    return code


@dataclass(frozen=True)
class Wish:
    """How a person wants an app to be let in."""

    declined: list[str]
    device_name: str
    hub: int | None
    choices: dict[str, int]


def _let_in(code: DeviceCode, membership: Membership, wish: Wish, decider: User, who: By) -> Client:
    manifest = ManifestBody.model_validate(code.manifest)
    requirements = list(manifest.needs())
    hub = _composed(membership, requirements, wish)
    client = client_bind(
        binding=Binding(
            membership=membership,
            hub=hub,
            manifest=manifest,
            device_id=code.device_id or None,
            kind=code.requested_kind,
            role=code.requested_role,
            client_id=code.client_id_offered,
            requirements=requirements,
            declined=frozenset(wish.declined),
            device_name=wish.device_name,
            choices=wish.choices,
        )
    )
    code.client = client
    _decide(code, DeviceCodeState.GRANTED, decider)
    audit_add(
        "app.approved", who, client, **app_facts(client), statuses=client.statuses, hub=hub.pk
    )
    logger.info(
        "a device was let in",
        extra={"event": "device_code.approved", "client_id": client.client_id},
    )
    return client


def _composed(membership: Membership, requirements: list[Requirement], wish: Wish) -> Hub:
    """Return the hub that answers as the person picked; refuse what cannot be had there."""
    chosen = hub_or_default(membership.organization, wish.hub) if wish.hub is not None else None
    hub, matches = composition_for(membership, requirements, hub=chosen, choices=wish.choices)
    missing = [match.requirement for match in matches if match.blocks]
    if missing:
        raise InvalidTarget(missing_sentence(missing))
    if beyond := ", ".join(unheard(matches, wish.choices)):
        raise InvalidInput(
            f"The instance that was picked for {beyond} does not answer it in this hub;"
            " pick again.",
            field="choices",
        )
    return hub


def _check_declined(declined: frozenset[str], requirements: Collection[Requirement]) -> None:
    """Refuse to let an app in with less consent than it needs."""
    optional = {item.key for item in requirements if item.optional}
    beyond = ", ".join(sorted(declined - optional))
    if beyond:
        raise InvalidInput(
            f"Only optional requirements can be declined, not {beyond}.", field="decline"
        )


def device_code_deny(*, user_code: str, membership: Membership, who: By | None = None) -> None:
    """Refuse the device of a user code; its organization finds that in its trail."""
    with transaction.atomic():
        code = _lock_pending(user_code)
        _decide(code, DeviceCodeState.DENIED, membership.user)
        audit_add("app.denied", who or by_member(membership), code, **_asked(code, membership))
    logger.info("a device was refused", extra={"event": "device_code.denied"})


def _asked(code: DeviceCode, membership: Membership) -> dict[str, object]:
    manifest = code.manifest
    return {
        "app": manifest["identifier"],
        "version": manifest["version"],
        "scopes": manifest["scopes"],
        "device_address": code.address,
        "user": membership.user_id,
    }


def device_code_poll(*, form: DeviceCodeForm, origin: Origin) -> Envelope:
    """Answer a poll: the envelope once the device was let in, else why not yet."""
    with transaction.atomic():
        code = (
            DeviceCode.objects.select_for_update()
            .filter(secret_hash=secret.digest(form.device_code))
            .first()
        )
        if code is None or form.client_id != code.client_id_offered:
            raise InvalidGrant("This device code is not known; start again.")
        now = clock.now()
        repeat = timedelta(seconds=current(FaktsConfig).device_repeat_seconds)
        poll = judge_poll(_facts(code), now, repeat)
        code.last_polled_at = now
        refusal = _REFUSALS.get(poll)
        if refusal is None:
            return _redeem(code, poll, origin)
        code.save(update_fields=["last_polled_at"])
    # Raised outside, so that the time of the poll is kept.
    raise refusal


def _redeem(code: DeviceCode, poll: Poll, origin: Origin) -> Envelope:
    if code.client_id is None:
        raise InvalidGrant("This client was removed; start again.")
    session = session_load(code.client_id)
    if poll is Poll.REPEAT:
        assert code.redeemed_at is not None
        supersede(client_pk=code.client_id, since=code.redeemed_at)
    else:
        code.redeemed_at = code.last_polled_at
    code.save(update_fields=["last_polled_at", "redeemed_at"])
    refresh_token = session_start(client_pk=code.client_id)
    return envelope(session=session, origin=origin, refresh_token=refresh_token)


def _facts(code: DeviceCode) -> DeviceCodeFacts:
    return DeviceCodeFacts(
        state=DeviceCodeState(code.state),
        expires_at=code.expires_at,
        interval=timedelta(seconds=code.interval_seconds),
        last_polled_at=code.last_polled_at,
        redeemed_at=code.redeemed_at,
    )


def _lock_pending(user_code: str) -> DeviceCode:
    code = device_code_pending(user_code, lock=True)
    if code is None:
        raise NotFound("This code is not known, has expired or was decided already.")
    return code


def _decide(code: DeviceCode, state: DeviceCodeState, user: User) -> None:
    code.state = state.value
    code.decided_at = clock.now()
    code.decided_by = user
    # The raw id has done its work: the organization keeps its own hash of it.
    code.device_id = ""
    code.save(update_fields=["state", "decided_at", "decided_by", "device_id", "client"])


def _check_member(membership: Membership) -> None:
    if membership.is_blocked or not membership.user.is_active:
        raise Conflict("This account may not let devices in.", field="username")


def _insert(code: DeviceCode) -> DeviceCode:
    for _ in range(_TRIES):
        code.user_code = secret.new_user_code()
        try:
            with transaction.atomic():
                code.save(force_insert=True)
        except IntegrityError:
            continue
        return code
    raise Unavailable("No free user code was found; try again.")
