"""The `admin` command: one object in, one object out."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command


def order(monkeypatch, text):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    out = io.StringIO()
    call_command("admin", stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == 1
    return json.loads(lines[0])


def test_an_order_is_answered(installed, monkeypatch):
    answer = order(monkeypatch, '{"op": "org.create", "slug": "lab"}')
    assert answer["ok"] is True
    assert answer["result"]["slug"] == "lab"


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("{", "INVALID_INPUT", None),
        ("[]", "INVALID_INPUT", None),
        ('{"op": "x"}', "INVALID_INPUT", "op"),
        ('{"op": "org.create", "slug": "A"}', "INVALID_INPUT", "slug"),
        ('{"op": "user.list", "organization": "nowhere"}', "NOT_FOUND", "organization"),
    ],
)
def test_a_refused_order_is_an_answer_too(installed, monkeypatch, text, code, field):
    answer = order(monkeypatch, text)
    assert answer["ok"] is False
    assert (answer["error"]["code"], answer["error"]["field"]) == (code, field)
    assert answer["error"]["message"]
