"""How the platform stands as an app sees it: what the synthetic check found last."""

from __future__ import annotations

from chassis import synthetic
from deployment.home import Home
from deployment.preflight import Finding
from deployment.render import AUTHORITY

NAME = "synthetic"
#: So many missed turns mean that nobody looks any more.
_MISSED = 5
#: Which log tells more, by the step that failed.
_TELLS = {"login": AUTHORITY, "assign": "rekuest", "write": "mikro", "read": "mikro"}


def standing(home: Home) -> Finding:
    """Return what is known of a platform that runs."""
    record = synthetic.read(home.state_dir(AUTHORITY))
    if record is None:
        return Finding(NAME, ok=True, text="switched off (fakts.synthetic.every_seconds)")
    age = record.age_seconds
    if age > _MISSED * record.every_seconds + 60:
        where = "worker" if home.is_compose else AUTHORITY
        return Finding(
            NAME,
            ok=False,
            text=f"it was last made {age / 60:.0f} minutes ago",
            hint=f"See what it waits for: {_logs(home, where)}",
        )
    if record.at is None:
        return Finding(NAME, ok=True, text="not made yet since the start")
    if record.last.step is not None:
        return Finding(
            NAME,
            ok=False,
            text=f"{age:.0f} s ago `{record.last.step}` failed: {record.last.reason}",
            hint=f"See what it says: {_logs(home, _TELLS[record.last.step])}",
        )
    took = sum(record.last.seconds.values())
    steps = ", ".join(record.last.seconds)
    return Finding(NAME, ok=True, text=f"{steps} went well {age:.0f} s ago, in {took:.2f} s")


def _logs(home: Home, service: str) -> str:
    return f"bauhof {'compose ' if home.is_compose else ''}logs {service}"
