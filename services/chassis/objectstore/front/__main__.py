"""`python -m chassis.objectstore.front --uds PATH | --port N`: run the S3 server."""

from __future__ import annotations

import argparse
import asyncio
import logging.config
import signal
import socket
import sys
from pathlib import Path

from chassis.config import ConfigError, load_config
from chassis.logs import logging_config
from chassis.objectstore.config import FrontConfig
from chassis.objectstore.front.server import Server
from chassis.objectstore.front.service import Front

_CONFIG_EXIT = 78  # EX_CONFIG: starting again without a change will not help
_BACKLOG = 512


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; return the exit code."""
    parser = argparse.ArgumentParser(prog="chassis.objectstore.front", description=__doc__)
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--uds", type=Path, help="unix socket to listen on")
    place.add_argument("--port", type=int, help="port to listen on")
    parser.add_argument("--host", default="127.0.0.1", help="address that goes with --port")
    options = parser.parse_args(arguments)
    try:
        config = load_config(FrontConfig)
        front = Front(config)
    except (ConfigError, BlockingIOError) as error:
        sys.stderr.write(f"cannot start: {error}\n")
        return _CONFIG_EXIT
    logging.config.dictConfig(logging_config(config.logs))
    with _listen(options.uds, options.host, options.port) as listener:
        asyncio.run(_serve(front, config, listener))
    front.close()
    return 0


def _listen(uds: Path | None, host: str, port: int) -> socket.socket:
    if uds is not None:
        uds.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(uds))
        uds.chmod(0o600)
    else:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family)
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


async def _serve(front: Front, config: FrontConfig, listener: socket.socket) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    following = asyncio.create_task(
        front.parts.removed.follow(config.tokens.revocations_seconds), name="removed clients"
    )
    await Server(front, config).serve(listener, stop)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


if __name__ == "__main__":
    sys.exit(main())
