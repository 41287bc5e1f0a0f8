"""Dashboards and spaces: where bloks and agents are placed."""

from __future__ import annotations

from django.db import models

from rekuest_server.models.agent import Agent
from rekuest_server.models.blok import MaterializedBlok
from rekuest_server.models.identity import Organization, User


class Dashboard(models.Model):
    """A page of materialized bloks."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="dashboards"
    )
    name = models.CharField(max_length=400)
    bloks = models.ManyToManyField(MaterializedBlok, related_name="dashboards")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Space(models.Model):
    """A room in which agents stand."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="spaces")
    name = models.CharField(max_length=400)
    description = models.TextField(null=True)
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="spaces")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class Placement(models.Model):
    """An agent in a space; `affine_matrix` is 4 x 4, row by row."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="placements")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="placements")
    blok = models.ForeignKey(
        MaterializedBlok, null=True, on_delete=models.SET_NULL, related_name="placements"
    )
    role = models.CharField(max_length=400, default="")
    affine_matrix = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{self.role or 'agent'} in space {self.space_id}"
