"""Fixtures of the tests over HTTP: ``browser``, in which ada is logged in."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from fakts_server.models.organization import Membership


@pytest.fixture
def browser(lab: Membership) -> Browser:
    """A browser in which ada is logged in."""
    browser = Browser()
    browser.force_login(lab.user)
    return browser
