"""Where people are logged in with a browser."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from chassis import clock
from chassis.errors import NotFound
from chassis.logs import get_logger
from fakts_server.models.browser_session import BrowserSession
from fakts_server.models.user import User

logger = get_logger(__name__)


def browser_session_describe(*, key: str, user: User, address: str, user_agent: str) -> None:
    """Keep whose session it is and where it was begun, for the list people see."""
    agent = "".join(char for char in user_agent if char.isprintable())
    BrowserSession.objects.filter(session_key=key).update(
        user=user, address=address[:100], user_agent=agent[:500], started_at=clock.now()
    )


def browser_session_see(*, key: str) -> None:
    """Note that a session is in use."""
    BrowserSession.objects.filter(session_key=key).update(seen_at=clock.now())


def browser_session_end(*, user: User, uid: str) -> None:
    """End one session of a person; what belongs to others is as if it were not there."""
    try:
        gone, _ = BrowserSession.objects.filter(user=user, uid=uid).delete()
    except ValidationError:
        gone = 0  # What cannot be the name of a session is the name of none.
    if not gone:
        raise NotFound("This session has ended already.")
    logger.info("ended a browser session", extra={"event": "browser_session.ended"})


def browser_sessions_end_others(*, user: User, key: str) -> int:
    """End every session of a person but the one at hand; return how many there were."""
    gone, _ = BrowserSession.objects.filter(user=user).exclude(session_key=key).delete()
    logger.info(
        "ended other browser sessions", extra={"event": "browser_session.ended", "count": gone}
    )
    return gone
