"""`admin`: one order as a JSON object on standard input, one answer on standard output."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from chassis.errors import InvalidInput, PlatformError
from fakts_server.operations.admin import admin_run


class Command(BaseCommand):
    """Carry out one order of the operator of this installation."""

    help = "Carry out one order given as a JSON object on standard input."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, run, answer; a refused order is an answer too."""
        try:
            answer = {"ok": True, "result": admin_run(_read(sys.stdin.read()))}
        except PlatformError as error:
            answer = {
                "ok": False,
                "error": {"code": error.code, "message": error.message, "field": error.field},
            }
        self.stdout.write(json.dumps(answer))


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise InvalidInput("The order is not valid JSON.") from None
