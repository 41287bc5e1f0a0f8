"""Orders of the operator over the socket: who may give them, and what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from pathlib import Path

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.db import OperationalError, connections

from fakts_server.http import orders
from fakts_server.models.organization import Organization


@pytest_asyncio.fixture
async def path(transactional_db, installed, configured):
    # Paths of sockets are limited to about a hundred bytes, which pytest's own folders exceed.
    with tempfile.TemporaryDirectory(prefix="orders-") as folder:
        path = Path(folder) / "orders.sock"
        configured(orders_socket=path)
        yield path
    # Tests look at rows in the thread of sync_to_async, which has a connection of its own.
    await sync_to_async(connections.close_all)()


async def say(path: Path, *lines: bytes) -> list[bytes]:
    reader, writer = await asyncio.open_unix_connection(str(path))
    answer = b""
    # Hung up with a line unread, the kernel tells of a reset instead of an end.
    with contextlib.suppress(ConnectionResetError):
        writer.writelines(line + b"\n" for line in lines)
        answer = await reader.read()
    writer.close()
    return answer.splitlines()


async def give(path: Path, order: object) -> dict:
    (line,) = await say(path, json.dumps(order).encode())
    return json.loads(line)


async def test_an_order_is_carried_out(path: Path) -> None:
    async with orders.orders_served():
        answer = await give(path, {"op": "org.create", "slug": "lab", "name": "The Lab"})
    assert answer["ok"] is True
    assert answer["result"]["slug"] == "lab"
    assert await Organization.objects.filter(slug="lab", name="The Lab").acount() == 1


async def test_a_refusal_is_an_answer_with_its_field(path: Path) -> None:
    async with orders.orders_served():
        answer = await give(path, {"op": "user.list", "organization": "nowhere"})
        garbled = json.loads((await say(path, b"{"))[0])
    assert (answer["ok"], answer["error"]["field"]) == (False, "organization")
    assert garbled["error"]["code"] == "INVALID_INPUT"


async def test_many_orders_at_once_are_all_answered(path: Path) -> None:
    names = [f"lab-{number}" for number in range(20)]
    async with orders.orders_served():
        every = [give(path, {"op": "org.create", "slug": name}) for name in names]
        answers = await asyncio.gather(*every)
    assert [answer["result"]["slug"] for answer in answers] == names


async def test_a_failure_is_told_and_the_next_order_is_served(path: Path, monkeypatch) -> None:
    def fail(text: str) -> dict:
        raise OperationalError("the database is away")

    async with orders.orders_served():
        with monkeypatch.context() as patched:
            patched.setattr(orders, "admin_answer", fail)
            answer = await give(path, {"op": "org.list"})
        assert answer == {"ok": False, "failure": "OperationalError: the database is away"}
        assert (await give(path, {"op": "org.list"}))["ok"] is True


async def test_what_nobody_foresaw_ends_the_connection(path: Path, monkeypatch) -> None:
    def fail(text: str) -> dict:
        raise ZeroDivisionError

    noted: list[dict] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: noted.append(context))
    async with orders.orders_served():
        with monkeypatch.context() as patched:
            patched.setattr(orders, "admin_answer", fail)
            assert await say(path, b'{"op": "org.list"}') == []
        assert (await give(path, {"op": "org.list"}))["ok"] is True
    assert [type(context["exception"]) for context in noted] == [ZeroDivisionError]


async def test_only_the_owner_may_open_the_socket_and_it_goes_with_the_service(path: Path) -> None:
    path.write_text("left over by a process that was killed")
    async with orders.orders_served():
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()


async def test_another_user_of_the_machine_is_not_answered(path: Path, monkeypatch) -> None:
    async with orders.orders_served():
        monkeypatch.setattr(orders, "_peer_uid", lambda _: os.geteuid() + 1)
        assert await say(path, b'{"op": "org.create", "slug": "lab"}') == []
    assert not await Organization.objects.filter(slug="lab").aexists()


@pytest.mark.parametrize(("uid", "served"), [(0, True), (1000, True), (1001, False), (-1, False)])
def test_root_and_the_services_own_user_are_served(monkeypatch, uid: int, served: bool) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert orders._is_ours(uid) is served


async def test_the_kernel_tells_who_is_on_the_other_side() -> None:
    seen: list[int] = []

    async def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(orders._peer_uid(writer.get_extra_info("socket")))
        writer.close()

    with tempfile.TemporaryDirectory(prefix="orders-") as folder:
        place = Path(folder) / "who.sock"
        async with await asyncio.start_unix_server(note, str(place)):
            assert await say(place) == []
    assert seen == [os.geteuid()]


async def test_without_a_socket_nobody_listens(configured, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    configured(orders_socket=None)
    async with orders.orders_served():
        assert list(tmp_path.iterdir()) == []
