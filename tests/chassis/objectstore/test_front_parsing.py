"""The front's parsers alone: whatever comes is read or refused, and answers cannot be split."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.objectstore.front.faults import Fault
from chassis.objectstore.front.head import parse, render
from chassis.objectstore.front.xml import read_items


@given(st.binary(max_size=200))
def test_heads_parse_or_are_refused(data: bytes) -> None:
    try:
        head = parse(b"GET /" + data)
    except Fault as fault:
        assert fault.status in (400, 411)
    else:
        assert head.path.startswith("/")


@given(st.text(max_size=200))
def test_documents_parse_or_are_refused(text: str) -> None:
    body = text.encode("utf8", "surrogatepass")
    for document in (body, b"<Delete>" + body + b"</Delete>", b"<Delete><Object>" + body):
        try:
            read_items(document, "Delete", "Object")
        except Fault as fault:
            assert fault.code == "MalformedXML"


def test_documents_with_entities_are_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><Delete><Object><Key>&a;</Key></Object></Delete>'
    with pytest.raises(Fault, match="MalformedXML"):
        read_items(bomb, "Delete", "Object")
    items, loose = read_items(
        b'<Delete xmlns="urn:x"><Quiet>true</Quiet><Object><Key>a&amp;b</Key></Object></Delete>',
        "Delete",
        "Object",
    )
    assert (items, loose) == ([{"Key": "a&b"}], {"Quiet": "true"})


def test_answers_cannot_be_split() -> None:
    with pytest.raises(Fault):
        render(200, {"x": "a\r\nset-cookie: b"})
