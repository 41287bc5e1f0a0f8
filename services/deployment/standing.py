"""How the platform stands as an app sees it: what the synthetic check found last."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chassis.clock import now
from deployment.home import Home
from deployment.preflight import Finding
from deployment.render import AUTHORITY

#: File of the service that makes it.
FILE = "synthetic.json"
NAME = "synthetic"
#: So many missed turns mean that nobody looks any more.
_MISSED = 5
#: Which log tells more, by the step that failed.
_TELLS = {"login": AUTHORITY, "assign": "rekuest", "write": "mikro", "read": "mikro"}


def standing(home: Home) -> Finding:
    """Return what is known of a platform that runs."""
    found = _record(home)
    if found is None:
        return Finding(NAME, ok=True, text="switched off (fakts.synthetic.every_seconds)")
    last, at = found["last"], found["at"]
    age = (now() - datetime.fromisoformat(at or found["since"])).total_seconds()
    if age > _MISSED * found["every_seconds"] + 60:
        where = "worker" if home.is_compose else AUTHORITY
        return Finding(
            NAME,
            ok=False,
            text=f"it was last made {age / 60:.0f} minutes ago",
            hint=f"See what it waits for: {home.logs_command} {where}",
        )
    if at is None:
        return Finding(NAME, ok=True, text="not made yet since the start")
    if last["step"] is not None:
        return Finding(
            NAME,
            ok=False,
            text=f"{age:.0f} s ago `{last['step']}` failed: {last['reason']}",
            hint=f"See what it says: {home.logs_command} {_TELLS[last['step']]}",
        )
    took = sum(last["seconds"].values())
    steps = ", ".join(last["seconds"])
    return Finding(NAME, ok=True, text=f"{steps} went well {age:.0f} s ago, in {took:.2f} s")


def _record(home: Home) -> dict[str, Any] | None:
    try:
        text = (home.state_dir(AUTHORITY) / FILE).read_text(encoding="utf8")
    except OSError:
        return None
    body: dict[str, Any] = json.loads(text)
    return body
