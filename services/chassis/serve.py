"""`python -m chassis.serve PACKAGE`: run one service process."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

import django
import uvicorn
from django.db import OperationalError

from chassis.config import ConfigError, ServiceConfig, current
from chassis.loading import loading
from chassis.logs import get_logger
from chassis.migration import migrate_and_bootstrap
from chassis.settings import configure_logging
from chassis.sockets import FrameSocket

logger = get_logger(__name__)

_CONFIG_EXIT = 78  # EX_CONFIG: starting again without a change will not help
_SHUTDOWN_SECONDS = 8
_APPLICATION = "chassis.application"


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; return the exit code."""
    options = _parser().parse_args(arguments)
    os.environ["DJANGO_SETTINGS_MODULE"] = f"{options.package}.settings"
    try:
        with loading():
            django.setup()
            config = current(ServiceConfig)
            configure_logging(config)
            import_module(_APPLICATION)
        if options.migrate:
            migrate_and_bootstrap()
    except ConfigError as error:
        sys.stderr.write(f"configuration: {error}\n")
        return _CONFIG_EXIT
    except OperationalError as error:
        sys.stderr.write(f"database: {str(error).strip()}\n")
        return 1
    if options.server == "daphne":
        return _daphne(options)
    return _uvicorn(options, config)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chassis.serve", description=__doc__)
    parser.add_argument("package", help="import package of the service, e.g. fakts_server")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--uds", help="unix socket to listen on")
    where.add_argument("--port", type=int, help="TCP port to listen on")
    parser.add_argument("--host", default="127.0.0.1", help="address for --port")
    parser.add_argument(
        "--migrate", action="store_true", help="bring the database up to date before serving"
    )
    parser.add_argument(
        "--behind-gateway",
        action="store_true",
        help="nobody but the gateway reaches --port: believe what it says of the caller",
    )
    parser.add_argument("--server", choices=["uvicorn", "daphne"], default="uvicorn")
    return parser


def _uvicorn(options: argparse.Namespace, config: ServiceConfig) -> int:
    behind = options.uds is not None or options.behind_gateway
    server = uvicorn.Server(
        uvicorn.Config(
            f"{_APPLICATION}:application",
            uds=options.uds,
            host=options.host,
            port=options.port or 0,
            loop="uvloop",
            http="httptools",
            ws=FrameSocket,
            ws_max_size=config.limits.websocket_frame_bytes,
            # Compression of many small frames costs more than it saves on a local network.
            ws_per_message_deflate=False,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            # A unix socket is reached by the gateway alone, and the gateway rewrites these headers.
            proxy_headers=behind,
            forwarded_allow_ips="*" if behind else None,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
    )
    server.run()
    return 0 if server.started else 1


def _daphne(options: argparse.Namespace) -> int:
    command_line = import_module("daphne.cli").CommandLineInterface()
    where = ["-u", options.uds] if options.uds else ["-b", options.host, "-p", str(options.port)]
    command_line.run([*where, "--websocket_timeout", "-1", f"{_APPLICATION}:application"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
