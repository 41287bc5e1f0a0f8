"""Whether this user may look into a home at all."""

from __future__ import annotations

import os
import pwd

from deployment.errors import HomeUnusable
from deployment.home import Home


def refuse_closed(home: Home) -> None:
    """Refuse a home of another user: to look into it would find nothing and tell wrong things.

    Raises:
        HomeUnusable: this user may not read it.
    """
    try:
        owner = home.root.stat().st_uid
        closed = not os.access(home.root, os.R_OK | os.X_OK, effective_ids=True)
    except PermissionError:
        owner, closed = None, True
    except OSError:
        return
    if closed:
        whose = "" if owner is None else f"; it belongs to {_name_of(owner)}"
        raise HomeUnusable(
            f"cannot look into {home.root}{whose}",
            hint="Give the command as the user who runs the platform, or name another --home.",
        )


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
