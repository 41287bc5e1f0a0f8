"""`python -m chassis.migrate PACKAGE ...`: bring the databases of services up to date, then end.

Who comes second waits for the first: each service's migrations run under an advisory lock.
"""

from __future__ import annotations

import os
import sys

import django
from django.db import OperationalError

from chassis.config import ConfigError, ServiceConfig, current
from chassis.migration import migrate_and_bootstrap
from chassis.processes import run_each
from chassis.settings import configure_logging

_CONFIG_EXIT = 78


def main(packages: list[str]) -> int:
    """Migrate; return the exit code."""
    if not packages:
        sys.stderr.write("usage: python -m chassis.migrate PACKAGE ...\n")
        return 2
    if len(packages) > 1:
        return run_each("chassis.migrate", packages)
    os.environ["DJANGO_SETTINGS_MODULE"] = f"{packages[0]}.settings"
    try:
        django.setup()
        configure_logging(current(ServiceConfig))
        migrate_and_bootstrap()
    except ConfigError as error:
        sys.stderr.write(f"configuration: {error}\n")
        return _CONFIG_EXIT
    except OperationalError as error:
        sys.stderr.write(f"database: {str(error).strip()}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
