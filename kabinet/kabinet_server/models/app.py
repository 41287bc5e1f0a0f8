"""Apps, their releases, and the flavours a release can be had in."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from kabinet_server.models.base import Described
from kabinet_server.models.definition import Definition
from kabinet_server.models.repo import GithubRepo, OciRepo


class App(Described):
    """A program by its identifier, whatever its version."""

    identifier = models.CharField(max_length=400)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "identifier"], name="app_once")
        ]

    def __str__(self) -> str:
        return self.identifier


class Release(Described):
    """One version of an app, or the moving head of a channel.

    `approval_digest` covers everything an approval is given for; it is written with the content.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="releases")
    version = models.CharField(max_length=200)
    channel = models.CharField(max_length=200, null=True)
    revision = models.CharField(max_length=200, null=True)
    author = models.CharField(max_length=400, default="unknown")
    description = models.TextField(null=True)
    scopes = ArrayField(models.CharField(max_length=400), default=list)
    entrypoint = models.CharField(max_length=400, default="app")
    original_logo = models.CharField(max_length=2000, null=True)
    logo = models.CharField(max_length=2000, null=True)
    requirements = models.JSONField(default=list)
    approval_digest = models.CharField(max_length=80, default="")
    is_digest_pinned = models.BooleanField(default=False)
    released_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["app", "version"],
                condition=models.Q(channel=None),
                name="release_proper_once",
            ),
            models.UniqueConstraint(fields=["app", "channel"], name="channel_head_once"),
        ]

    def __str__(self) -> str:
        return f"{self.app_id}:{self.version}"


class Flavour(Described):
    """A buildable variant of a release: an image, where it runs and what it must be granted.

    `selectors`, `capabilities`, `requirements` are documents of the spec in snake_case.
    """

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="flavours")
    name = models.CharField(max_length=200)
    description = models.TextField(null=True)
    image_string = models.CharField(max_length=1000)
    image_digest = models.CharField(max_length=200, null=True)
    built_at = models.DateTimeField()
    size = models.BigIntegerField(null=True)
    platforms = ArrayField(models.CharField(max_length=100), default=list)
    manifest = models.JSONField(default=dict)
    selectors = models.JSONField(default=list)
    capabilities = models.JSONField(default=list)
    requirements = models.JSONField(default=list)
    bloks = models.JSONField(default=list)
    assets = models.JSONField(default=list)
    states = models.JSONField(default=list)
    locks = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    github_repo = models.ForeignKey(
        GithubRepo, null=True, on_delete=models.SET_NULL, related_name="flavours"
    )
    oci_repo = models.ForeignKey(
        OciRepo, null=True, on_delete=models.SET_NULL, related_name="flavours"
    )
    updated_at = models.DateTimeField(auto_now=True)
    #: When its source ceased to list it. It stays for what runs and is offered no longer.
    retired_at = models.DateTimeField(null=True)
    definitions = models.ManyToManyField(
        Definition, through="kabinet.Offer", related_name="flavours"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "name"], name="flavour_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Offer(models.Model):
    """A definition that a flavour provides, and the name of the function behind it."""

    flavour = models.ForeignKey(Flavour, on_delete=models.CASCADE, related_name="offers")
    definition = models.ForeignKey(Definition, on_delete=models.CASCADE, related_name="offers")
    interface = models.CharField(max_length=400, default="")
    #: The key of the blok that draws the action.
    logo = models.CharField(max_length=400, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["flavour", "definition"], name="offer_once")]

    def __str__(self) -> str:
        return self.interface
