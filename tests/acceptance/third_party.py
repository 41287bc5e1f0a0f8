"""A web app of a third party: a server of its own that logs people in by OpenID Connect.

Its side of OAuth is oauthlib, its check of the ID token PyJWT; of the platform it knows what its
operator typed in: the issuer, the client id and the secret.
"""

from __future__ import annotations

import html
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
from oauthlib.common import generate_token
from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

SCOPES = ["openid", "profile", "offline_access"]


class Viewer:
    """What the web app keeps: its registration, and whom it logged in last."""

    def __init__(self, issuer: str) -> None:
        self.provider: dict[str, Any] = httpx.get(
            f"{issuer}/.well-known/openid-configuration", timeout=30
        ).json()
        self.url = ""
        self.secret = ""
        self.tokens: dict[str, Any] = {}
        self._oauth = WebApplicationClient("")
        self._state = self._nonce = ""

    def register(self, client_id: str, secret: str) -> None:
        """Take in what the platform's admin handed over."""
        self._oauth = WebApplicationClient(client_id)
        self.secret = secret

    def login_url(self, **more: str) -> str:
        """Where to send somebody who wants to log in."""
        self._state, self._nonce = generate_token(), generate_token()
        self._oauth.create_code_verifier(64)
        uri: str = self._oauth.prepare_request_uri(
            self.provider["authorization_endpoint"],
            redirect_uri=f"{self.url}/done",
            scope=SCOPES,
            state=self._state,
            nonce=self._nonce,
            code_challenge=self._oauth.create_code_challenge(self._oauth.code_verifier, "S256"),
            code_challenge_method="S256",
            **more,
        )
        return uri

    def logout_url(self) -> str:
        """Where to send somebody who wants to log out, everywhere."""
        fields = {
            "id_token_hint": self.tokens["id_token"],
            "post_logout_redirect_uri": f"{self.url}/bye",
        }
        return f"{self.provider['end_session_endpoint']}?{urlencode(fields)}"

    def finish(self, path: str) -> str:
        """Take in the answer the browser brought; who it is."""
        answer = self._oauth.parse_request_uri_response(f"{self.url}{path}", state=self._state)
        body = self._oauth.prepare_request_body(
            code=answer["code"],
            redirect_uri=f"{self.url}/done",
            code_verifier=self._oauth.code_verifier,
        )
        self._keep(self._post(body))
        return str(self.claims()["preferred_username"])

    def refresh(self) -> int:
        """Renew the tokens without the person; the status of the answer."""
        body = self._oauth.prepare_refresh_body(refresh_token=self.tokens["refresh_token"])
        answer = self._post(body)
        if answer.is_success:
            self._keep(answer)
        return answer.status_code

    def claims(self) -> dict[str, Any]:
        """What the ID token says, checked as the standard wants it."""
        token = self.tokens["id_token"]
        key = jwt.PyJWKSet.from_dict(httpx.get(self.provider["jwks_uri"], timeout=120).json())
        wanted = jwt.get_unverified_header(token)["kid"]
        claims: dict[str, Any] = jwt.decode(
            token,
            next(one for one in key.keys if one.key_id == wanted),
            algorithms=["RS256"],
            audience=self._oauth.client_id,
            issuer=self.provider["issuer"],
        )
        assert claims["nonce"] == self._nonce
        return claims

    def userinfo(self) -> dict[str, Any]:
        """What the platform tells about the person now."""
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        answer = httpx.get(self.provider["userinfo_endpoint"], headers=headers, timeout=120)
        return dict(answer.raise_for_status().json())

    def _post(self, body: str) -> httpx.Response:
        return httpx.post(
            self.provider["token_endpoint"],
            content=body,
            auth=(str(self._oauth.client_id), self.secret),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            timeout=120,
        )

    def _keep(self, answer: httpx.Response) -> None:
        self._oauth.parse_request_body_response(answer.text)
        self.tokens = answer.json()


class _Handler(BaseHTTPRequestHandler):
    """The web app's few pages; `viewer` is set by the server that uses it."""

    viewer: Viewer

    def do_GET(self) -> None:
        """Show a page, or send the browser to the platform."""
        onward = {
            "/login": self.viewer.login_url,
            "/login-again": lambda: self.viewer.login_url(prompt="consent"),
            "/out": self.viewer.logout_url,
        }
        pages = {"/": lambda: '<a href="/login">Log in</a>', "/done": self._done}
        path = self.path.partition("?")[0]
        if path in onward:
            self.send_response(303)
            self.send_header("Location", onward[path]())
            self.end_headers()
            return
        body = pages.get(path, lambda: "<h1>Bye</h1>")()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f"<!doctype html><title>Viewer</title>{body}".encode())

    def _done(self) -> str:
        try:
            name = self.viewer.finish(self.path)
        except OAuth2Error as error:
            return f"<h1>Refused: {html.escape(str(error.error))}</h1>"
        return f"<h1>Hello, {html.escape(name)}</h1><a href=/out>Log out</a>"

    def log_message(self, *words: object) -> None:
        """Keep quiet."""


@contextmanager
def serving(issuer: str) -> Iterator[Viewer]:
    """A running web app, which nobody has registered yet."""
    viewer = Viewer(issuer)
    handler = type("Handler", (_Handler,), {"viewer": viewer})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        viewer.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield viewer
        finally:
            server.shutdown()
            thread.join()
