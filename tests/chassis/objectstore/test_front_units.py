"""Heads, documents, refusals, names: the small parts of the front by themselves."""

from __future__ import annotations

import errno
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.objectstore.config import RESERVED_NAMES, ObjectStoreConfig, checked_bucket
from chassis.objectstore.contract import GrantScope, Mode
from chassis.objectstore.front import xml
from chassis.objectstore.front.faults import _STATUS, Fault, of_os_error
from chassis.objectstore.front.head import decode, parse, render
from chassis.objectstore.sts import policy_of


def code(call, *arguments: object) -> str:
    with pytest.raises(Fault) as refused:
        call(*arguments)
    return refused.value.code


# --- heads ----------------------------------------------------------------------------------------


def test_a_head_is_read() -> None:
    head = parse(
        b"PUT /b/a%20b%2Fc?x=1&y=%C3%BC&z HTTP/1.1\r\nHost: lab\r\nX-Amz-Meta-A:  1 \r\n"
        b"X-Amz-Meta-A: 2\r\nContent-Length: 12"
    )
    assert (head.method, head.path, head.length) == ("PUT", "/b/a b/c", 12)
    assert head.query == [("x", "1"), ("y", "ü"), ("z", "")]
    assert head.headers["x-amz-meta-a"] == "1,2"
    assert head.parameters == {"x": "1", "y": "ü", "z": ""}


@pytest.mark.parametrize(
    ("version", "connection", "keep"),
    [
        ("1.1", "", True),
        ("1.1", "close", False),
        ("1.1", "Close, x", False),
        ("1.0", "", False),
        ("1.0", "Keep-Alive", True),
    ],
)
def test_connections_are_kept_as_http_says(version: str, connection: str, keep: bool) -> None:
    line = f"\r\nConnection: {connection}" if connection else ""
    head = parse(f"GET / HTTP/{version}\r\nHost: x{line}".encode())
    assert head.keep_alive is keep


@pytest.mark.parametrize("name", ["Host", "Content-Length", "Authorization", "Range", "X-Amz-Date"])
def test_headers_that_decide_stand_there_once(name: str) -> None:
    data = f"GET / HTTP/1.1\r\n{name}: 1\r\n{name.lower()}: 1".encode()
    assert code(parse, data) == "InvalidRequest"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "InvalidRequest"),
        (b"GET /", "InvalidRequest"),
        (b"get / HTTP/1.1", "InvalidRequest"),
        (b"GET  / HTTP/1.1", "InvalidRequest"),
        (b"GET x HTTP/1.1", "InvalidRequest"),
        (b"GET / HTTP/2.0", "InvalidRequest"),
        (b"GET /\xc3\xbc HTTP/1.1", "InvalidRequest"),
        (b"GET / HTTP/1.1\r\nno colon", "InvalidRequest"),
        (b"GET / HTTP/1.1\r\n folded: 1", "InvalidRequest"),
        (b"GET / HTTP/1.1\r\nname : 1", "InvalidRequest"),
        (b"GET / HTTP/1.1\r\na: 1\nb: 2", "InvalidRequest"),
        (b"GET / HTTP/1.1\r\na: \x00", "InvalidRequest"),
        (b"GET / HTTP/1.1" + b"\r\na: 1" * 128, "InvalidRequest"),
        (b"GET / HTTP/1.1\r\nContent-Length: -1", "InvalidRequest"),
        (b"GET / HTTP/1.1\r\nContent-Length: 1x", "InvalidRequest"),
        (b"GET / HTTP/1.1\r\nContent-Length: 9999999999999999", "InvalidRequest"),
        (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked", "MissingContentLength"),
        (b"GET /?a=1&a=2 HTTP/1.1", "InvalidArgument"),
        (b"GET /%zz HTTP/1.1", "InvalidURI"),
        (b"GET /%ff HTTP/1.1", "InvalidURI"),
        (b"GET /%00 HTTP/1.1", "InvalidURI"),
        (b"GET /?a=%0 HTTP/1.1", "InvalidURI"),
    ],
)
def test_what_could_be_read_two_ways_is_refused(data: bytes, expected: str) -> None:
    assert code(parse, data) == expected


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_decoding_undoes_encoding(text: str) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in text.encode())
    assert decode(encoded) == text
    assert decode(encoded.lower()) == text


@given(
    st.dictionaries(
        st.text("abc-", min_size=1, max_size=9), st.text(st.characters(max_codepoint=300))
    )
)
def test_no_value_breaks_out_of_its_line(headers: dict[str, str]) -> None:
    evil = any("\r" in value or "\n" in value for value in headers.values())
    if evil:
        assert code(render, 200, headers) == "InternalError"
    else:
        lines = render(200, headers).split(b"\r\n")
        assert lines[0] == b"HTTP/1.1 200 OK" and len(lines) == len(headers) + 3


