"""Where apps come from: git repositories and repositories of registries."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from kabinet_server.domain.kinds import ScanState
from kabinet_server.models.base import Described


class Scanned(Described):
    """A source that is read from time to time. What went wrong is kept beside the last good data.

    `problems` is a list of `{"image": ..., "message": ...}`, one per image that could not be read.
    """

    name = models.CharField(max_length=400)
    updated_at = models.DateTimeField(auto_now=True)
    state = models.CharField(max_length=20, default=ScanState.NEW.value)
    scanned_at = models.DateTimeField(null=True)
    next_scan_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(null=True)
    problems = models.JSONField(default=list)
    is_default = models.BooleanField(default=False)
    #: What the source calls the state that was read last; an equal one needs no second reading.
    seen = models.JSONField(default=dict)

    class Meta:
        abstract = True


class GithubRepo(Scanned):
    """A branch of a git repository that carries `.arkitekt/deployments.yaml`."""

    user = models.CharField(max_length=200)
    repo = models.CharField(max_length=200)
    branch = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "repo", "branch"], name="git_repo_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}/{self.repo}:{self.branch}"


class OciRepo(Scanned):
    """A repository of a registry that carries release descriptors beside its images."""

    registry = models.CharField(max_length=400)
    repository = models.CharField(max_length=400)
    channels = ArrayField(models.CharField(max_length=200), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "registry", "repository"], name="oci_repo_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.registry}/{self.repository}"
