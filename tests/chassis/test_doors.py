"""HTTP, GraphQL and sockets of a service, as strangers and friends use them."""

from __future__ import annotations

import asyncio
import base64
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chassis.challenge import public_key
from chassis.config import ServiceConfig, current
from chassis.testing import SocketClosed


async def test_health_is_open_and_says_why(http):
    answer = await http.get("/sample/ht")
    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": "ok"}
    assert answer.headers["x-request-id"]


async def test_health_signs_the_nonce_of_a_client(http):
    answer = await http.get("/sample/ht", params={"nonce": "abc-DEF_123"})
    key = Ed25519PublicKey.from_public_bytes(
        base64.b64decode(public_key(current(ServiceConfig).state_dir))
    )
    signature = base64.b64decode(answer.json()["signature"])
    key.verify(signature, b"fakts-challenge-v1:abc-DEF_123")


@pytest.mark.parametrize("nonce", ["", "a b", "x" * 129, "ü"])
async def test_health_refuses_a_nonce_that_is_none(http, nonce):
    answer = await http.get("/sample/ht", params={"nonce": nonce})
    assert answer.status_code == 400
    assert answer.json()["field"] == "nonce"


async def test_schema_is_served_as_text(http):
    answer = await http.get("/sample/schema")
    assert answer.status_code == 200
    assert "type Query" in answer.text


async def test_metrics_count_requests(http):
    await http.get("/sample/ht")
    answer = await http.get("/sample/metrics")
    assert "bauhof_http_requests_total" in answer.text


async def test_unknown_address_is_a_typed_404(http):
    answer = await http.get("/sample/nothing")
    assert (answer.status_code, answer.json()["error"]) == (404, "NOT_FOUND")


async def test_foreign_host_name_is_refused(http):
    answer = await http.get("/sample/echo-json", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "INVALID_INPUT"),
        (b"[1]", "application/json", 400, "INVALID_INPUT"),
        (b"\xff\xfe", "application/json", 400, "INVALID_INPUT"),
        (b"a=1", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"{}", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b'"' + b"x" * 5_000_000 + b'"', "application/json", 413, "PAYLOAD_TOO_LARGE"),
    ],
)
async def test_bad_json_body_gets_a_typed_answer(http, body, kind, status, code):
    answer = await http.post("/sample/echo-json", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]) == (status, code)


async def test_form_body_is_read(http):
    answer = await http.post("/sample/echo-form", data={"a": "1"})
    assert answer.json() == {"a": "1"}


async def test_crash_tells_the_caller_nothing(http):
    answer = await http.get("/sample/crash")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_request_id_of_the_caller_is_kept_when_it_is_harmless(http):
    kept = await http.get("/sample/ht", headers={"X-Request-Id": "abcdef-123456"})
    replaced = await http.get("/sample/ht", headers={"X-Request-Id": "a\tb{evil}"})
    assert kept.headers["x-request-id"] == "abcdef-123456"
    assert "evil" not in replaced.headers["x-request-id"]


async def test_graphql_needs_a_token(graphql):
    answer = await graphql("{ whoami }")
    assert (answer.status, answer.codes) == (403, ["UNAUTHENTICATED"])


async def test_graphql_knows_the_caller(graphql, mint):
    assert (await graphql("{ whoami }", mint.member())).ok() == {"whoami": "ada"}


async def test_graphql_missing_right_is_200_with_a_code(graphql, mint):
    answer = await graphql('{ note(id: "1") { text } }', mint.member(roles=[]))
    assert (answer.status, answer.codes) == (200, ["PERMISSION_DENIED"])


async def test_graphql_absent_and_foreign_are_the_same(graphql, two_organizations):
    ours, theirs = two_organizations
    assert (await graphql('{ note(id: "1") { text } }', ours)).ok()["note"]["text"] == "ours-marker"
    foreign = await graphql('{ note(id: "1") { text } }', theirs)
    absent = await graphql('{ note(id: "99") { text } }', theirs)
    assert foreign == absent


