"""Conditions on definitions: what they are linked to, whether they are tested or deployed."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from kabinet_server.models import Definition, Deployment, Offer


def linked(relation: str, numbers: Sequence[int], prefix: str = "") -> Q:
    """Return the condition that a definition is linked to one of several rows."""
    found = Definition.objects.filter(**{f"{relation}__in": list(numbers)})
    return Q(**{f"{prefix}pk__in": found.values("pk")})


def tested(prefix: str = "", *, value: bool = True) -> Q:
    """Return the condition that a definition has a test, or none."""
    found = Definition.objects.filter(tests__isnull=False)
    condition = Q(**{f"{prefix}pk__in": found.values("pk")})
    return condition if value else ~condition


def deployed(prefix: str = "", *, value: bool = True) -> Q:
    """Return the condition that a flavour which provides a definition is deployed, or none is."""
    found = Deployment.objects.filter(flavour__offers__definition=OuterRef(f"{prefix}pk"))
    condition = Q(Exists(found))
    return condition if value else ~condition


def offering(numbers: Sequence[int], prefix: str = "") -> Q:
    """Return the condition that a flavour provides one of several definitions."""
    found = Offer.objects.filter(definition__in=list(numbers))
    return Q(**{f"{prefix}pk__in": found.values("flavour")})
