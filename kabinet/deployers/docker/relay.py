"""The one door out of an organization's network: passes bytes on to the platform's gateway.

Listens on the address the engine's bridge has on this machine, so only containers reach it, never
the local network. A process of its own: it lives on while the deployer restarts, or the apps would
lose the platform with it. It ends when its bridge is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_CHUNK = 64 * 1024
_LOOK_SECONDS = 10.0
_CONNECT_SECONDS = 10.0


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    # Half a connection may end before the other.
    if writer.can_write_eof():
        writer.write_eof()


class Relay:
    """Passes connections on from one address to another."""

    def __init__(self, listen: tuple[str, int], target: tuple[str, int]) -> None:
        self._listen = listen
        self._target = target
        self._passing: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Listen until the address is none of this machine any more."""
        async with self.listening():
            # Nothing tells when a network goes away.
            while has_address(self._listen[0]):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_SECONDS)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[tuple[str, int]]:
        """Take connections at the address that is given; whoever leaves hangs up on all."""
        server = await asyncio.start_server(self._accepted, *self._listen)
        try:
            host, port = server.sockets[0].getsockname()[:2]
            yield host, port
        finally:
            server.close()
            for task in self._passing:
                task.cancel()
            await asyncio.gather(*self._passing, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connected(reader, writer), name="relayed connection")
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                inner, outer = await asyncio.open_connection(*self._target)
            ends.append(outer)
            # What breaks on one side ends the other: nobody else would hang up on it.
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_pass_on(reader, outer))
                ways.create_task(_pass_on(inner, writer))
            for one in reversed(ends):
                one.close()
                await one.wait_closed()
        except* (OSError, TimeoutError):
            pass
        finally:
            for one in ends:
                one.transport.abort()


def has_address(address: str) -> bool:
    """Tell whether this machine has an address, by trying to bind to it."""
    with socket.socket(_family(address)) as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            return error.errno != errno.EADDRNOTAVAIL
    return True


def answers(address: tuple[str, int]) -> bool:
    """Tell whether somebody listens at an address."""
    with socket.socket(_family(address[0])) as probe:
        probe.settimeout(2)
        return probe.connect_ex(address) == 0


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def ensure(listen: tuple[str, int], target: tuple[str, int], log: Path) -> None:
    """Have a relay: the one that runs already, else a new one that outlives this process."""
    if answers(listen):
        return
    words = [sys.executable, __file__, *map(str, (*listen, *target))]
    with log.open("ab") as output:
        # It forks once more by itself and is nobody's child then.
        subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={},
            check=False,
        )


def main(words: list[str]) -> None:
    """Run a relay: LISTEN-ADDRESS PORT TARGET-ADDRESS PORT."""
    here, port, there, target_port = words
    if os.fork():
        os._exit(0)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(Relay((here, int(port)), (there, int(target_port))).serve())


if __name__ == "__main__":
    main(sys.argv[1:])
