"""Making people, their memberships, and the first admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from chassis import clock
from chassis.config import current
from chassis.errors import Conflict, InvalidInput, NotFound
from chassis.ids import new_secret
from chassis.logs import get_logger
from fakts_server.config import FaktsConfig
from fakts_server.domain import secret
from fakts_server.models.client import Client
from fakts_server.models.credential import SetupLink
from fakts_server.models.organization import Membership, Organization, Role
from fakts_server.models.user import User
from fakts_server.operations.mandate import clients_delete
from fakts_server.operations.organization import organization_create

logger = get_logger(__name__)

FIRST_ADMIN = "admin"
FIRST_ORGANIZATION = "default"


@dataclass(frozen=True)
class FirstAdmin:
    """The first admin; password and link are shown once."""

    username: str
    password: str | None = None
    setup_path: str | None = None
    created: bool = False


def first_admin_create() -> FirstAdmin:
    """Make the first admin, the first organization and a one-time set-up link, once."""
    with transaction.atomic():
        user, made = User.objects.get_or_create(username=FIRST_ADMIN)
        if not made:
            return FirstAdmin(FIRST_ADMIN)
        password = new_secret(12)
        user.set_password(password)
        user.save(update_fields=["password"])
        organization = Organization.objects.filter(slug=FIRST_ORGANIZATION).first()
        if organization is None:
            organization = organization_create(slug=FIRST_ORGANIZATION, name="Default", owner=user)
        member_set(user=user, organization=organization, roles=["admin"])
        token = secret.new_secret("bsl")
        now = clock.now()
        SetupLink.objects.create(
            token_hash=secret.digest(token),
            user=user,
            expires_at=now + timedelta(seconds=current(FaktsConfig).setup_link_seconds),
        )
    logger.info("made the first admin", extra={"event": "user.first_admin_created"})
    path = f"{current(FaktsConfig).path_prefix}/setup/{token}"
    return FirstAdmin(FIRST_ADMIN, password, path, created=True)


def user_create(
    *, username: str, organization: Organization, role: str, password: str | None
) -> Membership:
    """Make a person a member with a role; make the person where there is none.

    A person who exists keeps their password: an admin of one organization must not be able to take
    over an account that others rely on.
    """
    try:
        with transaction.atomic():
            user = User.objects.filter(username=username).first()
            if user is None:
                user = User(username=username)
                _choose_password(user, password)
                user.save()
            elif Membership.objects.filter(user=user, organization=organization).exists():
                raise Conflict(f"{username!r} is already a member.", field="username")
            membership = member_set(user=user, organization=organization, roles=[role])
    except IntegrityError:
        raise Conflict(f"There is already a user {username!r}.", field="username") from None
    logger.info("made a member", extra={"event": "membership.created", "username": username})
    return membership


def member_set(*, user: User, organization: Organization, roles: list[str]) -> Membership:
    """Make a person a member with exactly these roles."""
    known = list(Role.objects.filter(organization=organization, identifier__in=roles))
    if len(known) != len(set(roles)):
        missing = sorted(set(roles) - {role.identifier for role in known})
        raise InvalidInput(f"There is no role {', '.join(missing)} here.", field="role")
    membership, _ = Membership.objects.get_or_create(user=user, organization=organization)
    membership.roles.set(known)
    return membership


def member_remove(*, membership: Membership) -> None:
    """Remove a member; every client, session and mandate of theirs goes with the row."""
    with transaction.atomic():
        clients_delete(Client.objects.filter(membership=membership))
        membership.delete()
    logger.info("removed a member", extra={"event": "membership.removed"})


def setup_link_use(*, token: str, password: str) -> User:
    """Choose the password of the person a one-time link was made for."""
    with transaction.atomic():
        link = (
            SetupLink.objects.select_for_update()
            .select_related("user")
            .filter(
                token_hash=secret.digest(token), used_at__isnull=True, expires_at__gt=clock.now()
            )
            .first()
        )
        if link is None:
            raise NotFound("This link has been used or has expired.")
        _choose_password(link.user, password)
        link.user.save(update_fields=["password"])
        link.used_at = clock.now()
        link.save(update_fields=["used_at"])
    logger.info("a set-up link was used", extra={"event": "setup_link.used"})
    return link.user


def new_user(*, username: str, password: str) -> User:
    """Make a person with a password; a taken name is the database's `IntegrityError`."""
    user = User(username=username)
    _choose_password(user, password)
    user.save()
    return user


def password_change(*, user: User, password: str) -> None:
    """Give a person another password."""
    _choose_password(user, password)
    user.save(update_fields=["password"])
    logger.info("changed a password", extra={"event": "user.password_changed"})


def user_describe(*, user: User, first_name: str, last_name: str, email: str) -> None:
    """Keep what a person wants to be called and where to reach them."""
    user.first_name, user.last_name, user.email = first_name, last_name, email
    texts = (first_name, last_name, email)
    if not "".join(texts).isprintable():
        raise InvalidInput("Names must not have unprintable characters.", field="first_name")
    try:
        user.clean_fields(exclude={"password", "username"})
    except ValidationError as error:
        field = next(iter(error.message_dict))
        raise InvalidInput(" ".join(error.message_dict[field]), field=field) from None
    user.save(update_fields=["first_name", "last_name", "email"])


def _choose_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    if "\0" in password:
        raise InvalidInput("The password must not contain a NUL.", field="password")
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field="password") from None
    user.set_password(password)
