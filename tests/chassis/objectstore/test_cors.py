"""Pages of other origins: those that are named may use a grant, all others are told nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError
from servers import FrontProcess, boto_client

from chassis.objectstore.config import FrontConfig
from chassis.objectstore.contract import Grant, GrantScope
from chassis.objectstore.front.cors import preflight, shared_with
from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.head import Head, parse
from chassis.objectstore.stores import FrontStore

PAGE, OTHER = "https://lab.example.org", "https://elsewhere.example.org"
ASKED = {"access-control-request-method": "PUT"}


def head(method: str = "GET", **headers: str) -> Head:
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return parse(f"{method} /b/k HTTP/1.1\r\nhost: h\r\n{named}".removesuffix("\r\n").encode())


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontProcess]:
    options = {"allowed_origins": f'["{PAGE}"]'}
    process = FrontProcess(tmp_path_factory.mktemp("cors"), options=options).start()
    yield process
    process.stop()


@pytest.fixture
async def grant(front: FrontProcess) -> Grant:
    store = FrontStore(front.target.config)
    grant = await store.grant_write(GrantScope(bucket="mikro-zarr", prefix="o/s"))
    await store.aclose()
    return grant


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=120) as client:
        yield client


def address(front: FrontProcess, grant: Grant, call: str) -> str:
    about = {"Bucket": grant.bucket, "Key": "o/s/k"}
    return boto_client(front.url, grant).generate_presigned_url(call, Params=about)


async def test_a_page_that_is_named_uploads_and_reads(front, grant, http) -> None:
    put = address(front, grant, "put_object")
    wanted = "content-type,x-amz-meta-a"
    ask = ASKED | {"origin": PAGE, "access-control-request-headers": wanted}
    asked = await http.options(put, headers=ask)
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == PAGE
    assert asked.headers["access-control-allow-headers"] == wanted
    assert "PUT" in asked.headers["access-control-allow-methods"]
    done = await http.put(put, content=b"data", headers={"origin": PAGE})
    assert done.status_code == 200
    assert done.headers["access-control-allow-origin"] == PAGE
    assert "ETag" in done.headers["access-control-expose-headers"]
    got = await http.get(address(front, grant, "get_object"), headers={"origin": PAGE})
    assert (got.content, got.headers["access-control-allow-origin"]) == (b"data", PAGE)
    assert got.headers["vary"] == "Origin"


async def test_a_page_that_is_not_named_is_let_in_nowhere(front, grant, http) -> None:
    ask = ASKED | {"origin": OTHER}
    asked = await http.options(address(front, grant, "put_object"), headers=ask)
    assert asked.status_code == 403
    got = await http.get(address(front, grant, "get_object"), headers={"origin": OTHER})
    for answer in (asked, got):
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["vary"] == "Origin"


async def test_a_page_can_read_why_it_was_refused(front, http) -> None:
    answer = await http.get(f"{front.url}/mikro-zarr/o/s/k", headers={"origin": PAGE})
    assert answer.status_code == 403
    assert answer.headers["access-control-allow-origin"] == PAGE


async def test_asking_needs_no_signature_but_opens_nothing(front, http) -> None:
    ask = ASKED | {"origin": PAGE}
    asked = await http.options(f"{front.url}/mikro-zarr/o/s/k", headers=ask)
    assert (asked.status_code, asked.content) == (204, b"")
    answer = await http.put(f"{front.url}/mikro-zarr/o/s/k", content=b"x", headers={"origin": PAGE})
    assert answer.status_code == 403


def test_without_origins_nothing_is_said() -> None:
    assert shared_with(head(origin=PAGE), ()) == {}
    with pytest.raises(Fault, match="AccessDenied"):
        preflight(head("OPTIONS", origin=PAGE, access_control_request_method="PUT"), ())


def test_a_request_of_no_page_gets_no_headers() -> None:
    assert shared_with(head(), (PAGE,)) == {}


def test_all_origins_may_be_let_in() -> None:
    headers = shared_with(head(origin=OTHER), ("*",))
    assert headers["access-control-allow-origin"] == "*"
    assert "vary" not in headers


@pytest.mark.parametrize("origin", [f"{PAGE}.evil.org", f"{PAGE}:444", "null", PAGE.upper(), ""])
def test_an_origin_is_compared_whole(origin: str) -> None:
    assert "access-control-allow-origin" not in shared_with(head(origin=origin), (PAGE,))


@pytest.mark.parametrize("method", ["PATCH", "TRACE", "put", ""])
def test_other_methods_are_not_offered(method: str) -> None:
    asked = head("OPTIONS", origin=PAGE, access_control_request_method=method)
    with pytest.raises(Fault, match="AccessDenied"):
        preflight(asked, (PAGE,))


@pytest.mark.parametrize("names", ["a b", "a,,b", "a;b", "x" * 65, ",".join(["a"] * 65)])
def test_names_of_headers_are_read_strictly(names: str) -> None:
    asked = ASKED | {"origin": PAGE, "access-control-request-headers": names}
    with pytest.raises(Fault, match="InvalidRequest"):
        preflight(head("OPTIONS", **asked), (PAGE,))


@pytest.mark.parametrize(
    "origin", ["lab.example.org", "https://lab.example.org/", "https://LAB.org", "null", "ftp://a"]
)
def test_what_is_no_origin_is_refused_by_name(origin: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="allowed_origins"):
        FrontConfig(folder=tmp_path, allowed_origins=(origin,))
    FrontConfig(folder=tmp_path, allowed_origins=(PAGE, "http://localhost:5173", "*"))
