"""A person approves an app by its code in the dashboard, and takes the permission back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from desk import PASSWORD, Desk, desk_in
from lab import Lab
from platform_handle import Platform, clients_python
from playwright.sync_api import Browser, expect


def test_an_app_is_approved_by_its_code(desk: Desk, lab: Lab) -> None:
    program = lab.start("login", "by-hand", APP="org.example.bench")
    code = program.wait(what="code")["code"]
    page = desk.open(f"/device?code={code}", title="org.example.bench")
    assert desk.accessibility() == []
    page.get_by_role("button", name="Allow").click()
    desk.titled("It may work for you now")
    assert program.wait(what="granted")
    page = desk.open("/o/lab/apps", title="Apps")
    expect(page.get_by_role("table", name="Apps")).to_contain_text("org.example.bench")


@pytest.fixture
def shed(platform: Platform, tmp_path: Path) -> Iterator[Lab]:
    """Another lab, so that the actions of its app stand beside nobody else's."""
    with closing(Lab(platform, name="shed", folder=tmp_path, python=clients_python())) as shed:
        shed.add_user("shed-admin", PASSWORD, role="admin")
        yield shed


@pytest.fixture
def shed_desk(browser: Browser, shed: Lab) -> Iterator[Desk]:
    """The page of its admin."""
    with desk_in(browser, shed.platform.url) as desk:
        desk.log_in("/o/shed/apps", username="shed-admin", password=PASSWORD)
        desk.titled("Apps")
        yield desk
        assert desk.complaints() == []


def test_a_revoked_app_is_out_at_once(shed_desk: Desk, shed: Lab) -> None:
    desk, key = shed_desk, shed.key()
    program = shed.start("workshop", "unwanted", key=key, WORKSHOP="org.example.unwanted")
    program.wait(what="connection", state="registered")
    page = desk.open("/o/shed/apps", title="Apps")
    row = page.get_by_role("table", name="Apps").get_by_role("row")
    row = row.filter(has_text="org.example.unwanted")
    row.get_by_role("button", name="Revoke").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It is logged out at once")
    assert desk.accessibility() == []
    dialog.get_by_role("button", name="Revoke org.example.unwanted").click()
    expect(row).to_have_count(0)
    desk.open("/o/shed/agents", title="Agents")
    agent = page.get_by_role("table", name="Agents").get_by_role("row")
    expect(agent.filter(has_text="org.example.unwanted")).to_contain_text("away")
    program.close()


MANIFEST = {
    "identifier": "org.example.chooser",
    "version": "1.0.0",
    "scopes": ["openid"],
    "requirements": [{"key": "images", "service": "live.arkitekt.mikro", "optional": False}],
    "device_id": "chooser",
}
SECOND = """mutation Second($input: CreateServiceInstanceInput!) {
  createServiceInstance(input: $input) { id }
}"""
WIRED = "{ clients { name release { app { identifier } } mappings { key instance { name } } } }"


def admin_of(platform: Platform, organization: str, user: str) -> httpx.Client:
    """What an admin's program may ask fakts."""
    made = platform.run("key", "create", "--user", user, "--org", organization)
    answer = platform.post_form(
        "/fakts/o/token/",
        grant_type="urn:fakts:grant-type:mandate-key",
        key=str(made["key"]),
        manifest=json.dumps({**MANIFEST, "identifier": "org.example.admin", "requirements": []}),
        requested_client_kind="development",
        requested_client_role="interface",
        request_auth_key="false",
    )
    token = answer.raise_for_status().json()["access_token"]
    return httpx.Client(base_url=platform.url, headers={"Authorization": f"Bearer {token}"})


def ask(client: httpx.Client, document: str, **variables: object) -> dict:
    answer = client.post("/fakts/graphql", json={"query": document, "variables": variables})
    told = answer.raise_for_status().json()
    assert "errors" not in told, told
    return dict(told["data"])


def waiting(platform: Platform) -> str:
    """The code of an app that waits to be let in."""
    body = {
        "manifest": MANIFEST,
        "redirect_uris": [],
        "requested_client_kind": "development",
        "requested_client_role": "interface",
    }
    started = httpx.post(f"{platform.url}/fakts/o/app-authorization/", json=body)
    return str(started.raise_for_status().json()["user_code"])


def wired_to(client: httpx.Client) -> str:
    """The instance the app that was let in got for its images."""
    wired = {
        one["release"]["app"]["identifier"]: one["mappings"]
        for one in ask(client, WIRED)["clients"]
        if one["release"]
    }
    [images] = wired[MANIFEST["identifier"]]
    assert images["key"] == "images"
    return str(images["instance"]["name"])


def test_one_of_two_instances_is_chosen(browser: Browser, platform: Platform) -> None:
    platform.run("org", "create", "annex")
    member = ("annex-admin", "--org", "annex", "--role", "admin", "--password-stdin")
    platform.run("user", "create", *member, stdin=PASSWORD)
    admin = admin_of(platform, "annex", "annex-admin")
    with admin as client, desk_in(browser, platform.url) as desk:
        second = {"identifier": "second-mikro", "service": "live.arkitekt.mikro"}
        ask(client, SECOND, input=second)
        code = waiting(platform)
        desk.log_in(f"/device?code={code}", username="annex-admin", password=PASSWORD)
        desk.titled(MANIFEST["identifier"])
        page = desk.page
        page.get_by_role("combobox", name="Which images").click()
        page.get_by_role("option", name="second-mikro").click()
        desk.picture("story-choose-instance")
        assert desk.accessibility() == []
        page.get_by_role("button", name="Allow").click()
        desk.titled("It may work for you now")
        assert "second-mikro" in wired_to(client)
        assert desk.complaints() == []


HUB = "mutation Hub($input: CreateHubInput!) { createHub(input: $input) { id } }"
FOUND = """mutation Found($input: CreateOrganizationInput!) {
  createOrganization(input: $input) { slug }
}"""


def test_organization_and_hub_are_chosen(browser: Browser, platform: Platform) -> None:
    platform.run("org", "create", "depot")
    member = ("depot-admin", "--org", "depot", "--role", "admin", "--password-stdin")
    platform.run("user", "create", *member, stdin=PASSWORD)
    admin = admin_of(platform, "depot", "depot-admin")
    with admin as client, desk_in(browser, platform.url) as desk:
        wish = {"identifier": "cellar", "name": "Cellar", "description": "Under the stairs."}
        hub = ask(client, HUB, input=wish)["createHub"]["id"]
        there = {"identifier": "cellar-mikro", "service": "live.arkitekt.mikro", "hub": hub}
        ask(client, SECOND, input=there)
        other = ask(client, FOUND, input={"name": "Quay"})["createOrganization"]["slug"]
        code = waiting(platform)
        desk.log_in(f"/device?code={code}", username="depot-admin", password=PASSWORD)
        desk.titled(MANIFEST["identifier"])
        page = desk.page
        for slug, name in ((other, "Quay"), ("depot", "depot")):
            page.get_by_role("combobox", name="Organization").click()
            page.get_by_role("option", name=name, exact=True).click()
            expect(page.get_by_text(f"It will work in {slug}.")).to_be_visible()
        page.get_by_role("combobox", name="Wired to the hub").click()
        page.get_by_role("option", name="Cellar").click()
        expect(page.get_by_text("Under the stairs.")).to_be_visible()
        desk.picture("story-choose-hub")
        assert desk.accessibility() == []
        page.get_by_role("button", name="Allow").click()
        desk.titled("It may work for you now")
        assert "cellar-mikro" in wired_to(client)
        assert desk.complaints() == []
