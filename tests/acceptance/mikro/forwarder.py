"""Forwards each connection to a Unix socket to a port of this machine: `forwarder.py PATH PORT`."""

import asyncio
import contextlib
import sys
from pathlib import Path


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(1 << 18):
            target.write(data)
            await target.drain()
        target.write_eof()


async def main(path: str, port: int) -> None:
    """Serve until killed."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        for one in (writer, far_writer):
            one.close()

    server = await asyncio.start_unix_server(serve, path)
    Path(path).chmod(0o666)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
