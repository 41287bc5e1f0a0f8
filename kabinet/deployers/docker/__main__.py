"""`python -m deployers.docker`: runs until it is told to stop; containers go on without it."""

from __future__ import annotations

import contextlib
import logging
import sys

from arkitekt import run

from deployers.core.errors import DeployerError
from deployers.docker.app import app


def main() -> int:
    """Log in, offer the actions, and watch the engine."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("rath.links.graphql_ws").setLevel(logging.ERROR)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            run(app, headless=True, mesh=None)
    except DeployerError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
