"""Device logins as an app begins them, for stories in which no program has to run."""

from __future__ import annotations

from typing import Any

import httpx
from platform_handle import Platform
from processes import eventually

Login = dict[str, Any]
#: The least an app can ask for; a story changes what it is about.
MANIFEST: dict[str, Any] = {
    "identifier": "org.example.pocket",
    "version": "1.0.0",
    "author": "Ada Lovelace",
    "description": "Watches a bench from a phone.",
    "scopes": ["openid", "read"],
    "requirements": [
        {"key": "rekuest", "service": "live.arkitekt.rekuest", "optional": False},
        {"key": "mikro", "service": "live.arkitekt.mikro", "optional": True},
    ],
    "device_id": "pocket-1",
}


def started(platform: Platform, *, seconds: int = 300, **changes: Any) -> Login:
    """Begin a device login; the changes are to the manifest."""
    body = {
        "manifest": {**MANIFEST, **changes},
        "expiration_time_seconds": seconds,
        "redirect_uris": [],
        "requested_client_kind": "development",
        "requested_client_role": "interface",
    }
    answer = httpx.post(f"{platform.url}/fakts/o/app-authorization/", json=body, timeout=120)
    return dict(answer.raise_for_status().json())


def polled(platform: Platform, login: Login) -> Login:
    """What the app is told when it asks what became of its login."""
    answer = platform.post_form(
        "/fakts/o/token/",
        grant_type="urn:ietf:params:oauth:grant-type:device_code",
        device_code=login["device_code"],
        client_id=login["client_id"],
    )
    return dict(answer.json())


def token_of(platform: Platform, login: Login) -> str:
    """The access token of an approved login."""
    return str(polled(platform, login)["access_token"])


def expired(platform: Platform, **changes: Any) -> Login:
    """A login nobody decided about in time."""
    login = started(platform, seconds=10, **changes)
    eventually(lambda: polled(platform, login).get("error") == "expired_token", "the code runs out")
    return login


class Head:
    """An admin of an organization who speaks to fakts through its public API."""

    def __init__(self, platform: Platform, *, name: str, organization: str) -> None:
        self.platform = platform
        asked = ["openid", "read", "write"]
        login = started(platform, identifier="org.example.head", scopes=asked)
        member = ("--user", name, "--org", organization)
        platform.run("device", "approve", login["user_code"], *member)
        self._token = token_of(platform, login)

    def ask(self, document: str, **variables: Any) -> Any:
        """Send a document; its data."""
        answer = httpx.post(
            f"{self.platform.url}/fakts/graphql",
            json={"query": document, "variables": variables},
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=120,
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def change(self, name: str, kind: str, fields: str, /, **values: Any) -> Any:
        """Send a mutation that takes one input."""
        document = f"mutation ($input: {kind}!) {{ done: {name}(input: $input) {{ {fields} }} }}"
        return self.ask(document, input=values)["done"]

    def invite(self) -> str:
        """The link of a fresh invite."""
        made = self.change("createInvite", "CreateInviteInput", "inviteUrl", maxUses=1)
        return str(made["inviteUrl"])

    def block(self, username: str, blocked: bool = True) -> None:
        """Shut a member out, or let them in again."""
        members = self.ask("{ memberships { id user { username } } }")["memberships"]
        found = next(one["id"] for one in members if one["user"]["username"] == username)
        self.change("blockMember", "BlockMemberInput", "id", id=found, blocked=blocked)