async def test_graphql_error_names_the_field(graphql, mint):
    answer = await graphql("{ strict(value: 3) }", mint.member())
    assert answer.errors[0]["extensions"] == {"code": "INVALID_INPUT", "field": "value"}


async def test_graphql_unexpected_error_is_masked(graphql, mint):
    answer = await graphql("{ broken }", mint.member())
    assert answer.codes == ["INTERNAL_ERROR"]
    assert "hunter2" not in str(answer)


@pytest.mark.parametrize(
    "document",
    ["{ strict(value: 99999999999999) }", '{ strict(value: "x") }', "{ note { id } }", "{", ""],
)
async def test_graphql_bad_document_is_the_callers_fault(graphql, mint, document):
    answer = await graphql(document, mint.member())
    assert answer.codes == ["INVALID_INPUT"]


@pytest.mark.parametrize(
    ("document", "field"),
    [("{ nothing }", "nothing"), ("mutation { undo { id } }", "undo"), ("{ a: later }", "later")],
)
async def test_graphql_says_what_is_not_offered(graphql, mint, document, field):
    """A client may be newer than this server: it learns by name what is missing."""
    answer = await graphql(document, mint.member())
    assert answer.codes == ["NOT_SUPPORTED"]
    assert answer.errors[0]["extensions"]["field"] == field


async def test_graphql_depth_is_bounded_also_through_fragments(graphql, mint):
    deep = "{ note(id: 1) { ...a } } fragment a on Note { inner { inner { inner { ...b } } } }"
    deep += " fragment b on Note { inner { inner { inner { inner { text } } } } }"
    answer = await graphql(deep, mint.member())
    assert answer.codes == ["QUERY_TOO_COMPLEX"]


async def test_graphql_cost_is_bounded_against_fragment_bombs(graphql, mint):
    bomb = "{ note(id: 1) { ...f0 } } fragment f9 on Note { text }"
    for level in range(9):
        bomb += f" fragment f{level} on Note {{ ...f{level + 1} ...f{level + 1} }}"
    answer = await graphql(bomb, mint.member())
    assert answer.codes == ["QUERY_TOO_COMPLEX"]


async def test_graphql_body_is_bounded(graphql, mint):
    answer = await graphql("{ whoami } #" + "x" * 5_000_000, mint.member())
    assert (answer.status, answer.codes) == (413, ["PAYLOAD_TOO_LARGE"])


LEGACY = {"subprotocols": ["graphql-ws"]}
MODERN = {"subprotocols": ["graphql-transport-ws"]}


async def test_legacy_dialect_streams(websocket, mint):
    async with websocket("graphql", **LEGACY) as socket:
        await socket.send({"type": "connection_init", "payload": {"token": mint.member().token}})
        assert (await socket.receive())["type"] == "connection_ack"
        query = "subscription { count(upto: 3) }"
        await socket.send({"type": "start", "id": "a", "payload": {"query": query}})
        seen = []
        while (message := await socket.receive())["type"] != "complete":
            if message["type"] == "data":
                seen.append(message["payload"]["data"]["count"])
        assert seen == [0, 1, 2]


async def test_modern_dialect_streams(websocket, mint):
    async with websocket("graphql", **MODERN) as socket:
        await socket.send({"type": "connection_init", "payload": {"token": mint.member().token}})
        assert (await socket.receive())["type"] == "connection_ack"
        query = "subscription { count(upto: 2) }"
        await socket.send({"type": "subscribe", "id": "a", "payload": {"query": query}})
        kinds = [(await socket.receive())["type"] for _ in range(3)]
        assert kinds == ["next", "next", "complete"]


