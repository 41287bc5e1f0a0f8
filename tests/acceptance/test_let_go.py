"""An app that is removed, or whose person is blocked, is refused by everything there is."""

from __future__ import annotations

from typing import Any

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import ClientError
from browsing import log_in
from devices import Head, Login, polled, started
from lab import Lab
from playwright.sync_api import Page
from processes import eventually

SERVICES = ("fakts", "rekuest", "mikro", "kabinet")
EVERYTHING = (*SERVICES, "the object store")
_UPLOAD = """
mutation { requestMediaUpload(input: {originalFileName: "a.txt"}) {
    accessKey secretKey sessionToken bucket key
} }
"""


class Held:
    """An app with a token for every service, and a grant for the object store."""

    def __init__(self, lab: Lab, identifier: str, *, user: str) -> None:
        self._platform = lab.platform
        needs = [
            {"key": name, "service": f"live.arkitekt.{name}", "optional": False}
            for name in SERVICES[1:]
        ]
        login = started(lab.platform, identifier=identifier, requirements=needs)
        member = ("--user", user, "--org", lab.organization)
        lab.platform.run("device", "approve", login["user_code"], *member)
        self._take(polled(lab.platform, login))

    def renew(self) -> None:
        """Refresh the token, and get a new grant with it."""
        answer = self._platform.post_form(
            "/fakts/o/token/",
            grant_type="refresh_token",
            refresh_token=self._envelope["refresh_token"],
            client_id=self._envelope["client_id"],
        )
        self._take(answer.raise_for_status().json())

    def _take(self, envelope: Login) -> None:
        self._envelope = envelope
        answer = self._ask("mikro", _UPLOAD).json()
        self._grant: dict[str, Any] = answer["data"]["requestMediaUpload"]
        self._s3 = boto3.client(
            "s3",
            endpoint_url=self._platform.url,
            aws_access_key_id=self._grant["accessKey"],
            aws_secret_access_key=self._grant["secretKey"],
            aws_session_token=self._grant["sessionToken"],
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
        )

    def _ask(self, service: str, document: str) -> httpx.Response:
        return httpx.post(
            f"{self._platform.url}/{service}/graphql",
            json={"query": document},
            headers={"Authorization": f"Bearer {self._envelope['access_token']}"},
            timeout=120,
        )

    def opens(self, what: str) -> bool:
        """Tell whether it is still answered there."""
        if what in SERVICES:
            answer = self._ask(what, "{ __typename }")
            return answer.status_code == 200 and "errors" not in answer.json()
        try:
            self._s3.put_object(Bucket=self._grant["bucket"], Key=self._grant["key"], Body=b"a")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDenied"
            return False
        return True

    def opened(self) -> list[str]:
        """What it is still answered by."""
        return [what for what in EVERYTHING if self.opens(what)]

    def is_out_soon(self) -> None:
        """Wait until everything refuses it, a minute at most."""
        for what in EVERYTHING:
            eventually(lambda what=what: not self.opens(what), f"{what} refuses", timeout=120)


def test_a_removed_app_is_refused_everywhere_within_a_minute(lab: Lab, page: Page) -> None:
    app = Held(lab, "org.example.gone", user=lab.user)
    assert app.opened() == [*EVERYTHING]

    page.goto(f"{lab.platform.url}/fakts/account/apps/")
    log_in(page, username=lab.user, password=lab.password)
    page.get_by_role("button", name="Remove org.example.gone").click()

    app.is_out_soon()


def test_who_is_unblocked_is_welcome_at_once_with_a_new_token(lab: Lab) -> None:
    lab.add_user("lab-boss", lab.password, role="admin")
    lab.add_user("lab-eve", lab.password)
    boss = Head(lab.platform, name="lab-boss", organization=lab.organization)
    app = Held(lab, "org.example.paused", user="lab-eve")
    bystander = Held(lab, "org.example.stays", user=lab.user)
    assert app.opened() == [*EVERYTHING]

    boss.block("lab-eve")
    app.is_out_soon()
    boss.block("lab-eve", blocked=False)
    assert app.opened() == []  # What it had before the block stays worth nothing.
    app.renew()

    assert app.opened() == [*EVERYTHING]
    assert bystander.opened() == [*EVERYTHING]
