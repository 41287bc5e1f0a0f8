"""Periodic clean-up."""

from __future__ import annotations

from chassis.jobs import job
from fakts_server.operations.sweep import expired_sweep


@job(every_seconds=600)
def sweep_expired() -> None:
    """Delete expired codes, tokens, links and sessions, let signing keys follow each other."""
    expired_sweep()
