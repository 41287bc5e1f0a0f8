"""The agent socket at `/rekuest/agi`: one connection from the upgrade to the end.

Reads frames, hands them to operations, sends what operations say. After INIT nothing here closes a
connection because of a fault of the server: the client would not come back from some of the codes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, cast

from chassis.errors import PlatformError
from chassis.identity import Principal, get_verifier
from chassis.ids import new_id
from chassis.logs import get_logger
from chassis.open_sockets import held
from chassis.sockets import frame_socket, writer_of
from rekuest_server.adapters.database import DATABASE_FAULTS
from rekuest_server.domain.agent_session import Admission
from rekuest_server.operations.agent import NotAdmitted, Registration, agent_register
from rekuest_server.operations.broker import Broker, current_broker
from rekuest_server.operations.child import Asker
from rekuest_server.operations.recovery import recovery_plan, recovery_send
from rekuest_server.operations.sweep import agent_release
from rekuest_server.wire import inbound, outbound
from rekuest_server.wire.close_codes import CloseCode
from rekuest_server.ws.intake import Intake
from rekuest_server.ws.link import Link

logger = get_logger(__name__)

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_REFUSALS = {
    Admission.BLOCKED: (CloseCode.BLOCKED, "This agent is blocked."),
    Admission.BUSY: (CloseCode.BUSY, "Another process of this agent is connected."),
}


class _Refused(Exception):
    """The registration is refused: the text goes to the agent, then the socket is closed."""

    def __init__(self, text: str, code: int) -> None:
        self.text = text
        self.code = code
        super().__init__(text)


async def agent_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Serve one agent connection (a bare ASGI websocket application)."""
    await receive()
    try:
        broker = current_broker()
    except PlatformError:
        # Refused with an HTTP error: the client tries again.
        await send({"type": "websocket.close", "code": CloseCode.SERVER_RESTART})
        return
    await send({"type": "websocket.accept"})
    try:
        frame = await _first_frame(broker, receive)
        if frame is None:
            return
        principal = await _principal(frame.token)
        registration = await _register(broker, principal, frame)
        caller = await broker.identities.of(principal)
        socket = frame_socket(scope)
        link = Link(
            broker,
            registration,
            send,
            writer_of(scope, send),
            features=frame.features or [],
            cut=None if socket is None else socket.cut,
        )
        # A declaration may be large, and a connection lasts for days.
        del frame
        if socket is not None:
            socket.settle()
        await _serve(broker, link, Asker(link, caller, principal), registration, receive)
    except _Refused as refusal:
        await _refuse(send, refusal)


async def _first_frame(broker: Broker, receive: Receive) -> inbound.Register | None:
    try:
        async with asyncio.timeout(broker.config.agents.register_seconds):
            message = await receive()
    except TimeoutError:
        raise _Refused("No REGISTER came in time.", CloseCode.REFUSED) from None
    if message["type"] == "websocket.disconnect":
        return None
    frame = inbound.parse(message.get("text") or message.get("bytes") or "")
    if isinstance(frame, inbound.Register):
        return frame
    reason = frame.reason if isinstance(frame, inbound.Poison) else "it is another message"
    raise _Refused(f"The first frame must be REGISTER: {reason}", CloseCode.REFUSED)


async def _serve(
    broker: Broker, link: Link, asker: Asker, registration: Registration, receive: Receive
) -> None:
    displaced = broker.hub.attach(link)
    if displaced is not None:
        _displace(displaced, registration)
    intake = Intake(broker, link, asker, registration)
    greeting = asyncio.create_task(_greet(broker, link, registration))
    try:
        with held(lambda: asker.principal, partial(_remove, link)):
            await _read(link, intake, receive)
    finally:
        intake.stop()
        greeting.cancel()
        await link.finish()
        await asyncio.gather(greeting, return_exceptions=True)
        broker.probes.forget(link)
        if broker.hub.detach(link):
            broker.journal.forget_agent(link.agent_id)
            await _release(broker, link)


