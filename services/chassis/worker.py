"""`python -m chassis.worker [--beat] PACKAGE ...`: run the jobs of services, or their timer.

Only where `jobs.broker_url` is set; without a broker the service process runs its own jobs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import django
from celery.signals import beat_init, worker_ready

from chassis.background.ledger import Ledger, say_that_it_lives
from chassis.config import ConfigError, ServiceConfig, current
from chassis.jobs import celery_app
from chassis.processes import run_each
from chassis.settings import configure_logging

_CONFIG_EXIT = 78


def main(arguments: list[str] | None = None) -> int:
    """Work until told to stop; return the exit code."""
    parser = argparse.ArgumentParser(prog="chassis.worker", description=__doc__)
    parser.add_argument("packages", nargs="+", help="import packages, e.g. fakts_server")
    parser.add_argument("--beat", action="store_true", help="tell when jobs are due, run none")
    parser.add_argument("--alive", type=Path, help="file that is touched while all goes well")
    parser.add_argument("--ready", type=Path, help="file that is made once work is done")
    options = parser.parse_args(arguments)
    if len(options.packages) > 1 or options.alive:
        words = ["--beat"] if options.beat else []
        return run_each("chassis.worker", options.packages, words, alive=options.alive)
    try:
        _work(options.packages[0], beat=options.beat, ready=options.ready)
    except ConfigError as error:
        sys.stderr.write(f"configuration: {error}\n")
        return _CONFIG_EXIT


def command(*, beat: bool, state: Path) -> list[str]:
    """Return Celery's words: a plain worker, or beat with its notes in a folder that passes."""
    if beat:
        return ["beat", "--schedule", str(state), "--pidfile", "", "--loglevel", "WARNING"]
    # Nobody asks workers for news, so they do without the queues for it.
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return ["worker", "--pool", "solo", *quiet, "--loglevel", "WARNING"]


def say_when_ready(file: Path) -> None:
    """Make a file once the worker takes jobs, or the timer tells them."""

    def ready(**_: object) -> None:
        file.touch()

    for moment in (worker_ready, beat_init):
        moment.connect(ready, weak=False)


def _work(package: str, *, beat: bool, ready: Path | None) -> NoReturn:
    os.environ["DJANGO_SETTINGS_MODULE"] = f"{package}.settings"
    django.setup()
    config = current(ServiceConfig)
    configure_logging(config)
    if config.jobs.broker_url is None:
        raise ConfigError(f"{config.service}.jobs.broker_url", "is required by a worker")
    jobs = import_module(f"{package}.app").JOBS
    pen = Ledger("timer" if beat else "worker")
    app = celery_app(config.service, config.jobs, jobs, pen)
    threading.Thread(target=say_that_it_lives, args=[pen], daemon=True).start()
    if ready is not None:
        say_when_ready(ready)
    notes = Path(tempfile.gettempdir()) / f"beat-{config.service}"
    app.start(command(beat=beat, state=notes))


if __name__ == "__main__":
    sys.exit(main())
