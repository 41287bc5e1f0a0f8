"""What a benchmark prints: one JSON line per figure."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence


def figure(
    bench: str,
    metric: str,
    value: float,
    unit: str,
    *,
    most: float | None = None,
    least: float | None = None,
    against: str | None = None,
) -> bool:
    """Print a figure; tell whether it meets its target (`most` or `least`), if it has one."""
    ok = (most is None or value <= most) and (least is None or value >= least)
    target = f"<= {most:g}" if most is not None else f">= {least:g}" if least is not None else None
    line = {
        "bench": bench,
        "metric": metric,
        "value": float(f"{value:.4g}"),
        "unit": unit,
        "target": target,
        "ok": ok,
        "against": against,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    return ok


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which the share of the values lies."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]
