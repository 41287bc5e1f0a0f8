"""Where Django keeps browser sessions: in our table, under the hash of the cookie.

So whoever reads the database, or a backup of it, cannot step into somebody's session. The work is
done by Django's store; only the names of the rows differ.
"""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from chassis import clock
from fakts_server.domain.secret import digest
from fakts_server.models.browser_session import BrowserSession


class SessionStore(DatabaseStore):
    """Sessions of browsers; views here are synchronous, so only those methods are there."""

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        """Name the table."""
        return BrowserSession

    def _get_session_from_db(self) -> BrowserSession | None:
        if self.session_key is None:
            return None
        found = BrowserSession.objects.filter(session_key=digest(self.session_key)).first()
        if found is None or found.expire_date <= clock.now():
            self._session_key = None
            return None
        return found

    def exists(self, session_key: str) -> bool:
        """Tell whether a cookie names a session."""
        return BrowserSession.objects.filter(session_key=digest(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        """Return the row to save; what only the log-in knows of it is kept."""
        # Django's own subclasses use it just so; only its stubs do not know it.
        key = digest(self._get_or_create_session_key())  # type: ignore[attr-defined]  # not in the stubs
        known = BrowserSession.objects.filter(session_key=key).first()
        row = known or BrowserSession(session_key=key)
        row.session_data = self.encode(data)
        row.expire_date = self.get_expiry_date()
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Forget a session; one that is gone is no error."""
        key = session_key or self.session_key
        if key is not None:
            BrowserSession.objects.filter(session_key=digest(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Forget what is over."""
        BrowserSession.objects.filter(expire_date__lt=clock.now()).delete()
