"""A small ASGI service behind the gateway: it tells what reached it, counts and echoes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os

#: How much of the running upload has arrived.
PROGRESS = {"bytes": 0}


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await _echo(receive, send)
    elif scope["path"].endswith("/upload"):
        await _upload(receive, send)
    elif scope["path"].endswith("/progress"):
        await _json(send, PROGRESS)
    elif scope["path"].endswith("/drip"):
        await _drip(send)
    elif scope["path"].endswith("/slow"):
        await asyncio.sleep(1.5)
        await _json(send, {"pid": os.getpid()})
    elif scope["path"].endswith("/unavailable"):
        await _json(send, {"error": "OWN_WORDS"}, status=503)
    else:
        headers = [[k.decode(), v.decode()] for k, v in scope["headers"]]
        query = scope["query_string"].decode()
        path = scope["path"]
        await _json(send, {"path": path, "query": query, "headers": headers, "pid": os.getpid()})


async def _json(send, body, status=200):
    headers = [(b"content-type", b"application/json"), (b"server", b"upstream/1")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


async def _upload(receive, send):
    digest, size, more = hashlib.sha256(), 0, True
    while more:
        message = await receive()
        body = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(body)
        PROGRESS["bytes"] = size
        digest.update(body)
    await _json(send, {"size": size, "sha256": digest.hexdigest()})


async def _drip(send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for number in range(3):
        body = f"{number}\n".encode()
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await asyncio.sleep(0.3)
    await send({"type": "http.response.body", "body": b""})


async def _echo(receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        await send({"type": "websocket.send", "text": message["text"].upper()})
