"""Making an account of one's own: only by an invite."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from chassis.errors import Conflict, InvalidInput
from chassis.logs import get_logger
from fakts_server.models.user import User
from fakts_server.operations.joining import invite_accept, invite_find
from fakts_server.operations.user import new_user
from fakts_server.wire.admin import USERNAME

logger = get_logger(__name__)


def invite_register(*, token: str, username: str, password: str) -> User:
    """Make the account of an invited person and let them in; both happen or neither does."""
    invite_find(token)
    if not USERNAME.fullmatch(username):
        raise InvalidInput(
            "Use letters, digits and @ . + - _ for the user name, at most 150.", field="username"
        )
    try:
        with transaction.atomic():
            user = new_user(username=username, password=password)
            invite_accept(token=token, user=user)
    except IntegrityError:
        raise Conflict("This user name is taken.", field="username") from None
    logger.info("a person registered by invite", extra={"event": "user.registered"})
    return user
