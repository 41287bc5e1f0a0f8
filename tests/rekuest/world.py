"""Rows for tests: one organization with an app, an agent, an action and tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chassis import clock
from chassis.definitions import parsing, vocabulary
from chassis.identity import Principal
from rekuest_server import models

ADD: dict[str, Any] = {
    "key": "add",
    "version": "1",
    "name": "Add",
    "description": "Adds two numbers.",
    "kind": "FUNCTION",
    "collections": ["math"],
    "args": [
        {"key": "a", "kind": "INT", "default": 1, "widget": {"kind": "SLIDER", "min": 0, "max": 9}},
        {"key": "b", "kind": "INT", "nullable": True},
    ],
    "returns": [{"key": "sum", "kind": "INT"}],
}
STATE: dict[str, Any] = {"name": "Stage", "ports": [{"key": "x", "kind": "FLOAT"}]}


@dataclass
class Rows:
    """What `make` made."""

    organization: models.Organization
    user: models.User
    client: models.Client
    caller: models.Caller
    agent: models.Agent
    action: models.Action
    implementation: models.Implementation
    state: models.State
    task: models.Task
    event: models.TaskEvent


def make(principal: Principal, *, marker: str = "ours", live: bool = True) -> Rows:
    """Make one of everything for a principal; `marker` stands in every text."""
    organization, _ = models.Organization.objects.get_or_create(
        external_id=principal.organization, defaults={"slug": f"org-{marker}"}
    )
    user, _ = models.User.objects.get_or_create(sub=principal.subject)
    app, _ = models.App.objects.get_or_create(identifier=f"app.{marker}")
    release, _ = models.Release.objects.get_or_create(app=app, version="1.0")
    device, _ = models.Device.objects.get_or_create(device_id=f"device-{marker}")
    client, _ = models.Client.objects.get_or_create(
        client_id=principal.client, defaults={"release": release, "device": device}
    )
    caller, _ = models.Caller.objects.get_or_create(
        client=client, user=user, organization=organization
    )
    agent = make_agent(client, user, organization, name=f"agent-{marker}", live=live)
    action = make_action(organization, app, ADD | {"name": f"Add {marker}"})
    implementation = models.Implementation.objects.create(
        agent=agent, action=action, interface=f"add_{marker}", params={"marker": marker}
    )
    task = make_task(caller, implementation, args={"a": 1, "b": 2, "marker": marker})
    event = make_event(task, "QUEUED", message=marker)
    return Rows(
        organization=organization,
        user=user,
        client=client,
        caller=caller,
        agent=agent,
        action=action,
        implementation=implementation,
        state=make_state(agent, marker),
        task=task,
        event=event,
    )


def make_agent(
    client: models.Client,
    user: models.User,
    organization: models.Organization,
    *,
    name: str,
    live: bool = True,
) -> models.Agent:
    """Make an agent, connected or not."""
    return models.Agent.objects.create(
        client=client,
        user=user,
        organization=organization,
        name=name,
        hash="h" * 64,
        connected=live,
        last_seen_at=clock.now(),
        lease_expires_at=clock.now() + timedelta(minutes=5) if live else None,
    )


def make_action(
    organization: models.Organization, app: models.App, document: dict[str, Any]
) -> models.Action:
    """Make the action of a definition, stored the way a registration stores it."""
    definition = parsing.parse(vocabulary.Definition, document)
    stored = parsing.as_document(definition)
    return models.Action.objects.create(
        organization=organization,
        app=app,
        key=definition.key,
        version=definition.version,
        hash=parsing.definition_hash(definition),
        name=definition.name,
        description=definition.description,
        kind=stored["kind"],
        definition=stored,
        stateful=definition.stateful,
        pure=definition.pure,
        idempotent=definition.idempotent,
        collections=list(definition.collections),
        protocols=list(definition.protocols),
    )


def make_state(agent: models.Agent, marker: str) -> models.State:
    """Make a state of an agent."""
    parsed = parsing.parse(vocabulary.StateDefinition, STATE)
    definition, _ = models.StateDefinition.objects.get_or_create(
        hash=parsing.state_definition_hash(parsed),
        defaults={"name": parsed.name, "ports": parsing.as_document(parsed)["ports"]},
    )
    return models.State.objects.create(
        agent=agent, definition=definition, interface=f"stage_{marker}", key="stage", value={"x": 1}
    )


def make_task(
    caller: models.Caller, implementation: models.Implementation, **changes: Any
) -> models.Task:
    """Make a task of an implementation."""
    values: dict[str, Any] = {
        "organization_id": caller.organization_id,
        "caller": caller,
        "reference": f"reference-{models.Task.objects.count()}",
        "action": implementation.action,
        "implementation": implementation,
        "agent": implementation.agent,
    }
    return models.Task.objects.create(**(values | changes))


def make_event(task: models.Task, kind: str, **changes: Any) -> models.TaskEvent:
    """Make an event of a task."""
    return models.TaskEvent.objects.create(task=task, kind=kind, **changes)


SHOW: dict[str, Any] = {
    "key": "show",
    "version": "1",
    "name": "Show",
    "description": "Shows two numbers of an image.",
    "kind": "GENERATOR",
    "collections": ["math"],
    "args": [{"key": "image", "kind": "STRUCTURE", "identifier": "@mikro/image"}],
}


def make_events(task: models.Task, kind: str, count: int) -> None:
    """Make many events of a task at once."""
    models.TaskEvent.objects.bulk_create(
        models.TaskEvent(task=task, kind=kind, returns={"n": n}) for n in range(count)
    )


def make_neighbour(rows: Rows, number: int, **changes: Any) -> models.Agent:
    """Make another agent of the organization, on a client of its own, not connected."""
    client = models.Client.objects.create(
        client_id=f"neighbour-{number}", release=rows.client.release, device=rows.client.device
    )
    agent = make_agent(client, rows.user, rows.organization, name=f"neighbour-{number}", live=False)
    for name, value in changes.items():
        setattr(agent, name, value)
    agent.save()
    return agent


def make_implementation(rows: Rows, interface: str) -> models.Implementation:
    """Make another implementation of the agent."""
    return models.Implementation.objects.create(
        agent=rows.agent, action=rows.action, interface=interface
    )


def retire(implementation: models.Implementation) -> None:
    """Drop an implementation, as a later declaration does."""
    implementation.retired_at = clock.now()
    implementation.save()


def make_running_task(rows: Rows) -> models.Task:
    """Make a task that its agent has picked up."""
    return make_task(
        rows.caller, rows.implementation, latest_kind="STARTED", picked_up_at=clock.now()
    )


def make_paused_task(rows: Rows) -> models.Task:
    """Make a task that waits at a pause point."""
    return make_task(
        rows.caller, rows.implementation, latest_kind="PAUSED", picked_up_at=clock.now()
    )


def make_held_task(rows: Rows) -> models.Task:
    """Make a child that waits for a person."""
    parent = make_running_task(rows)
    return make_task(
        rows.caller,
        rows.implementation,
        parent=parent,
        root=parent,
        asked_by=rows.agent,
        latest_kind="HELD",
        prompt={"title": "May it run?"},
    )


def make_tasks(rows: Rows, count: int) -> None:
    """Make many tasks at once."""
    models.Task.objects.bulk_create(
        models.Task(
            organization=rows.organization,
            caller=rows.caller,
            reference=f"many-{number}",
            action=rows.action,
            implementation=rows.implementation,
            agent=rows.agent,
        )
        for number in range(count)
    )


def make_dead_letter(rows: Rows, reason: str) -> models.DeadLetter:
    """Set a report of the agent aside that could be used by now."""
    models.JournalSession.objects.get_or_create(agent=rows.agent, session_id="one")
    task = make_running_task(rows)
    frame = f'{{"type": "LOG", "task": "{task.pk}", "message": "{reason}", "level": "INFO"}}'
    return models.DeadLetter.objects.create(
        agent=rows.agent, session_id="one", task_id=task.pk, reason=reason, frame=frame, size=1
    )
