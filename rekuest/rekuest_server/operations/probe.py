"""Calls without a row, for previews and sliders: asked for and controlled by agents.

Nothing of a probe is repeated, found again or recovered; who needs that starts a task. If the agent
that runs it is connected to another process, notes go to and fro until the end.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

from chassis.errors import Conflict, PlatformError
from chassis.ids import new_id
from chassis.permissions import authorize
from rekuest_server.domain.errors import NoTarget
from rekuest_server.operations.broker import Broker
from rekuest_server.operations.child import Asker
from rekuest_server.operations.drafts import too_large
from rekuest_server.operations.frames import control_frame
from rekuest_server.operations.hub import AgentLink
from rekuest_server.operations.ids import parse_id
from rekuest_server.operations.probe_post import Note
from rekuest_server.operations.probes import PREFIX, Far, Probe, ends_after
from rekuest_server.operations.routes import Route, Target
from rekuest_server.policy import task as _rules  # noqa: F401  # registers the rules
from rekuest_server.wire import inbound, outbound

#: Open probes one agent may have asked for.
_MOST = 64


async def probe_start(*, broker: Broker, asker: Asker, frame: inbound.ProbeRequest) -> None:
    """Send a probe to an agent and answer with its id, or say why not."""
    answer = outbound.ProbeResponse(request=frame.id or "")
    try:
        probe, order, agent_id = await _made(broker, asker, frame)
    except PlatformError as refusal:
        answer.error = refusal.message
        asker.link.send(outbound.encode(answer))
        return
    answer.probe = probe.id
    # The answer first: nothing of the probe can come before it.
    asker.link.send(outbound.encode(answer))
    if isinstance(probe.worker, Far):
        seconds = broker.config.tasks.probe_seconds
        note = Note(probe.worker.process, probe.id, "start", order, seconds, agent=agent_id)
        broker.probes.post.put(note)
    else:
        probe.worker.send(order)


async def _made(
    broker: Broker, asker: Asker, frame: inbound.ProbeRequest
) -> tuple[Probe, str, int]:
    authorize(asker.principal, "task.assign")
    target = Target(
        implementation=parse_id(frame.implementation),
        action=parse_id(frame.action),
        action_hash=frame.action_hash,
    )
    route = await broker.routes.choose(asker.caller.organization_id, target)
    if not route.allows_probe:
        raise NoTarget("The action does not allow probes; start a task instead.")
    args = _arguments(broker, route, frame)
    worker = await _worker(broker, route)
    if broker.probes.count_of(asker.link) >= _MOST:
        raise Conflict(f"This agent has {_MOST} open probes; wait for one to end.")
    probe = Probe(
        id=f"{PREFIX}{new_id()}",
        asker=asker.link,
        worker=worker,
        ends_at=ends_after(broker.config.tasks.probe_seconds),
    )
    broker.probes.add(probe)
    return probe, _order(asker, route, probe, frame, args), route.agent_id


async def _worker(broker: Broker, route: Route) -> AgentLink | Far:
    worker = broker.hub.link_of(route.agent_id)
    if worker is None:
        process = await broker.probes.post.process_of(route.agent_id)
        if process is None:
            raise NoTarget("The agent that offers this is not connected; start a task instead.")
        # It lives, whether it was heard of or not.
        broker.hub.elsewhere.peers.add(process)
        return Far(process)
    if worker.is_congested:
        raise Conflict("The agent that offers this is too busy; try again.")
    return worker


def _arguments(broker: Broker, route: Route, frame: inbound.ProbeRequest) -> bytes:
    args = bytes(frame.args)
    if route.preset is not None:
        args = msgspec.json.encode({**msgspec.json.decode(args), **route.preset})
    if len(args) > broker.config.tasks.value_bytes:
        raise too_large(msgspec.json.decode(args))
    return args


def _order(
    asker: Asker, route: Route, probe: Probe, frame: inbound.ProbeRequest, args: bytes
) -> str:
    return outbound.encode(
        outbound.Assign(
            interface=route.runs_at,
            task=probe.id,
            args=Raw(args),
            user=asker.caller.user,
            org=asker.caller.organization_slug,
            action=route.action_hash,
            implementation=str(route.implementation_id),
            reference=frame.reference,
            capture=False,
            probe=True,
        )
    )


def probe_answer(*, broker: Broker, link: AgentLink, frame: inbound.AnyControl) -> None:
    """Pass a control on to the agent that runs a probe, and say whether that was possible."""
    probe = broker.probes.asked_by(link, frame.task)
    answer = outbound.ControlResponse(request=frame.id or "", task=frame.task, accepted=False)
    if probe is None:
        answer.error = "The probe is over, or another agent's."
    else:
        kind = str(frame.__struct_config__.tag).removesuffix("_REQUEST")
        step = isinstance(frame, inbound.ResumeRequest) and frame.step
        broker.probes.to_worker(probe, control_frame(kind, probe.id, step=step))
        answer.accepted = True
    link.send(outbound.encode(answer))
