"""Rows mirrored from verified tokens. Their keys are the claims, so that no look-up is needed."""

from __future__ import annotations

from django.db import models


class Organization(models.Model):
    """A tenant; `id` is the `org` claim."""

    id = models.CharField(primary_key=True, max_length=200)
    slug = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.slug


class User(models.Model):
    """A person or service account; `id` is the `sub` claim."""

    id = models.CharField(primary_key=True, max_length=200)
    preferred_username = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.preferred_username


class Client(models.Model):
    """An installed app; `id` is the `client_id` claim."""

    id = models.CharField(primary_key=True, max_length=400)
    name = models.CharField(max_length=400, default="")
    version = models.CharField(max_length=200, default="")

    def __str__(self) -> str:
        return self.name or self.id


class Task(models.Model):
    """A run of an action, known from the signed header of a request made inside it."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="tasks")
    task_id = models.CharField(max_length=200)
    parent_task_id = models.CharField(max_length=200, null=True)
    root_task_id = models.CharField(max_length=200)
    assigner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    assigner_sub = models.CharField(max_length=200)
    caller_sub = models.CharField(max_length=200)
    agent_sub = models.CharField(max_length=200)
    agent_client_id = models.CharField(max_length=400)
    issuer = models.CharField(max_length=400)
    token_id = models.CharField(max_length=200)
    args_hash = models.CharField(max_length=200)
    args_hash_algorithm = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "issuer", "task_id"], name="task_of_issuer"
            )
        ]

    def __str__(self) -> str:
        return self.task_id
