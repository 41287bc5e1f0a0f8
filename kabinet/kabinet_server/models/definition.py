"""Definitions: what apps of the store can do, installed or not."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from kabinet_server.models.base import Described, Owned


class Collection(Owned):
    """A named set of definitions."""

    name = models.CharField(max_length=400)
    description = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="collection_once")
        ]

    def __str__(self) -> str:
        return self.name


class Protocol(Owned):
    """A shape that definitions can have, such as `predicate`."""

    name = models.CharField(max_length=400)
    description = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="protocol_once")
        ]

    def __str__(self) -> str:
        return self.name


class Definition(Described):
    """An action by the hash of its definition, the same hash the broker computes.

    `definition` is the whole document with its defaults; `test_targets` the actions it tests, as
    declared, which `is_test_for` resolves to rows.
    """

    hash = models.CharField(max_length=200)
    key = models.CharField(max_length=400)
    version = models.CharField(max_length=200)
    name = models.CharField(max_length=1000)
    description = models.TextField(null=True)
    kind = models.CharField(max_length=20)
    scope = models.CharField(max_length=40, default="GLOBAL")
    definition = models.JSONField(default=dict)
    stateful = models.BooleanField(default=False)
    pure = models.BooleanField(default=False)
    idempotent = models.BooleanField(default=False)
    interfaces = ArrayField(models.CharField(max_length=400), default=list)
    test_targets = models.JSONField(default=list)
    defined_at = models.DateTimeField(auto_now_add=True)
    collections = models.ManyToManyField(Collection, related_name="definitions")
    protocols = models.ManyToManyField(Protocol, related_name="definitions")
    is_test_for = models.ManyToManyField("self", symmetrical=False, related_name="tests")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "hash"], name="definition_once")
        ]
        indexes = [models.Index(fields=["organization", "name"], name="definition_by_name")]

    def __str__(self) -> str:
        return self.name
