"""`replay_dead_letters [ID ...]`: project frames that were set aside anew."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from rekuest_server.operations.dead_letter import Replay, dead_letters_replay
from rekuest_server.operations.running import broker_running


class Command(BaseCommand):
    """Runs beside the service, as one more process of it."""

    help = "Project frames that were set aside anew, all of them or those named."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("ids", nargs="*", type=int, help="dead letters; all without any")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what became of the letters, as JSON."""
        replay = asyncio.run(_replay(options["ids"]))
        self.stdout.write(json.dumps({"taken": replay.taken, "kept": replay.kept}))


async def _replay(ids: list[int]) -> Replay:
    async with broker_running() as broker:
        return await dead_letters_replay(broker=broker, ids=ids or None)
