"""What holds for all machine endpoints: bad input, revocation, reports, keys."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from fakts_server.models.client import ReportEntry
from fakts_server.models.instance import InstanceAlias

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("path", ["/fakts/o/token/", "/fakts/o/revoke/"])
@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"a=1", "text/plain", 415),
        (b"a=" + b"x" * 5_000_000, FORM, 413),
        (b"&".join(b"k%d=v" % i for i in range(2000)), FORM, 400),
    ],
)
def test_bad_forms_get_a_typed_answer(api, installed, path, body, kind, status):
    answer = api.browser.post(path, body, content_type=kind)
    assert (answer.status_code, answer.json()["error"]) == (status, "invalid_request")
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"x": "y"}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x" * 1001}, "invalid_request"),
    ],
)
def test_the_token_endpoint_answers_in_oauth_words(api, installed, fields, code):
    answer = api.token(**fields)
    assert (answer.status_code, answer.json()["error"]) == (400, code)


@pytest.mark.parametrize("path", ["/fakts/o/token/", "/fakts/o/revoke/", "/fakts/f/report/"])
def test_get_is_refused(api, installed, path):
    assert api.browser.get(path).status_code in (400, 405)


def test_logout_ends_the_session(api, logged_in):
    after = api.refresh(logged_in).json()
    answer = api.form(
        "/fakts/o/revoke/",
        token=after["refresh_token"],
        token_type_hint="refresh_token",
        client_id=after["client_id"],
    )
    assert (answer.status_code, answer.json()) == (200, {})
    assert api.refresh(after).json()["error"] == "invalid_grant"
    # Nor does the older token of the chain work, although it is within the grace.
    assert api.refresh(logged_in).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "fields", [{"x": "y"}, {"token": ""}, {"token": "unknown"}, {"token": "\0"}]
)
def test_revoking_what_is_unknown_is_no_error(api, installed, fields):
    answer = api.form("/fakts/o/revoke/", **fields)
    assert (answer.status_code, answer.json()) == (200, {})


def test_the_key_set_holds_public_halves_only(api, installed):
    answer = api.browser.get("/fakts/o/jwks/")
    [entry] = answer.json()["keys"]
    assert set(entry) == {"kty", "n", "e", "kid", "use", "alg"}
    assert "max-age" in answer["Cache-Control"]


def _report(alias_id):
    return {
        "alias_reports": {
            "rekuest": {"alias_id": alias_id, "reason": None, "valid": True},
            "foreign": {"alias_id": "1", "reason": "x", "valid": False},
        },
        "functional": True,
    }


async def _post(http, body, token):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await http.post("/fakts/f/report/", json=body, headers=headers)


@pytest.fixture
def reporting(transactional_db, logged_in, lab, mint):
    """The client's alias of rekuest, and a token as the service under test trusts it."""
    member = mint.member(
        sub=str(lab.user_id), org=str(lab.organization_id), client_id=logged_in["client_id"]
    )
    return logged_in["instances"]["rekuest"]["aliases"][0]["id"], member.token


async def test_a_report_is_kept(reporting, http):
    alias, token = reporting
    answer = await _post(http, _report(alias), token)
    assert (answer.status_code, answer.json()) == (200, {"status": "reported"})
    entries = await sync_to_async(list)(ReportEntry.objects.values_list("key", "alias", "is_valid"))
    assert entries == [("rekuest", int(alias), True)]


async def test_an_alias_that_is_not_the_clients_is_not_believed(reporting, http):
    _, token = reporting
    foreign = await sync_to_async(
        lambda: InstanceAlias.objects.filter(instance__identifier="mikro").first().pk
    )()
    for alias in (str(foreign), "999999", "nonsense", "\ud800".encode("utf8", "replace").decode()):
        assert (await _post(http, _report(alias), token)).status_code == 200
        entry = await sync_to_async(ReportEntry.objects.get)(key="rekuest")
        assert entry.alias_id is None


@pytest.mark.parametrize("kind", ["none", "garbage", "other_client", "other_audience"])
async def test_a_report_needs_a_token_of_the_client(reporting, http, mint, kind):
    tokens = {
        "none": "",
        "garbage": "x.y.z",
        "other_client": mint.member(client_id="nobody").token,
        "other_audience": mint.member(aud=["rekuest"]).token,
    }
    answer = await _post(http, _report("1"), tokens[kind])
    assert (answer.status_code, answer.json()["error"]) == (403, "UNAUTHENTICATED")
    assert not await sync_to_async(ReportEntry.objects.exists)()


@pytest.mark.parametrize("body", [[], "x", {"alias_reports": []}, {"functional": "perhaps"}])
async def test_a_bad_report_gets_a_typed_answer(reporting, http, body):
    _, token = reporting
    answer = await _post(http, body, token)
    assert answer.status_code == 400
    assert answer.json()["error"]
