"""`admin`: one order as a JSON object on standard input, one answer on standard output."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from fakts_server.operations.admin import admin_answer


class Command(BaseCommand):
    """Carry out one order of the operator of this installation."""

    help = "Carry out one order given as a JSON object on standard input."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, run, answer; a refused order is an answer too."""
        self.stdout.write(json.dumps(admin_answer(sys.stdin.read())))
