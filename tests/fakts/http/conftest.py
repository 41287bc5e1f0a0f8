"""Fixtures of the tests over HTTP.

- `browser`: one in which ada is logged in
- `web`: the dashboard in a browser in which ada gave her password
- `notebook`: a web app of somebody else, in the same browser
"""

from __future__ import annotations

import pytest
from appside import PASSWORD
from django.test import Client as Browser
from webside import BACK, WebApp

from fakts_server.models.organization import Membership
from fakts_server.operations.relying_party import relying_party_create


@pytest.fixture
def browser(lab: Membership) -> Browser:
    """A browser in which ada is logged in."""
    browser = Browser()
    browser.force_login(lab.user)
    return browser


@pytest.fixture
def web(lab):
    """The dashboard in a browser in which ada gave her password."""
    web = WebApp()
    web.browser.post("/fakts/login/", {"username": "ada", "password": PASSWORD})
    return web


@pytest.fixture
def notebook(lab, web):
    """A web app of somebody else, in the same browser."""
    relying_party_create(client_id="notebook", name="Lab notebook", redirect_uris=[BACK])
    app = WebApp("notebook", BACK)
    app.browser = web.browser
    return app
