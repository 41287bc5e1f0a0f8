"""How far a pull is, out of what the engine tells of its layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Fetching a layer is most of the work, unpacking it the rest.
_FETCHING = 0.75
_HAD = {"Already exists", "Pull complete"}


class PullProgress:
    """Adds up the layers of one image. The percentage never falls."""

    def __init__(self) -> None:
        self._shares: dict[str, float] = {}
        self._sizes: dict[str, int] = {}
        self._last = 0
        self.error: str | None = None

    def heard(self, line: Mapping[str, Any]) -> int:
        """Take in one line of the engine; returns the percentage, 0 to 100."""
        if "error" in line or "errorDetail" in line:
            detail = line.get("errorDetail") or {}
            self.error = str(line.get("error") or detail.get("message") or "unknown")
        layer, status = str(line.get("id") or ""), str(line.get("status") or "")
        # The first line names the tag as if it were a layer.
        if layer and not status.startswith("Pulling from"):
            self._note(layer, status, line.get("progressDetail") or {})
        self._last = max(self._last, self._percentage())
        return self._last

    def _note(self, layer: str, status: str, detail: Mapping[str, Any]) -> None:
        total, current = int(detail.get("total") or 0), int(detail.get("current") or 0)
        if total > 0:
            self._sizes[layer] = max(total, self._sizes.get(layer, 0))
        part = min(1.0, current / total) if total > 0 else 0.0
        share = self._shares.get(layer, 0.0)
        if status in _HAD:
            share = 1.0
        elif status == "Downloading":
            share = max(share, part * _FETCHING)
        elif status in ("Verifying Checksum", "Download complete"):
            share = max(share, _FETCHING)
        elif status == "Extracting":
            share = max(share, _FETCHING + part * (1 - _FETCHING))
        self._shares[layer] = share

    def _percentage(self) -> int:
        if not self._shares:
            return 0
        # A layer whose size is not known yet counts as an average one.
        known = [self._sizes[layer] for layer in self._shares if layer in self._sizes]
        usual = sum(known) / len(known) if known else 1.0
        sizes = {layer: self._sizes.get(layer, usual) for layer in self._shares}
        done = sum(share * sizes[layer] for layer, share in self._shares.items())
        return int(100 * done / sum(sizes.values()))
