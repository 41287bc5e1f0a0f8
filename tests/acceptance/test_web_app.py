"""A web app of a third party logs people in: registered, agreed to, logged out, removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browsing import log_in
from lab import Lab
from playwright.sync_api import Browser, Page, expect
from screens import Gallery, visitor
from third_party import SCOPES, Viewer, serving

NAME = "Plate viewer"


@pytest.fixture
def viewer(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Viewer]:
    """The web app's server."""
    # oauthlib speaks plain http only where it is told that this is meant.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    with serving(f"{lab.platform.url}/fakts") as viewer:
        yield viewer


@pytest.fixture
def registered(lab: Lab, viewer: Viewer) -> Iterator[dict[str, Any]]:
    """Its registration by the command line."""
    made: dict[str, Any] = lab.platform.run(
        *("webapp", "add", NAME, "--org", lab.organization, "--confidential"),
        *("--redirect-uri", f"{viewer.url}/done", "--post-logout-uri", f"{viewer.url}/bye"),
        *(word for scope in SCOPES for word in ("--scope", scope)),
        *("--service", "live.arkitekt.mikro"),
    )
    viewer.register(made["client_id"], made["secret"])
    yield made
    if any(row["id"] == made["id"] for row in listed(lab)):
        lab.platform.run("webapp", "remove", made["id"], "--org", lab.organization)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Page]:
    """Somebody's browser, on a phone."""
    with visitor(browser) as page:
        yield page


def listed(lab: Lab) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = lab.platform.run("webapp", "list", "--org", lab.organization)
    return rows


def agree(page: Page, lab: Lab, viewer: Viewer) -> None:
    """Log in at the web app for the first time, and look at what one agrees to."""
    page.goto(viewer.url)
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_text(f"to go on to {NAME}")).to_be_visible()
    log_in(page, username=lab.user, password=lab.password)
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shown = Gallery(page, scheme)
        shown.look("consent")
        assert shown.wrong == {}
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name=f"Hello, {lab.user}")).to_be_visible()


def test_a_web_app_logs_people_in_and_out(
    lab: Lab, viewer: Viewer, registered: dict[str, Any], visit: Page
) -> None:
    agree(visit, lab, viewer)
    claims = viewer.claims()
    assert (claims["preferred_username"], claims["org_slug"]) == (lab.user, lab.organization)
    assert viewer.userinfo()["sub"] == claims["sub"]
    assert set(viewer.tokens["instances"]) == {"mikro"}

    # Agreed once is agreed.
    visit.goto(f"{viewer.url}/login")
    expect(visit.get_by_role("heading", name=f"Hello, {lab.user}")).to_be_visible()
    visit.goto(f"{viewer.url}/login-again")
    visit.get_by_role("button", name="Cancel").click()
    expect(visit.get_by_role("heading", name="Refused: access_denied")).to_be_visible()

    visit.goto(f"{viewer.url}/login")
    visit.get_by_role("link", name="Log out").click()
    expect(visit.get_by_role("heading", name="Bye")).to_be_visible()
    visit.goto(f"{lab.platform.url}/fakts/account/")
    expect(visit.get_by_role("heading", name="Log in")).to_be_visible()


def test_an_old_secret_is_refused_and_a_removed_web_app_unknown(
    lab: Lab, viewer: Viewer, registered: dict[str, Any], visit: Page
) -> None:
    agree(visit, lab, viewer)
    assert viewer.refresh() == 200
    renewed = lab.platform.run("webapp", "rotate", registered["id"], "--org", lab.organization)
    assert viewer.refresh() == 401
    viewer.secret = renewed["secret"]
    assert viewer.refresh() == 200
    assert [row["name"] for row in listed(lab)] == [NAME]

    lab.platform.run("webapp", "remove", registered["id"], "--org", lab.organization)
    assert listed(lab) == []
    assert viewer.refresh() == 400
    visit.goto(f"{viewer.url}/login")
    expect(visit.get_by_text("is not registered")).to_be_visible()
