"""A person at the store for the length of one command: logs in by a key, asks services.

The command line has no rights that others have not: it is an app like every other one, and what it
may do is what the person may do it acts for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from deployment.addresses import is_loopback
from deployment.administration import run_operation
from deployment.engine import running_url
from deployment.errors import CommandRefused, DeploymentError, NotRunning
from deployment.home import Home, read_json, write_private
from deployment.version import version

APP = "live.bauhof.cli"
_GRANT = "urn:fakts:grant-type:mandate-key"
_PATIENCE_SECONDS = 90.0
_SERVICES = ("rekuest", "kabinet")


class LoginRefused(CommandRefused):
    """fakts does not let the command line in: its key was withdrawn, or never was one."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="LOGIN_REFUSED")


class Session:
    """Asks the services of a platform as one person."""

    def __init__(self, url: str, key: str, http: httpx.Client, scopes: Sequence[str] = ()) -> None:
        self.url = url
        self._key = key
        self._http = http
        self.token = _token(http, url, key, scopes)

    def with_scopes(self, scopes: Sequence[str]) -> Session:
        """Log in once more with scopes: nobody hands on what their own app may not."""
        return Session(self.url, self._key, self._http, scopes)

    def ask(self, service: str, document: str, **variables: Any) -> Any:
        """Send a service a document; what it answered, or its first error as ours."""
        answer = _sent(
            self._http,
            f"{self.url}/{service}/graphql",
            json={"query": document, "variables": variables},
            headers={"Authorization": f"Bearer {self.token}"},
        )
        if answer.get("errors"):
            raise refusal_of(answer["errors"][0])
        return answer["data"]


def refusal_of(problem: dict[str, Any]) -> CommandRefused:
    """Return an error of a service as an error of ours."""
    extensions = problem.get("extensions") or {}
    return CommandRefused(
        str(problem.get("message", "the service refused")),
        code=str(extensions.get("code", "REFUSED")),
        field=extensions.get("field"),
    )


@contextmanager
def session_at(home: Home, *, organization: str, username: str) -> Iterator[Session]:
    """Log in at the platform of a home, by a key that is made once and kept there (0600).

    It has to be kept: approvals stand on mandates the command line hands on, and these end with it.
    """
    url = running_url(home)
    name = hashlib.sha256(f"{organization}/{username}".encode()).hexdigest()[:16]
    file = home.secrets_dir / f"store-{name}.json"
    words = {"username": username, "organization": organization, "app": APP}
    with ExitStack() as ending:
        session = None
        kept = read_json(file)
        if kept is not None:
            # A key that was withdrawn meanwhile is replaced.
            with suppress(LoginRefused):
                session = ending.enter_context(session_by_key(url, str(kept["key"])))
        if session is None:
            key = str(run_operation(home, "key.create", **words)["key"])
            write_private(file, json.dumps({**words, "key": key}))
            session = ending.enter_context(session_by_key(url, key))
        yield session


@contextmanager
def session_elsewhere(url: str, key_file: Path) -> Iterator[Session]:
    """Log in at another platform by a key that was made there."""
    try:
        key = key_file.read_text(encoding="utf8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DeploymentError(f"cannot read {key_file}", field="key-file") from error
    with session_by_key(url, key) as session:
        yield session


@contextmanager
def session_by_key(url: str, key: str) -> Iterator[Session]:
    """Log in by a mandate key."""
    # A platform of this machine is asked straight, whatever proxies lead out.
    is_near = is_loopback(urlsplit(url).hostname or "")
    with httpx.Client(timeout=_PATIENCE_SECONDS, trust_env=not is_near) as http:
        yield Session(url.rstrip("/"), key, http)


def _token(http: httpx.Client, url: str, key: str, scopes: Sequence[str]) -> str:
    manifest = {
        "identifier": APP,
        "version": version(),
        "description": "The command line of the platform",
        "scopes": list(scopes),
        "requirements": [{"key": name, "service": f"live.arkitekt.{name}"} for name in _SERVICES],
    }
    form = {"grant_type": _GRANT, "key": key, "manifest": json.dumps(manifest)}
    answer = _sent(http, f"{url}/fakts/o/token/", data=form)
    if "access_token" not in answer:
        reason = answer.get("error_description", "fakts does not let the command line in")
        raise LoginRefused(str(reason))
    return str(answer["access_token"])


def _sent(http: httpx.Client, url: str, **request: Any) -> dict[str, Any]:
    try:
        answer = http.post(url, **request)
    except httpx.HTTPError as error:
        raise NotRunning(
            f"{url} cannot be asked: {error}", hint="`bauhof status` shows what runs there."
        ) from error
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise DeploymentError(f"{url} answered {answer.status_code} and nothing readable")
    return body
