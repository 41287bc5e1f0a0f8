"""The key that signs tokens is followed by another while many are logged in, and nobody notices."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from devices import MANIFEST
from lab import Lab
from processes import Program, eventually

SERVICES = ("fakts", "rekuest", "mikro", "kabinet")
CLIENTS = 100
AT_ONCE = 4


def key_id(token: str) -> str:
    """Which key signed a token."""
    head = token.split(".", 1)[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


class Crowd:
    """Many clients under one mandate key, each on a machine of its own."""

    def __init__(self, lab: Lab, link: httpx.Client) -> None:
        self._url, self._key, self._link = lab.platform.url, lab.key(), link
        self.tokens: list[str] = []

    def log_in(self, number: int) -> str:
        """Log one of them in, or renew its login; its token."""
        needs = [
            {"key": name, "service": f"live.arkitekt.{name}", "optional": False}
            for name in SERVICES[1:]
        ]
        manifest = {
            **MANIFEST,
            "identifier": "org.example.crowd",
            "requirements": needs,
            "device_id": f"crowd-{number}",
        }
        answer = self._link.post(
            f"{self._url}/fakts/o/token/",
            data={
                "grant_type": "urn:fakts:grant-type:mandate-key",
                "key": self._key,
                "manifest": json.dumps(manifest),
            },
        )
        return str(answer.raise_for_status().json()["access_token"])

    def everybody_logs_in(self) -> None:
        """Log all of them in."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            self.tokens = list(pool.map(self.log_in, range(CLIENTS)))

    def refusals(self, services: Iterable[str] = SERVICES) -> list[Any]:
        """Ask all services for all of them; what was not answered as it should be."""
        asked = [(service, token) for token in self.tokens for service in services]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [told for told in pool.map(self._ask, asked) if told is not None]

    def _ask(self, asked: tuple[str, str]) -> Any:
        service, token = asked
        answer = self._link.post(
            f"{self._url}/{service}/graphql",
            json={"query": "{ __typename }"},
            headers={"Authorization": f"Bearer {token}"},
        )
        is_well = answer.status_code == 200 and "errors" not in answer.json()
        return None if is_well else (service, answer.status_code, answer.text[:300])


def renewed(lab: Lab) -> str:
    """Order a new key; its id, once it signs."""
    return str(lab.platform.run("secrets", "renew-signing-key")["id"])


def test_a_hundred_clients_do_not_notice_a_new_signing_key(lab: Lab) -> None:
    with httpx.Client(timeout=120) as link:
        crowd = Crowd(lab, link)
        crowd.everybody_logs_in()
        [old] = {key_id(token) for token in crowd.tokens}
        new = renewed(lab)
        assert new != old
        assert key_id(crowd.log_in(0)) == old  # It is announced first.
        assert crowd.refusals() == []

        eventually(lambda: key_id(crowd.log_in(0)) == new, "the new key signs")
        assert crowd.refusals() == []  # What the old one signed goes on to count ...

        crowd.everybody_logs_in()
        assert {key_id(token) for token in crowd.tokens} == {new}
        assert crowd.refusals() == []  # ... and what the new one signs counts at once.


def test_a_running_app_does_not_notice_a_new_signing_key(hurried_lab: Lab) -> None:
    program: Program = hurried_lab.start(
        "renewer", "signed-anew", key=hurried_lab.key(), APP="org.example.signed", LASTS="40"
    )
    with httpx.Client(timeout=120) as link:
        crowd = Crowd(hurried_lab, link)
        new = renewed(hurried_lab)
        eventually(lambda: key_id(crowd.log_in(0)) == new, "the new key signs")

    told = program.wait(what="done", timeout=120)
    assert told["failures"] == []
    assert new in told["keys"]
    assert len(told["keys"]) >= 2
