"""Bloks (pieces of user interface), their revisions and bindings, and the catalogs they draw on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rekuest_server.models.agent import Agent
from rekuest_server.models.identity import App, Organization, User


class UiCatalog(models.Model):
    """What one user interface can draw and compute; `is_registered` once it has said so itself."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="ui_catalogs"
    )
    name = models.CharField(max_length=400)
    description = models.TextField(null=True)
    is_registered = models.BooleanField(default=False)
    components = models.JSONField(default=list)
    operations = models.JSONField(default=list)
    widget_defaults = models.JSONField(default=list)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="ui_catalog_org_name")
        ]

    def __str__(self) -> str:
        return self.name


class Blok(models.Model):
    """A piece of user interface. `content` is the content of its head revision.

    The keys of `content` are those of a blok's declaration: components, source, demo_state,
    dependencies, args, services.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="bloks")
    catalog = models.ForeignKey(UiCatalog, on_delete=models.PROTECT, related_name="bloks")
    app = models.ForeignKey(App, null=True, on_delete=models.PROTECT, related_name="bloks")
    key = models.CharField(max_length=400, null=True, help_text="What its app calls it.")
    creator = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="bloks")
    name = models.CharField(max_length=400)
    description = models.TextField(null=True)
    context = models.CharField(max_length=20, default="HTML")
    for_model = models.CharField(max_length=400, null=True)
    for_node = models.CharField(max_length=400, null=True)
    origin = models.CharField(max_length=400, null=True)
    origin_hash = models.CharField(max_length=200, null=True)
    content = models.JSONField(default=dict)
    diagnostics = models.JSONField(default=list)
    retired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "app", "key"],
                condition=Q(app__isnull=False),
                name="blok_org_app_key",
            )
        ]

    def __str__(self) -> str:
        return self.name


class BlokRevision(models.Model):
    """One version of a blok's content, numbered from 1."""

    blok = models.ForeignKey(Blok, on_delete=models.CASCADE, related_name="revisions")
    number = models.IntegerField()
    message = models.TextField(null=True)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    task = models.ForeignKey(
        "rekuest.Task",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    content = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blok", "number"], name="blok_revision_number")
        ]

    def __str__(self) -> str:
        return f"revision {self.number} of blok {self.blok_id}"


class MaterializedBlok(models.Model):
    """A blok bound to agents; without `pinned_revision` it shows the head."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="materialized_bloks"
    )
    blok = models.ForeignKey(Blok, on_delete=models.CASCADE, related_name="materialized_bloks")
    declared_by = models.ForeignKey(
        Agent, null=True, on_delete=models.CASCADE, related_name="declared_bloks"
    )
    name = models.CharField(max_length=400, null=True)
    description = models.TextField(null=True)
    scope = models.CharField(max_length=20, default="DASHBOARD")
    is_default = models.BooleanField(default=False)
    pinned_revision = models.ForeignKey(
        BlokRevision, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    retired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["declared_by", "blok"],
                condition=Q(declared_by__isnull=False),
                name="materialized_blok_declared",
            )
        ]

    def __str__(self) -> str:
        return self.name or f"materialized blok {self.pk}"


class BlokAgentMapping(models.Model):
    """The agent that a dependency of a materialized blok is bound to."""

    materialized_blok = models.ForeignKey(
        MaterializedBlok, on_delete=models.CASCADE, related_name="agent_mappings"
    )
    key = models.CharField(max_length=400)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="agent_mappings")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["materialized_blok", "key", "agent"], name="blok_agent_mapping"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} of materialized blok {self.materialized_blok_id}"
