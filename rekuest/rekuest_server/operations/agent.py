"""Registration of agents: admission, declaration and lease, committed before INIT."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from chassis.clock import now
from chassis.identity import Principal
from chassis.permissions import authorize
from rekuest_server.adapters.orm import in_thread
from rekuest_server.adapters.presence import FAMILY, IS_LIVING
from rekuest_server.domain.agent_session import Admission, Incumbent, admit
from rekuest_server.models import Agent, JournalSession, User
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.declaration import declaration_reconcile
from rekuest_server.operations.identity import client_mirror, organization_mirror
from rekuest_server.policy import agent as _rules  # noqa: F401  # registers the rules
from rekuest_server.wire.inbound import Register


class NotAdmitted(Exception):
    """The agent is blocked, or another process of it is connected."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        super().__init__(admission.value)


@dataclass(frozen=True, slots=True)
class Registration:
    """A committed registration."""

    agent_id: int
    organization_id: int
    admission: Admission
    session_id: str
    session_row: int
    last_pos: int
    gap_pos: int
    epoch: int
    hash: str | None
    changed: bool
    is_draining: bool = False
    diagnostics: list[dict[str, Any]] = field(default_factory=list)


async def agent_register(
    *, broker: Broker, principal: Principal, frame: Register, connection_id: str
) -> Registration:
    """Admit an agent and bring its rows in line with its declaration.

    Raises `NotAdmitted`, or `InvalidInput` for a declaration that does not fit; nothing is written
    then.
    """
    authorize(principal, "agent.register")
    # The socket itself is the best witness of an incumbent that is connected to this process.
    local = set(broker.hub.links)
    registration = await in_thread(
        _register,
        principal=principal,
        frame=frame,
        process_id=broker.process_id,
        connection_id=connection_id,
        local=local,
        lease_seconds=broker.config.agents.lease_seconds,
    )
    draining = broker.hub.draining
    (draining.add if registration.is_draining else draining.discard)(registration.agent_id)
    elsewhere = broker.hub.elsewhere
    elsewhere.fence(
        registration.agent_id,
        registration.epoch,
        is_displaced=registration.admission is Admission.DISPLACE,
    )
    if registration.changed:
        broker.routes.forget(registration.organization_id)
        elsewhere.routes(registration.organization_id)
    await broker.tokens.prepare(registration.agent_id)
    return registration


def _register(
    *,
    principal: Principal,
    frame: Register,
    process_id: str,
    connection_id: str,
    local: set[int],
    lease_seconds: float,
) -> Registration:
    session_id = frame.session_id or connection_id
    with transaction.atomic():
        organization = organization_mirror(principal)
        client = client_mirror(principal)
        user, _ = User.objects.get_or_create(
            sub=principal.subject, defaults={"username": principal.username}
        )
        Agent.objects.get_or_create(client=client, user=user, organization=organization)
        agent = Agent.objects.select_for_update().get(
            client=client, user=user, organization=organization
        )
        admission = admit(
            session_id=session_id,
            force=frame.force,
            blocked=agent.blocked,
            incumbent=_incumbent(agent, process_id, local),
        )
        if admission in (Admission.BUSY, Admission.BLOCKED):
            raise NotAdmitted(admission)
        changed = frame.hash is None or agent.hash != frame.hash
        if changed:
            release = client.release
            assert release is not None
            agent.diagnostics = declaration_reconcile(agent=agent, app=release.app, frame=frame)
            agent.hash = frame.hash or agent.hash
        _take_lease(agent, frame, session_id, process_id, connection_id, lease_seconds)
        agent.save()
        session, _ = JournalSession.objects.get_or_create(agent=agent, session_id=session_id)
    return Registration(
        agent_id=agent.pk,
        organization_id=organization.pk,
        admission=admission,
        session_id=session_id,
        session_row=session.pk,
        last_pos=session.last_pos,
        gap_pos=session.gap_pos,
        epoch=agent.lease_epoch,
        hash=agent.hash or None,
        changed=changed,
        is_draining=agent.draining,
        diagnostics=agent.diagnostics,
    )


def _incumbent(agent: Agent, process_id: str, local: set[int]) -> Incumbent | None:
    if not agent.connected:
        return None
    if agent.process_id == process_id:
        is_live = agent.pk in local
    else:
        has_lease = agent.lease_expires_at is not None and agent.lease_expires_at > now()
        is_live = has_lease and _is_living(agent.process_id)
    return Incumbent(session_id=agent.session_id, is_live=is_live)


def _is_living(process_id: str | None) -> bool:
    """Tell whether the server process that holds an agent still runs."""
    if process_id is None or not process_id.isdecimal():
        return False
    with connection.cursor() as cursor:
        cursor.execute(IS_LIVING, [FAMILY, int(process_id)])
        row = cursor.fetchone()
    return bool(row and row[0])


def _take_lease(
    agent: Agent,
    frame: Register,
    session_id: str,
    process_id: str,
    connection_id: str,
    lease_seconds: float,
) -> None:
    if frame.name:
        agent.name = frame.name
    if frame.description is not None:
        agent.description = frame.description
    agent.supervisor = frame.supervisor
    agent.features = list(frame.features or [])
    agent.connected = True
    agent.lost_at = None
    agent.retired_at = None
    agent.last_seen_at = now()
    agent.session_id = session_id
    agent.connection_id = connection_id
    agent.process_id = process_id
    agent.lease_epoch += 1
    agent.lease_expires_at = now() + timedelta(seconds=lease_seconds)
