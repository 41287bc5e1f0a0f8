"""What most rows share: the tenant they belong to, who made them, and through what."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models

from mikro_server.models.identity import Client, Organization, Task, User

K = TypeVar("K", bound=models.Model)


class KindQuerySet(models.QuerySet[K]):
    """Rows whose `kind` says which GraphQL type they are: it is read with every row."""

    def only(self, *fields: str) -> Self:
        """Read the kind too, whatever is asked for."""
        return super().only(*fields, "kind")


class Made(models.Model):
    """A row somebody made. Every row has its own organization, children too."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    creator = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, null=True, on_delete=models.PROTECT, related_name="+")
    created_through = models.ForeignKey(
        Task, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class Kept(Made):
    """A row people see and throw away; it stays in the trash for a while."""

    trashed_at = models.DateTimeField(null=True)
    trashed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
