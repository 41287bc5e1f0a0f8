"""`python -m deployment.supervise`: the supervisor without a terminal.

It reports what happens as JSON lines on the descriptor it was given, and stays when nobody reads
them any more. `up --detach` and the test fixtures start it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path

from deployment.catalog import SERVICES, service_names
from deployment.embedded import Options, run
from deployment.errors import DeploymentError
from deployment.home import Home
from deployment.launcher import die_with
from deployment.supervisor import Emit, Event

_SIGTERM = 15


def main(arguments: list[str] | None = None) -> int:
    """Run the platform until it is stopped; return the exit code."""
    options = _parser().parse_args(arguments)
    if options.die_with is not None:
        die_with(options.die_with, _SIGTERM)
    emit = _writer(options.events_fd)
    wanted = set(options.services.split(",")) if options.services else set(service_names())
    platform = Options(
        host=options.host,
        port=options.port,
        services=tuple(service for service in SERVICES if service.name in wanted),
    )
    try:
        asyncio.run(run(Home(options.home), platform, emit))
    except DeploymentError as error:
        emit({"event": "failed", "error": error.as_dict()})
        sys.stderr.write(f"{error.message}\n")
        return int(error.exit_code)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="deployment.supervise", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="home folder")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on")
    parser.add_argument("--services", help="only these, separated by commas")
    parser.add_argument("--events-fd", type=int, help="descriptor for the JSON lines")
    parser.add_argument("--die-with", type=int, help="process whose end ends the platform")
    return parser


def _writer(descriptor: int | None) -> Emit:
    def emit(event: Event) -> None:
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.write(descriptor, json.dumps(event).encode() + b"\n")

    return emit


if __name__ == "__main__":
    sys.exit(main())
