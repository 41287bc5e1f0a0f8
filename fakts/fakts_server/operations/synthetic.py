"""The synthetic check: an app of the installation's own that tries everything each minute.

It has an organization to itself, so that nobody meets what it does, and is a bot there. Its key
lies in the folder of this service. Names with a dot or a blank are its own: people cannot choose
them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction

from chassis.config import current
from chassis.logs import get_logger
from chassis.secretfile import ensure_secret
from fakts_server.adapters import record
from fakts_server.adapters.visitor import FAULTS, IDENTIFIER, KeyRefused, Memory, Visitor
from fakts_server.config import FaktsConfig
from fakts_server.domain.mandate import MandateRevocation
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Membership, Organization
from fakts_server.models.user import User
from fakts_server.operations.audit import operator_in
from fakts_server.operations.mandate import mandate_key_create, mandates_revoke
from fakts_server.operations.organization import organization_create
from fakts_server.operations.user import member_set
from fakts_server.selectors.instance import default_hub

logger = get_logger(__name__)

ORGANIZATION = "bauhof.check"
USERNAME = "bauhof check"
KEY_FILE = "synthetic-key"

_memory = Memory()


def check_begin() -> None:
    """Forget what was found before this start."""
    config = current(FaktsConfig)
    record.begin(config.state_dir, config.synthetic.every_seconds)


def check_make() -> record.Record:
    """Make one check and note what came of it."""
    config = current(FaktsConfig)
    steps = _Steps()
    try:
        _visit(steps)
    except FAULTS as error:
        steps.reason = str(error) or type(error).__name__
    outcome = record.Outcome(steps.seconds, steps.under_way, steps.reason)
    found = record.note(config.state_dir, outcome, config.synthetic.every_seconds)
    if outcome.step is not None:
        facts = {"event": "check.failed", "step": outcome.step, "reason": outcome.reason}
        logger.warning("the synthetic check failed", extra=facts)
    return found


class _Steps:
    """Clocks the steps; remembers in which one it ended."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.under_way: str | None = None
        self.reason = ""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Clock one step."""
        self.under_way, began = name, time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - began, 4)
        self.under_way = None


def _visit(steps: _Steps) -> None:
    config = current(FaktsConfig)
    address = config.synthetic.address or config.public_url
    with Visitor(address=address, origin=config.public_url, memory=_memory) as visitor:
        with steps.step("login"):
            granted = _log_in(visitor)
        if "rekuest" in granted:
            with steps.step("assign"):
                visitor.run_an_action()
        if {"mikro", "s3"} <= granted:
            with steps.step("write"):
                written = visitor.write()
            with steps.step("read"):
                visitor.read(written)


def _log_in(visitor: Visitor) -> set[str]:
    try:
        granted = visitor.log_in(_key())
    except KeyRefused:
        # Withdrawn by somebody, or of a database that is gone: it gets another one.
        (current(FaktsConfig).state_dir / KEY_FILE).unlink(missing_ok=True)
        granted = visitor.log_in(_key())
    member = _member()
    if member.roles.filter(identifier="admin").exists():
        if "rekuest" in granted:
            visitor.forget_runs_after(current(FaktsConfig).synthetic.keep_days)
        # An admin for that one call only.
        member_set(user=member.user, organization=member.organization, roles=["bot"])
        granted = visitor.log_in(_key())
    return granted


def _key() -> str:
    return ensure_secret(current(FaktsConfig).state_dir / KEY_FILE, _new_key)


def _new_key() -> str:
    with transaction.atomic():
        member = _member()
        member_set(user=member.user, organization=member.organization, roles=["admin"])
        earlier = Mandate.objects.filter(grantor=member, revoked_at=None)
        mandates_revoke(
            mandates=list(earlier.values_list("pk", flat=True)), reason=MandateRevocation.SUPERSEDED
        )
        _, key = mandate_key_create(
            grantor=member,
            hub=default_hub(member.organization),
            app=IDENTIFIER,
            label="synthetic check",
            who=operator_in(member.organization),
        )
    return key


@transaction.atomic
def _member() -> Membership:
    # No password fits what no hash begins with.
    user, _ = User.objects.get_or_create(
        username=USERNAME, defaults={"password": UNUSABLE_PASSWORD_PREFIX}
    )
    organization = Organization.objects.filter(slug=ORGANIZATION).first()
    if organization is None:
        organization = organization_create(slug=ORGANIZATION, name="Synthetic check")
    member, _ = Membership.objects.select_related("user", "organization").get_or_create(
        user=user, organization=organization
    )
    return member
