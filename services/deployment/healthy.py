"""Tells by its exit code whether a container is well: a script of its own, run by its engine.

`healthy.py http PORT PATH` asks the server in the container, `healthy.py file PATH SECONDS` looks
whether a file was touched lately. Standard library only and run with `-I -S`: it is asked often.
"""

from __future__ import annotations

import os
import socket
import sys
import time

_SECONDS = 4.0
_MOST = 64


def answers(port: int, path: str) -> bool:
    """Tell whether a GET is answered with 200."""
    request = f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as link:
            link.sendall(request)
            found = b""
            while len(found) < _MOST and (chunk := link.recv(_MOST)):
                found += chunk
    except OSError:
        return False
    words = found.split(None, 2)
    return len(words) > 1 and words[1] == b"200"


def is_touched(path: str, seconds: float) -> bool:
    """Tell whether a file was written to within the last seconds."""
    try:
        return time.time() - os.stat(path).st_mtime < seconds  # noqa: PTH116 - costs no import
    except OSError:
        return False


def main(words: list[str]) -> int:
    """Return 0 if all is well."""
    if len(words) == 3 and words[0] == "http":
        return 0 if answers(int(words[1]), words[2]) else 1
    if len(words) == 3 and words[0] == "file":
        return 0 if is_touched(words[1], float(words[2])) else 1
    sys.stderr.write("usage: healthy.py http PORT PATH | file PATH SECONDS\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
