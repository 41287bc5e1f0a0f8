"""Puts the built dashboard into wheels; an editable install builds nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DashboardHook(BuildHookInterface[Any]):
    """Runs before a wheel is packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the dashboard; a wheel without one shows the status page."""
        if version == "editable":
            return
        script = Path(self.root) / "scripts" / "dashboard.py"
        subprocess.run([sys.executable, str(script), "--optional"], check=True)
