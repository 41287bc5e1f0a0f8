"""The live view of a start: one row per child, on a terminal; plain lines elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

_STYLES = {
    "waiting": "dim",
    "starting": "yellow",
    "healthy": "green",
    "unhealthy": "red",
    "restarting": "red",
    "stopping": "yellow",
    "stopped": "dim",
    "failed": "bold red",
}
_MARKS = {"healthy": "✔", "failed": "✘", "unhealthy": "!", "restarting": "↻", "stopped": "·"}


class StartView:
    """Shows events as they come; the same calls work with and without a terminal."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console = console
        self._quiet = quiet
        self._rows: dict[str, dict[str, Any]] = {}
        self._live: Live | None = None

    @contextlib.contextmanager
    def showing(self) -> Iterator[None]:
        """Keep the view on the terminal for as long as the start takes."""
        if self._quiet or not self._console.is_terminal:
            yield
            return
        with Live(self._table(), console=self._console, refresh_per_second=8) as self._live:
            try:
                yield
            finally:
                self._live.update(self._table())
        self._live = None

    def heard(self, event: dict[str, Any]) -> None:
        """Take one event of the supervisor."""
        if self._quiet:
            return
        if event["event"] == "child":
            self._rows[event["name"]] = event
            if self._live is not None:
                self._live.update(self._table())
            else:
                self._line(event)
        elif event["event"] == "note":
            self._console.print(Text(event["text"], style="dim"))
        elif event["event"] == "stopping":
            self._console.print(Text("stopping ...", style="dim"))

    def _line(self, event: dict[str, Any]) -> None:
        text = Text(f"{event['seconds']:7.2f} s  {event['name']:<9} ")
        text.append(event["state"], style=_STYLES.get(event["state"], ""))
        if event["reason"]:
            text.append(f"  {event['reason']}", style="dim")
        self._console.print(text)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, event in self._rows.items():
            style = _STYLES.get(event["state"], "")
            table.add_row(
                Text(_MARKS.get(event["state"], "…"), style=style),
                Text(name),
                Text(event["state"], style=style),
                Text(f"{event['seconds']:.1f} s", style="dim"),
                Text(event["reason"], style="dim"),
            )
        return table
