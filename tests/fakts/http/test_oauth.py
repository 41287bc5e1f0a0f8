"""What all OAuth endpoints share: who the client is, which field is wrong, who may read along."""

from __future__ import annotations

import base64
from urllib.parse import quote_plus

import pytest
from appside import manifest
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from fakts_server.domain.errors import InvalidClient, InvalidRequest
from fakts_server.http.oauth import parse, readable_by_web_apps, with_basic
from fakts_server.models.relying_party import RelyingParty
from fakts_server.wire.device_authorization import DeviceAuthorizationBody
from fakts_server.wire.health import HubHealthBody
from fakts_server.wire.report import ReportBody
from fakts_server.wire.token import AuthorizationCodeForm, MandateKeyForm, RefreshForm

PARTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def asking(**headers: str):
    return RequestFactory().post("/fakts/o/token/", headers=headers)


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@given(name=PARTS, key=PARTS)
def test_any_id_and_secret_survive_basic(name, key):
    request = asking(Authorization=basic(f"{quote_plus(name)}:{quote_plus(key)}"))
    assert with_basic(request, {"a": "b"}) == {"a": "b", "client_id": name, "client_secret": key}


@given(name=PARTS, other=PARTS)
def test_the_form_may_repeat_the_client_but_not_name_another(name, other):
    request = asking(Authorization=basic(f"{quote_plus(name)}:key"))
    assert with_basic(request, {"client_id": name})["client_secret"] == "key"
    if other != name:
        with pytest.raises(InvalidClient):
            with_basic(request, {"client_id": other})


@pytest.mark.parametrize("header", ["", "Bearer abc", "bearer", "Digest x", "Basics eDp5"])
def test_other_schemes_leave_the_form_alone(header):
    form = {"client_id": "x", "client_secret": "y"}
    assert with_basic(asking(Authorization=header), form) == form


@pytest.mark.parametrize(
    "header", ["Basic !", "Basic a", "Basic //8=", "basic \xe4", f"Basic {'A' * 5}", "Basic eDp5 z"]
)
def test_what_is_no_basic_is_refused(header):
    with pytest.raises(InvalidClient) as refused:
        with_basic(asking(Authorization=header), {})
    assert refused.value.http_status == 401


def device(**changes):
    return {"manifest": manifest(), **changes}


@pytest.mark.parametrize(
    ("model", "body", "field"),
    [
        (DeviceAuthorizationBody, {}, "manifest"),
        (DeviceAuthorizationBody, {"manifest": None}, "manifest"),
        (DeviceAuthorizationBody, {"manifest": manifest(identifier="")}, "manifest.identifier"),
        (DeviceAuthorizationBody, {"manifest": manifest(identifier="a/b")}, "manifest.identifier"),
        (DeviceAuthorizationBody, {"manifest": manifest(version="v" * 101)}, "manifest.version"),
        (DeviceAuthorizationBody, {"manifest": manifest(version="a\0")}, "manifest.version"),
        (DeviceAuthorizationBody, {"manifest": manifest(scopes="openid")}, "manifest.scopes"),
        (DeviceAuthorizationBody, {"manifest": manifest(scopes=["x" * 201])}, "manifest.scopes.0"),
        (DeviceAuthorizationBody, {"manifest": manifest(scopes=["x"] * 101)}, "manifest.scopes"),
        (
            DeviceAuthorizationBody,
            {"manifest": manifest(requirements=[{"key": "a"}])},
            "manifest.requirements.0.service",
        ),
        (
            DeviceAuthorizationBody,
            {"manifest": manifest(public_sources=[{"kind": "github"}])},
            "manifest.public_sources.0.url",
        ),
        (DeviceAuthorizationBody, device(requested_client_kind="toaster"), "requested_client_kind"),
        (DeviceAuthorizationBody, device(requested_client_role="boss"), "requested_client_role"),
        (
            DeviceAuthorizationBody,
            device(expiration_time_seconds="soon"),
            "expiration_time_seconds",
        ),
        (DeviceAuthorizationBody, device(redirect_uris=["x"] * 21), "redirect_uris"),
        (DeviceAuthorizationBody, device(redirect_uris=["x" * 2001]), "redirect_uris.0"),
        (DeviceAuthorizationBody, device(redirect_uris=["\ud800"]), "redirect_uris.0"),
        (RefreshForm, {}, "refresh_token"),
        (RefreshForm, {"refresh_token": ""}, "refresh_token"),
        (RefreshForm, {"refresh_token": "x" * 1001}, "refresh_token"),
        (RefreshForm, {"refresh_token": "x", "client_id": ""}, "client_id"),
        (MandateKeyForm, {"key": "k"}, "manifest"),
        (MandateKeyForm, {"manifest": manifest()}, "key"),
        (AuthorizationCodeForm, {"code": "c"}, "redirect_uri"),
        (
            AuthorizationCodeForm,
            {"code": "c", "redirect_uri": "https://x", "client_id": "w"},
            "code_verifier",
        ),
        (HubHealthBody, {}, "healthy"),
        (HubHealthBody, {"healthy": True, "hub": 1}, "hub"),
        (HubHealthBody, {"healthy": True, "instances": {"a": {}}}, "instances.a.healthy"),
        (HubHealthBody, {"healthy": True, "version": "x" * 101}, "version"),
        (ReportBody, {"alias_reports": {"a": 1}}, "alias_reports.a"),
        (ReportBody, {"alias_reports": {"a": {"valid": "perhaps"}}}, "alias_reports.a.valid"),
    ],
)
def test_the_first_wrong_field_is_named_and_its_value_is_not_repeated(model, body, field):
    with pytest.raises(InvalidRequest) as refused:
        parse(model, body)
    assert refused.value.field == field
    assert refused.value.message.startswith(f"{field}: ")
    assert "Value error" not in refused.value.message


@pytest.mark.parametrize(
    ("origin", "is_read"),
    [
        ("https://viewer.example", True),
        ("https://viewer.example:8443", False),
        ("http://viewer.example", False),
        ("https://viewer.example.evil.org", False),
        ("https://evil.org", False),
        ("null", False),
        ("*", False),
        ("", False),
    ],
)
def test_pages_of_registered_web_apps_read_along(lab, origin, is_read):
    RelyingParty.objects.create(
        client_id="viewer", name="Viewer", redirect_uris=["https://viewer.example/done"]
    )
    answer = readable_by_web_apps(asking(Origin=origin), HttpResponse())
    assert (answer.get("Access-Control-Allow-Origin") == origin) is (is_read and bool(origin))
    assert answer.get("Access-Control-Allow-Credentials") is None
    assert answer.get("Vary") == ("Origin" if origin else None)


@pytest.mark.parametrize("path", ["token/", "revoke/", "app-authorization/"])
@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head"])
def test_endpoints_take_posts_and_are_never_cached(api, installed, path, method):
    answer = getattr(api.browser, method)(f"/fakts/o/{path}")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")
    asked = api.browser.options(f"/fakts/o/{path}")
    assert (asked.status_code, asked.json()) == (200, {})
