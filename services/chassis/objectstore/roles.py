"""A role of its own for a write grant, for servers that are wrong about session policies.

Ceph 16 refuses each key of a bulk delete under any session policy, and does it right for a role.
The name of a role says when it ends, so nothing has to be remembered to remove it.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import unquote

from chassis import clock
from chassis.ids import new_id
from chassis.objectstore.client import parse
from chassis.objectstore.errors import GrantRefused, StorageUnavailable

Call = Callable[[Mapping[str, str]], Awaitable[bytes]]

PATH = "/bauhof/grants/"
_NAME = re.compile(r"until-([0-9]{1,12})-[0-9a-f-]{36}")
_POLICY = "scope"
#: Servers make no role whose sessions end sooner.
_SESSION_SECONDS = 3600


def role_policy(policy: str, bucket: str) -> str:
    """Return a scope's policy with what a role needs besides, for a bulk delete.

    Ceph asks whether the bucket itself may be deleted from before it asks the same of each key.
    No key bears the name of the bucket, so this opens none.
    """
    document = json.loads(policy)
    document["Statement"].append(
        {
            "Effect": "Allow",
            "Action": ["s3:DeleteObject"],
            "Resource": [f"arn:aws:s3:::{bucket}"],
        }
    )
    return json.dumps(document, separators=(",", ":"))


class GrantRoles:
    """Makes roles for grants and removes those that ended."""

    def __init__(self, call: Call, template_arn: str) -> None:
        self._call = call
        #: The role of the configuration: who may assume it may assume those made here.
        self._template = template_arn.rpartition("/")[2]
        self._trust: str | None = None

    async def make(self, policy: str, seconds: int) -> tuple[str, str]:
        """Make a role that allows what the policy says; return its name and its ARN."""
        name = f"until-{int(clock.now().timestamp()) + seconds}-{new_id()}"
        answer = await self._call(
            {
                "Action": "CreateRole",
                "RoleName": name,
                "Path": PATH,
                "AssumeRolePolicyDocument": await self._template_trust(),
                "MaxSessionDuration": str(max(seconds, _SESSION_SECONDS)),
            }
        )
        try:
            arn = _text(answer, "Arn")
            await self._call(
                {
                    "Action": "PutRolePolicy",
                    "RoleName": name,
                    "PolicyName": _POLICY,
                    "PolicyDocument": policy,
                }
            )
        except BaseException:
            await self.remove(name)
            raise
        return name, arn

    async def remove(self, name: str) -> None:
        """Remove a role; what was signed with it opens nothing any more."""
        with contextlib.suppress(GrantRefused):  # it may have none yet
            await self._call(
                {"Action": "DeleteRolePolicy", "RoleName": name, "PolicyName": _POLICY}
            )
        await self._call({"Action": "DeleteRole", "RoleName": name})

    async def remove_ended(self) -> int:
        """Remove the roles of grants that ended; return how many."""
        answer = await self._call({"Action": "ListRoles", "PathPrefix": PATH})
        names = [found.text or "" for found in parse(answer).iterfind(".//{*}RoleName")]
        removed = 0
        for name in filter(_is_over, names):
            # Another process may have removed it meanwhile; what is left has the next turn.
            with contextlib.suppress(GrantRefused):
                await self.remove(name)
                removed += 1
        return removed

    async def _template_trust(self) -> str:
        if self._trust is None:
            answer = await self._call({"Action": "GetRole", "RoleName": self._template})
            document = json.loads(unquote(_text(answer, "AssumeRolePolicyDocument")))
            # Compact, because some servers keep the `+` of a form as it is.
            self._trust = json.dumps(document, separators=(",", ":"))
        return self._trust


def _is_over(name: str) -> bool:
    match = _NAME.fullmatch(name)
    return match is not None and int(match[1]) < clock.now().timestamp()


def _text(answer: bytes, name: str) -> str:
    try:
        text = parse(answer).findtext(f".//{{*}}{name}")
    except StorageUnavailable as error:
        raise GrantRefused(error.message) from None
    if not text:
        raise GrantRefused(f"The object store's answer holds no {name}.")
    return text
