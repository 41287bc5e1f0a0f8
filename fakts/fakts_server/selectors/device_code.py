"""Devices that wait for a decision."""

from __future__ import annotations

from django.db.models import QuerySet

from chassis import clock
from fakts_server.domain.device_code import DeviceCodeState
from fakts_server.domain.secret import normalize_user_code
from fakts_server.models.credential import DeviceCode


def device_codes_waiting() -> QuerySet[DeviceCode]:
    """Return the codes somebody may still decide about, oldest first."""
    return DeviceCode.objects.filter(
        state=DeviceCodeState.PENDING.value, expires_at__gt=clock.now()
    ).order_by("created_at")


def device_code_get(user_code: str) -> DeviceCode | None:
    """Return the code a person typed, whatever became of it."""
    normal = normalize_user_code(user_code)
    if normal is None:
        return None
    return DeviceCode.objects.filter(user_code=normal).first()


def device_code_pending(user_code: str, *, lock: bool = False) -> DeviceCode | None:
    """Return the waiting code a person typed, if there is one."""
    normal = normalize_user_code(user_code)
    if normal is None:
        return None
    codes = device_codes_waiting().filter(user_code=normal)
    return (codes.select_for_update() if lock else codes).first()
