"""Values, reports of hubs and the trail over HTTP, with a bearer token."""

from __future__ import annotations

import csv
import io

import pytest
from appside import Api
from people import member, principal

from fakts_server.models.organization import Hub
from fakts_server.operations.remote_value import Target, value_set


@pytest.fixture
def ask(logged_in, own_tokens):
    def get(path, token=logged_in["access_token"], **headers):
        return Api().browser.get(path, headers={"authorization": f"Bearer {token}", **headers})

    return get


def test_values_are_cheap_to_ask_again(ask, lab):
    first = ask("/fakts/f/values/")
    assert (first.status_code, first.json()) == (200, {})
    tag = first["ETag"]
    assert ask("/fakts/f/values/", **{"if-none-match": tag}).status_code == 304
    assert ask("/fakts/f/values/", **{"if-none-match": f'W/{tag}, "x"'}).status_code == 304
    value_set(principal=principal(lab), target=Target("a.b"), value=[1])
    changed = ask("/fakts/f/values/", **{"if-none-match": tag})
    assert (changed.status_code, changed.json()) == (200, {"a.b": [1]})
    assert changed["ETag"] != tag


@pytest.mark.parametrize("path", ["values/", "audit.csv"])
def test_without_a_token_there_is_nothing(api, lab, path):
    assert api.browser.get(f"/fakts/f/{path}").status_code == 403


def test_the_trail_is_a_sheet_for_admins(ask):
    answer = ask("/fakts/f/audit.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["action"] for row in rows] == ["app.approved"]
    assert rows[0]["actor"] == "ada"
    assert "attachment" in answer["Content-Disposition"]


def test_the_trail_is_not_for_members(ask, api, lab, approve):
    started = api.start(identifier="org.example.eves")
    approve(started, membership=member(lab, "eve"))
    token = api.poll(started).json()["access_token"]
    assert ask("/fakts/f/audit.csv", token=token).status_code == 403


def test_a_hub_reports(logged_in, own_tokens, lab):
    browser = Api(authorization=f"Bearer {logged_in['access_token']}").browser
    body = {"healthy": True, "instances": {"mikro": {"healthy": True}}}
    path = "/fakts/f/hub-health/"
    assert browser.post(path, body, content_type="application/json").status_code == 200
    assert Hub.objects.get(organization=lab.organization).last_healthy is True
    assert browser.get(path).status_code == 400
    assert browser.post(path, {}, content_type="application/json").status_code == 400
