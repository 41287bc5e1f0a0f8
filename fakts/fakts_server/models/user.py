"""A person."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from chassis import clock
from fakts_server.models.media import Media


class UserManager(BaseUserManager["User"]):
    """Finds people by their name; making them is an operation."""


class User(AbstractBaseUser):
    """A person; what they may do hangs on their memberships, never on the person."""

    username = models.CharField(max_length=150, unique=True)
    email = models.EmailField(blank=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    display_name = models.CharField(max_length=255, blank=True)
    bio = models.TextField(blank=True)
    avatar = models.ForeignKey(Media, null=True, blank=True, on_delete=models.SET_NULL)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "fakts_user"

    def __str__(self) -> str:
        return self.username

    @property
    def full_name(self) -> str:
        """The name to show: the one they chose, else the full one when it is known."""
        if self.display_name:
            return self.display_name
        return f"{self.first_name} {self.last_name}".strip() or self.username
