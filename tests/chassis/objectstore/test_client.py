"""Our calls to a store that answers badly: every answer becomes a platform error, none escapes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from chassis.errors import PlatformError, Unavailable
from chassis.objectstore.client import S3Client, code_of, parse
from chassis.objectstore.config import ObjectStoreConfig
from chassis.objectstore.contract import walk
from chassis.objectstore.errors import (
    ObjectExists,
    ObjectNotFound,
    RangeNotSatisfiable,
    StorageFull,
    StorageUnavailable,
)
from chassis.objectstore.memory import MemoryStore
from chassis.objectstore.served import ServedStore
from chassis.objectstore.tokens import Credentials

Answer = Callable[[httpx.Request], httpx.Response]
CREDENTIALS = Credentials("ACCESS", "secret", "token")


def client(answer: Answer) -> S3Client:
    made = S3Client(ObjectStoreConfig(endpoint="http://store:9000"), lambda: CREDENTIALS)
    made._http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return made


def always(status: int, body: str = "", **headers: str) -> Answer:
    lines = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, text=body, headers=lines)


def error(code: str) -> str:
    return f"<Error><Code>{code}</Code></Error>"


CALLS: dict[str, Callable[[S3Client], object]] = {
    "head": lambda s: s.head("b", "k"),
    "get": lambda s: s.get("b", "k"),
    "put": lambda s: s.put("b", "k", b"x"),
    "list": lambda s: s.list("b", "p/"),
    "delete": lambda s: s.delete("b", "k"),
    "delete_prefix": lambda s: s.delete_prefix("b", "p/"),
    "abort_uploads": lambda s: s.abort_uploads("b", "p/"),
    "make_bucket": lambda s: s.make_bucket("b"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    "answer",
    [
        always(500),
        always(503, error("SlowDown")),
        always(403, error("AccessDenied")),
        always(400, "no xml"),
        always(404, error("NoSuchBucket")),
    ],
)
async def test_every_bad_answer_is_a_platform_error(call, answer: Answer) -> None:
    store = client(answer)
    try:
        await call(store)
    except PlatformError as problem:
        assert "secret" not in problem.message and "token" not in problem.message
    else:
        # Deleting what is not there is done already.
        assert answer(None).status_code == 404  # type: ignore[arg-type]
        assert call is CALLS["delete"]
    await store.aclose()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_nobody_there_is_unavailable(call) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(StorageUnavailable, match="ConnectError"):
        await call(client(refuse))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, error("NoSuchKey"), ObjectNotFound),
        (404, "", ObjectNotFound),
        (404, error("NoSuchBucket"), StorageUnavailable),
        (412, error("PreconditionFailed"), ObjectExists),
        (416, error("InvalidRange"), RangeNotSatisfiable),
        (507, "", StorageFull),
        (400, error("StorageFull"), StorageFull),
        (400, error("QuotaExceeded"), StorageFull),
        (400, error("EntityTooLarge"), StorageFull),
        (500, error("XMinioStorageFull"), StorageFull),
        (500, error("InternalError"), StorageUnavailable),
    ],
)
async def test_codes_of_the_store_are_understood(
    status: int, body: str, kind: type[PlatformError]
) -> None:
    with pytest.raises(kind):
        await client(always(status, body)).get("b", "k")


@pytest.mark.parametrize(
    ("start", "length", "sent"),
    [
        (0, None, None),
        (5, None, "bytes=5-"),
        (0, 10, "bytes=0-9"),
        (5, 10, "bytes=5-14"),
        (-7, None, "bytes=-7"),
        (-7, 3, "bytes=-7"),
    ],
)
async def test_ranges_are_asked_for(start: int, length: int | None, sent: str | None) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(206, content=b"0123456789")

    data = await client(answer).get("b", "k", start=start, length=length)
    assert seen[0].headers.get("range") == sent
    assert len(data) == (10 if length is None else length)


async def test_nothing_is_asked_for_as_nothing() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise AssertionError("asked")

    assert await client(refuse).get("b", "k", length=0) == b""


async def test_every_call_is_signed_and_keys_are_encoded() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, headers={"etag": '"e"'})

    info = await client(answer).put("b", "a b/ü+?", b"data", content_type="x/y", create_only=True)
    [request] = seen
    assert info.etag == "e" and info.size == 4
    assert request.url.raw_path == b"/b/a%20b/%C3%BC%2B%3F"
    assert request.headers["if-none-match"] == "*"
    assert request.headers["content-type"] == "x/y"
    assert request.headers["x-amz-security-token"] == "token"
    assert "Signature=" in request.headers["authorization"]
    assert "secret" not in str(request.headers)


LISTED = (
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<IsTruncated>{more}</IsTruncated>{entries}</ListBucketResult>"
)
ENTRY = (
    '<Contents><Key>{key}</Key><Size>3</Size><ETag>"e"</ETag>'
    "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
)


def page(keys: list[str], *, more: bool) -> httpx.Response:
    entries = "".join(ENTRY.format(key=key) for key in keys)
    return httpx.Response(200, text=LISTED.format(more=str(more).lower(), entries=entries))


async def test_a_listing_is_read_page_by_page() -> None:
    pages = {"": (["p/a", "p/b"], True), "p/b": (["p/c"], False)}

    def answer(request: httpx.Request) -> httpx.Response:
        keys, more = pages[request.url.params.get("start-after", "")]
        return page(keys, more=more)

    found = [info async for info in walk(client(answer), "b", "p/")]
    assert [info.key for info in found] == ["p/a", "p/b", "p/c"]
    assert found[0].modified_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert (found[0].size, found[0].etag) == (3, "e")


async def test_a_listing_that_never_moves_on_comes_to_an_end() -> None:
    # A server that says there is more and gives nothing must not be asked for ever.
    assert (await client(lambda _: page([], more=True)).list("b", "p/")).next_after is None


async def test_keys_are_deleted_in_one_call_and_escaped() -> None:
    bodies: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            bodies.append(request.content.decode())
            assert request.headers["content-md5"]
            return httpx.Response(200, text="<DeleteResult/>")
        return page(["p/a&amp;b", "p/c"] if not bodies else [], more=False)

    assert await client(answer).delete_prefix("b", "p/") == 2
    assert "<Key>p/a&amp;b</Key>" in bodies[0] and len(bodies) == 1


async def test_a_key_that_was_not_deleted_is_no_success() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            text = "<DeleteResult><Error><Code>AccessDenied</Code></Error></DeleteResult>"
            return httpx.Response(200, text=text)
        return page(["p/a"], more=False)

    with pytest.raises(StorageUnavailable, match="AccessDenied"):
        await client(answer).delete_prefix("b", "p/")


async def test_uploads_are_aborted_each() -> None:
    gone: list[str] = []
    listing = (
        "<R><IsTruncated>false</IsTruncated>"
        "<Upload><Key>p/a</Key><UploadId>1</UploadId></Upload>"
        "<Upload><Key>p/b</Key><UploadId>2</UploadId></Upload></R>"
    )

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            gone.append(f"{request.url.path}?{request.url.params['uploadId']}")
            return httpx.Response(404 if len(gone) == 1 else 204)
        return httpx.Response(200, text=listing)

    assert await client(answer).abort_uploads("b", "p/") == 2
    assert gone == ["/b/p/a?1", "/b/p/b?2"]


@pytest.mark.parametrize(("there", "made"), [(200, 0), (404, 1)])
async def test_a_bucket_is_made_once(there: int, made: int) -> None:
    puts: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "HEAD":
            return httpx.Response(there)
        puts.append(1)
        return httpx.Response(409)  # somebody else was quicker

    await client(answer).make_bucket("b")
    assert len(puts) == made


async def test_a_stream_that_breaks_off_is_no_end() -> None:
    async def broken():
        yield b"first"
        raise httpx.ReadError("gone")

    store = client(lambda _: httpx.Response(200, content=broken()))
    seen: list[bytes] = []
    with pytest.raises(StorageUnavailable, match="broke off"):
        async for chunk in store.stream("b", "k"):
            seen.append(chunk)
    with pytest.raises(ObjectNotFound):
        async for chunk in client(always(404)).stream("b", "k"):
            seen.append(chunk)


async def test_metadata_comes_without_its_prefix() -> None:
    answer = always(
        200, last_modified="Thu, 01 Jan 2026 00:00:00 GMT", x_amz_meta_owner="ada", etag='"e"'
    )
    info = await client(answer).head("b", "k")
    assert info.metadata == {"owner": "ada"} and info.etag == "e"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", ""),
        (b"no xml", ""),
        (b"<a/>", ""),
        (b"<Error><Code>A</Code></Error>", "A"),
        (b'<R xmlns="urn:x"><Error><Code>B</Code></Error></R>', "B"),
    ],
)
def test_codes_are_found_in_both_kinds_of_documents(body: bytes, code: str) -> None:
    assert code_of(body) == code


def test_a_document_that_is_none_is_unavailable() -> None:
    with pytest.raises(StorageUnavailable, match="cannot be read"):
        parse(b"<")


async def test_a_served_store_is_there_while_the_service_runs() -> None:
    served = ServedStore(lambda: ObjectStoreConfig(driver="memory"))
    with pytest.raises(Unavailable, match="not connected"):
        served.get()
    async with served.serving():
        assert isinstance(served.get(), MemoryStore)
    with pytest.raises(Unavailable):
        served.get()


async def test_a_store_that_was_put_in_place_stays() -> None:
    served, own = ServedStore(ObjectStoreConfig), MemoryStore()
    served.use(own)
    async with served.serving():
        assert served.get() is own
    assert served.get() is own


async def test_a_store_that_does_not_answer_yet_does_not_stop_the_service(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Absent(MemoryStore):
        async def ensure_buckets(self) -> None:
            raise StorageUnavailable

    served = ServedStore(ObjectStoreConfig)
    served.use(Absent())
    async with served.serving():
        assert served.get()
    assert [getattr(line, "event", "") for line in caplog.records] == ["storage.absent"]
