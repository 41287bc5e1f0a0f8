"""Whether a backend is there: any call of its client is a sign of life."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from chassis import clock
from chassis.config import current
from kabinet_server.config import KabinetConfig
from kabinet_server.models import Backend


def silent_since() -> datetime:
    """Return the moment after which a backend must have called to be there."""
    return clock.now() - timedelta(seconds=current(KabinetConfig).backends.silent_seconds)


def is_online(backend: Backend) -> bool:
    """Tell whether a backend is there."""
    return backend.last_heartbeat >= silent_since()


def silent_backends() -> QuerySet[Backend]:
    """Return the backends of all organizations that are not there."""
    return Backend.objects.filter(last_heartbeat__lt=silent_since())
