"""Close codes of the agent socket, by what the released client does on them."""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """Why the server closes an agent's socket.

    Codes below 4000 make the client come back after a pause (1012, 3001) or never (3002, 3003: not
    used, they kill the process); 4003 to 4005 end the client's process.
    """

    SERVER_RESTART = 1012
    HEARTBEAT_MISSED = 3001
    REFUSED = 4001
    BLOCKED = 4003
    BUSY = 4004
    DISPLACED = 4005
