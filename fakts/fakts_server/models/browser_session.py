"""Browser sessions: people see where they are logged in, and end it."""

from __future__ import annotations

import uuid

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from chassis import clock
from fakts_server.models.user import User


class BrowserSession(AbstractBaseSession):
    """One browser; `session_key` is the hash of what its cookie holds."""

    session_key = models.CharField(max_length=64, primary_key=True)
    # What the person, and web apps as `sid`, may know of it.
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="browser_sessions"
    )
    address = models.CharField(max_length=100, blank=True)
    user_agent = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "fakts_browser_session"

    def __str__(self) -> str:
        return str(self.uid)
