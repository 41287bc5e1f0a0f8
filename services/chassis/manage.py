"""`python -m chassis.manage PACKAGE COMMAND ...`: run a management command of a service."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from chassis.config import ConfigError

_CONFIG_EXIT = 78


def main(arguments: list[str]) -> int:
    """Run the command; return the exit code."""
    if not arguments or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m chassis.manage PACKAGE COMMAND [ARGUMENT ...]\n")
        return 2
    package, *command = arguments
    os.environ["DJANGO_SETTINGS_MODULE"] = f"{package}.settings"
    try:
        execute_from_command_line(["chassis.manage", *command])
    except ConfigError as error:
        sys.stderr.write(f"configuration: {error}\n")
        return _CONFIG_EXIT
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