async def _principal(token: str) -> Principal:
    try:
        return await get_verifier().verify(token)
    except PlatformError as error:
        raise _Refused(error.message, CloseCode.REFUSED) from None


async def _register(broker: Broker, principal: Principal, frame: inbound.Register) -> Registration:
    try:
        return await agent_register(
            broker=broker, principal=principal, frame=frame, connection_id=new_id()
        )
    except NotAdmitted as refusal:
        code, text = _REFUSALS[refusal.admission]
        raise _Refused(text, code) from None
    except PlatformError as error:
        raise _Refused(error.message, CloseCode.REFUSED) from None
    except Exception as error:
        # A fault of the server: the same process comes back and tries again.
        logger.exception("a registration failed", extra={"event": "agent.register_failed"})
        raise _Refused("", CloseCode.SERVER_RESTART) from error


def _displace(old: Any, registration: Registration) -> None:
    if registration.admission is Admission.DISPLACE:
        old.close(CloseCode.DISPLACED, "another process took over")
    else:
        # The same process on a new connection: a code that makes no process end.
        old.close(CloseCode.SERVER_RESTART, "this process is connected anew")


async def _greet(broker: Broker, link: Link, registration: Registration) -> None:
    """Welcome an agent; one that cannot be welcomed must come again, not wait for ever."""
    try:
        await _welcome(broker, link, registration)
    except Exception:  # the edge of a connection: the agent's next try finds the same rows
        logger.exception("an agent was not welcomed", extra={"event": "agent.not_welcomed"})
        link.close(CloseCode.SERVER_RESTART, "the server could not read what it owes")


async def _welcome(broker: Broker, link: Link, registration: Registration) -> None:
    """Send INIT and everything that is owed; frames of others wait behind INIT."""
    # Reports of an earlier connection must be in the rows before the rows are asked.
    await broker.journal.settled()
    plan = await recovery_plan(broker=broker, link=link)
    # Held back behind INIT, and read before it: what a dead process left on the agent's disk is
    # said after INIT, and once it is acknowledged, it is in the rows alone.
    await recovery_send(broker=broker, link=link, plan=plan)
    link.open(
        outbound.encode(
            outbound.Init(
                agent=str(registration.agent_id),
                inquiries=[outbound.Inquiry(task=str(task)) for task in plan.inquiries],
                hash=registration.hash,
                diagnostics=[outbound.Diagnostic(**item) for item in registration.diagnostics],
            )
        )
    )
    logger.info(
        "agent connected",
        extra={"event": "agent.connected", "agent": link.agent_id, "session": link.session_id},
    )


async def _read(link: Link, intake: Intake, receive: Receive) -> None:
    while not link.is_closed:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            link.is_gone = True
            return
        link.heard()
        for text in _texts(message):
            await intake.take(text)


def _texts(message: Any) -> Sequence[str | bytes]:
    if "texts" in message:
        return cast(list[str], message["texts"])
    text = message.get("text")
    return [text if text is not None else message.get("bytes") or ""]


async def _remove(link: Link) -> None:
    link.send(outbound.encode(outbound.Kick(reason="This client was removed or blocked.")))
    link.close(CloseCode.BLOCKED, "removed or blocked")


async def _release(broker: Broker, link: Link) -> None:
    try:
        await agent_release(broker=broker, agent_id=link.agent_id, epoch=link.epoch)
    except DATABASE_FAULTS as error:
        # The lease runs out by itself.
        logger.warning(
            "could not release an agent: %s", error, extra={"event": "agent.release_failed"}
        )


async def _refuse(send: Send, refusal: _Refused) -> None:
    try:
        if refusal.text:
            frame = outbound.encode(outbound.ProtocolError(error=refusal.text))
            await send({"type": "websocket.send", "text": frame})
        await send(
            {"type": "websocket.close", "code": int(refusal.code), "reason": refusal.text[:100]}
        )
    except (OSError, RuntimeError):
        logger.info("a refused agent was gone already", extra={"event": "agent.gone"})
