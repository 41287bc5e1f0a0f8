"""A web app's side of OpenID Connect: the dashboard's unless told otherwise."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client as Browser

from fakts_server.domain.authorization import challenge_of

DONE = "http://127.0.0.1:8000/login/done"
#: Where a web app of somebody else is sent back to.
BACK = "https://notebook.example/done"


class WebApp:
    """A browser in which a web app runs; it keeps the PKCE verifier and the state."""

    def __init__(self, client_id: str = "dashboard", redirect_uri: str = DONE) -> None:
        self.browser = Browser()
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.verifier = secrets.token_urlsafe(48)

    def query(self, **changes: str | None) -> dict[str, str]:
        """The parameters of a request; None leaves one out."""
        fields = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile",
            "state": "st",
            "nonce": "no",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return {key: value for key, value in fields.items() if value is not None}

    def ask(self, **changes: str | None) -> Any:
        """Send the browser to the authorization endpoint."""
        return self.browser.get(f"/fakts/o/authorize/?{urlencode(self.query(**changes))}")

    def exchange(self, code: str, **changes: str | None) -> Any:
        """Exchange a code at the token endpoint."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client_id,
            "code_verifier": self.verifier,
            **changes,
        }
        return Browser().post(
            "/fakts/o/token/",
            urlencode({key: value for key, value in fields.items() if value is not None}),
            content_type="application/x-www-form-urlencoded",
        )

    def log_in(self, **changes: str | None) -> dict[str, Any]:
        """Go the whole way; return the token answer."""
        code = answer_of(self.ask(**changes))["code"]
        answer = self.exchange(code)
        assert answer.status_code == 200, answer.content
        return dict(answer.json())


def answer_of(response: Any) -> dict[str, str]:
    """What a redirect brings back to the web app."""
    assert response.status_code == 303, (response.status_code, response.content)
    return {key: value[0] for key, value in parse_qs(urlsplit(response["Location"]).query).items()}


def consent(
    app: WebApp, decision: str = "allow", organization: str = "lab", **changes: str | None
) -> Any:
    """Answer the page that asks whether a web app may act for one."""
    form = {
        "asked": urlencode(app.query(**changes)),
        "decision": decision,
        "organization": organization,
    }
    return app.browser.post("/fakts/o/authorize/decide/", form)
