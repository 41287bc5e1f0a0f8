"""Agents that are declared over GraphQL, and implementations that wrap others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Raw

from chassis.definitions.parsing import definition_hash, parse
from chassis.definitions.vocabulary import AgentDependency, Definition
from chassis.errors import Conflict, InvalidInput, NotFound, NotSupported
from chassis.identity import Principal
from rekuest_server.domain.text import name_of, text_of
from rekuest_server.models import Agent, Implementation
from rekuest_server.operations.authoring import own, write_as
from rekuest_server.operations.broker import current_broker
from rekuest_server.operations.declaration import (
    action_of,
    declaration_reconcile,
    dependencies_reconcile,
)
from rekuest_server.operations.identity import CallerIdentity
from rekuest_server.policy import agent as _rules  # noqa: F401  # registers the rules
from rekuest_server.wire.inbound import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapWish:
    """An implementation to be wrapped; `config["args"]` fills arguments in, by port key."""

    lower: object
    interface: str
    definition: Mapping[str, Any]
    config: Mapping[str, Any] | None = None
    dependencies: tuple[Mapping[str, Any], ...] = ()


async def agent_ensure(
    *,
    principal: Principal,
    name: str | None = None,
    description: str | None = None,
    kind: str = "WEBSOCKET",
) -> Agent:
    """Make the caller's own agent known, as its first connection would."""
    if kind != "WEBSOCKET":
        raise NotSupported("Agents that are called by webhook are not offered yet.", field="kind")
    return await write_as(principal, "agent.register", _ensure, name, description)


def _ensure(author: CallerIdentity, name: str | None, description: str | None) -> Agent:
    agent, _ = Agent.objects.get_or_create(
        client_id=author.client_id, user_id=author.user_id, organization_id=author.organization_id
    )
    if name is not None:
        agent.name = name_of(name, "name")
    if description is not None:
        agent.description = text_of(description, "description")
    agent.retired_at = None
    agent.save(update_fields=["name", "description", "retired_at", "updated_at"])
    return agent


async def agent_implement(*, principal: Principal, declaration: Mapping[str, Any]) -> Agent:
    """Bring the caller's own agent in line with a declaration, as REGISTER would."""
    agent = await write_as(principal, "agent.register", _implement, declaration)
    await _forget_routes(agent)
    return agent


def _implement(author: CallerIdentity, declaration: Mapping[str, Any]) -> Agent:
    agent = _ensure(author, declaration.get("name"), declaration.get("description"))
    release = agent.client.release
    if release is None:
        raise NotFound("The client of this token runs no known release of an app.")
    frame = Register(token="")
    for part in ("implementations", "states", "locks", "bloks", "assets"):
        if declaration.get(part) is not None:
            setattr(frame, part, Raw(msgspec.json.encode(declaration[part])))
    agent.diagnostics = declaration_reconcile(agent=agent, app=release.app, frame=frame)
    agent.hash = declaration.get("hash") or agent.hash
    agent.save(update_fields=["diagnostics", "hash", "updated_at"])
    return agent


async def implementation_wrap(*, principal: Principal, wish: WrapWish) -> Implementation:
    """Offer an implementation under another definition, with some of its arguments filled in."""
    row = await write_as(principal, "catalog.write", _wrap, wish)
    await _forget_routes(row.agent)
    return row


def _wrap(author: CallerIdentity, wish: WrapWish) -> Implementation:
    rows = Implementation.objects.filter(retired_at=None).select_related("agent", "action__app")
    lower = own(author, rows, wish.lower, field="lower", path="agent__organization")
    if lower.lower_id is not None:
        raise InvalidInput("It wraps another one itself; wrap that one.", field="lower")
    definition = parse(Definition, wish.definition, at="definition")
    preset = _preset(lower, definition, wish.config or {})
    interface = name_of(wish.interface, "interface")
    row = Implementation.objects.filter(agent=lower.agent, interface=interface).first()
    if row is not None and row.lower_id != lower.pk:
        raise Conflict("The agent has another implementation there.", field="interface")
    row = row or Implementation(agent=lower.agent, interface=interface)
    row.lower, row.runs_at, row.preset = lower, lower.interface, preset
    row.action = action_of(lower.agent, lower.action.app, definition, definition_hash(definition))
    row.execution, row.effects, row.code_hash = lower.execution, lower.effects, lower.code_hash
    row.needs_token, row.provenance_audience = lower.needs_token, lower.provenance_audience
    row.locks, row.manipulates = lower.locks, lower.manipulates
    row.params = {"wraps": str(lower.pk), "args": preset}
    row.retired_at = None
    row.save()
    dependencies_reconcile(
        row, [parse(AgentDependency, item, at="dependencies") for item in wish.dependencies]
    )
    return row


def _preset(
    lower: Implementation, definition: Definition, config: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is filled in; every argument the lower one needs must come from somewhere."""
    unknown = sorted(set(config) - {"args"})
    if unknown:
        raise InvalidInput(f"A config has `args` only, not {unknown[0]!r}.", field="config")
    preset = config.get("args") or {}
    if not isinstance(preset, dict):
        raise InvalidInput("`args` is an object from port keys to values.", field="config.args")
    ports = {port["key"]: port for port in lower.action.definition.get("args") or ()}
    given = {port.key for port in definition.args}
    for key in sorted(set(preset) | given):
        if key not in ports:
            raise InvalidInput(
                f"The wrapped implementation takes no argument {key!r}.", field=f"config.args.{key}"
            )
    for key, port in ports.items():
        if key in preset or key in given or port.get("nullable"):
            continue
        if port.get("default") is None:
            raise InvalidInput(f"Nothing gives the argument {key!r}.", field=f"config.args.{key}")
    returns = [port.key for port in definition.returns]
    if returns != [port["key"] for port in lower.action.definition.get("returns") or ()]:
        raise InvalidInput(
            "It returns what the wrapped one returns, by the same keys.", field="definition.returns"
        )
    return dict(preset)


async def _forget_routes(agent: Agent) -> None:
    broker = current_broker()
    broker.routes.forget(agent.organization_id)
    broker.hub.elsewhere.routes(agent.organization_id)
    await broker.tokens.prepare(agent.pk)