@pytest.mark.parametrize("payload", [None, {}, {"token": "x"}, {"token": 5}])
async def test_legacy_dialect_refuses_without_a_token(websocket, payload):
    async with websocket("graphql", **LEGACY) as socket:
        await socket.send({"type": "connection_init", "payload": payload})
        answer = await socket.receive()
        while answer["type"] == "ka":
            answer = await socket.receive()
        assert answer["type"] == "connection_error"
        assert answer["payload"]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_modern_dialect_refuses_without_a_token(websocket):
    async with websocket("graphql", **MODERN) as socket:
        await socket.send({"type": "connection_init", "payload": {}})
        with pytest.raises(SocketClosed) as closed:
            await socket.receive()
        assert closed.value.code == 4403


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "5",
        "{}",
        '{"type": "start"}',
        '{"type": "start", "id": "b"}',
        '{"type": "start", "id": "b", "payload": {"query": 5}}',
        '{"type": "start", "id": "b", "payload": {"query": "{whoami}", "variables": []}}',
        '{"type": "stop"}',
        '{"type": "nonsense"}',
    ],
)
async def test_legacy_bad_message_does_not_end_the_running_subscription(websocket, mint, text):
    async with websocket("graphql", **LEGACY) as socket:
        await socket.send({"type": "connection_init", "payload": {"token": mint.member().token}})
        assert (await socket.receive())["type"] == "connection_ack"
        await socket.send_text(text)
        query = "subscription { count(upto: 1) }"
        await socket.send({"type": "start", "id": "a", "payload": {"query": query}})
        message = await socket.receive()
        while message.get("id") != "a":
            message = await socket.receive()
        assert message["payload"]["data"] == {"count": 0}


async def test_legacy_start_takes_the_fresh_token_it_carries(websocket, mint):
    stale = mint.member(exp=int(time.time()) - 10)  # still inside the leeway
    async with websocket("graphql", **LEGACY) as socket:
        await socket.send({"type": "connection_init", "payload": {"token": stale.token}})
        assert (await socket.receive())["type"] == "connection_ack"
        payload = {
            "query": "subscription { count(upto: 1) }",
            "headers": {"Authorization": "Bearer x"},
        }
        await socket.send({"type": "start", "id": "a", "payload": payload})
        answer = await socket.receive()
        while answer["type"] == "ka":
            answer = await socket.receive()
        assert answer["payload"]["extensions"]["code"] == "UNAUTHENTICATED"
        payload["headers"] = mint.member().headers
        await socket.send({"type": "start", "id": "b", "payload": payload})
        answer = await socket.receive()
        assert answer["payload"]["data"] == {"count": 0}


async def test_subscriptions_per_socket_are_bounded(websocket, mint):
    async with websocket("graphql", **LEGACY) as socket:
        await socket.send({"type": "connection_init", "payload": {"token": mint.member().token}})
        most = current(ServiceConfig).limits.websocket_subscriptions
        for number in range(most + 1):
            query = "subscription { forever }"
            await socket.send({"type": "start", "id": str(number), "payload": {"query": query}})
        message = await socket.receive()
        while message["type"] != "error":
            message = await socket.receive()
        assert message["id"] == str(most)


async def test_socket_of_another_origin_is_refused(websocket):
    with pytest.raises(SocketClosed):
        async with websocket("graphql", **LEGACY, headers=[(b"origin", b"https://evil.example")]):
            pass


async def test_unknown_socket_is_refused(websocket):
    with pytest.raises(SocketClosed) as closed:
        async with websocket("nothing"):
            pass
    assert closed.value.code == 4404


async def test_bare_socket_is_routed(websocket):
    async with websocket("echo") as socket:
        await socket.send({"a": 1})
        assert await socket.receive() == {"a": 1}


async def test_lifespan_and_jobs_run_with_the_service(application):
    from sample_server.app import RUNS, STARTED

    assert STARTED[-1] == "up"
    before = len(RUNS)
    async with asyncio.timeout(120):
        while len(RUNS) < before + 3:  # a turn that failed does not end the next ones
            await asyncio.sleep(0.01)