# --- documents ------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_key_can_be_told_in_a_document(key: str) -> None:
    body = xml.render(("Result", [("Key", key), ("Size", 3), ("IsTruncated", False)]))
    # Control characters have no place in XML 1.0 but as references, which this parser refuses.
    if all(ord(character) >= 32 or character in "\t\n\r" for character in key) and not any(
        character in key for character in "\x7f\ufffe\uffff\r"
    ):
        root = ElementTree.fromstring(body)
        namespace = "{http://s3.amazonaws.com/doc/2006-03-01/}"
        assert root.findtext(f"{namespace}Key") == key
        assert root.findtext(f"{namespace}IsTruncated") == "false"
    assert b"\x00" not in body


def test_a_refusal_bears_no_namespace() -> None:
    root = ElementTree.fromstring(xml.error("NoSuchKey", "a <b> & c", "/b/k", "R1"))
    assert root.tag == "Error"
    assert [child.text for child in root] == ["NoSuchKey", "a <b> & c", "/b/k", "R1"]


def test_items_are_read_with_what_stands_beside_them() -> None:
    body = (
        b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>'
        b"<Object><Key>a&amp;b</Key></Object><Object><Key>c</Key><VersionId>1</VersionId></Object>"
        b"</Delete>"
    )
    items, loose = xml.read_items(body, "Delete", "Object")
    assert items == [{"Key": "a&b"}, {"Key": "c", "VersionId": "1"}]
    assert loose == {"Quiet": "true"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<",
        b"text",
        b"<Other/>",
        b"<Delete>",
        b"<Delete></Other>",
        b"<a><b><c><d><e><f/></e></d></c></b></a>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><Delete>&a;</Delete>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><Delete/>',
        b"<Delete>\xff</Delete>",
    ],
)
def test_documents_of_another_form_are_refused(body: bytes) -> None:
    assert code(xml.read_items, body, "Delete", "Object") == "MalformedXML"


# --- refusals, names, policies --------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(_STATUS))
def test_every_refusal_has_a_status_and_a_sentence(name: str) -> None:
    fault = Fault(name)
    assert 400 <= fault.status < 600 and fault.message.endswith(".")
    assert Fault(name, "Another.").message == "Another."


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, "StorageFull"),
        (errno.EDQUOT, "StorageFull"),
        (errno.EFBIG, "StorageFull"),
        (errno.ENAMETOOLONG, "KeyTooLongError"),
        (errno.EIO, "InternalError"),
        (errno.EACCES, "InternalError"),
    ],
)
def test_the_operating_systems_complaint_becomes_a_refusal(number: int, expected: str) -> None:
    assert of_os_error(OSError(number, "no")).code == expected


@pytest.mark.parametrize("name", ["mikro-zarr", "abc", "a.b-c", "1bucket", "x" * 63])
def test_names_of_buckets(name: str) -> None:
    assert checked_bucket(name) == name
    assert ObjectStoreConfig(buckets={"zarr": name}).bucket("zarr") == name


@pytest.mark.parametrize(
    "name",
    ["", "ab", "x" * 64, "Upper", "under_score", "-a-", "a..b", "xn--a", "sthree-a", "a/b", "ü--"],
)
def test_what_is_no_name_of_a_bucket(name: str) -> None:
    with pytest.raises(ValueError, match="is not a bucket name"):
        checked_bucket(name)


@pytest.mark.parametrize("name", sorted(name for name in RESERVED_NAMES if len(name) > 2))
def test_a_bucket_never_hides_a_service(name: str) -> None:
    with pytest.raises(ValueError, match="path of a service"):
        checked_bucket(name)
    with pytest.raises(ValueError, match="path of a service"):
        ObjectStoreConfig(buckets={"zarr": name})


segments = st.text("abcdefghijk0123456789-_", min_size=1, max_size=20)


@given(segments, segments, st.sampled_from(Mode), st.booleans())
def test_a_policy_names_its_scope_and_nothing_wider(
    organization: str, store: str, mode: Mode, is_key: bool
) -> None:
    path = f"{organization}/{store}"
    where = {"key": path} if is_key else {"prefix": path}
    text = policy_of(GrantScope(bucket="b-b", mode=mode, **where))
    resources = [part for part in text.split('"') if part.startswith("arn:aws:s3:::")]
    for one in resources:
        if one != "arn:aws:s3:::b-b":  # listing, which its condition cuts down
            assert one in (f"arn:aws:s3:::b-b/{path}", f"arn:aws:s3:::b-b/{path}/*")
    assert " " not in text and "+" not in text
    assert ("s3:DeleteObject" in text) == (mode is Mode.WRITE and not is_key)
    assert ("s3:PutObject" in text) == (mode is Mode.WRITE)
    assert ("s3:ListBucket" in text) == (not is_key)
    assert f'"s3:prefix":["{path}/*"]' in text or is_key
