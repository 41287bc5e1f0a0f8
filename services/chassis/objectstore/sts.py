"""Driver for S3 servers with STS: AssumeRole with an inline policy for one prefix or object.

It fails closed: whatever goes wrong, no credentials come out, least of all wider ones.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx

from chassis import clock
from chassis.ids import new_id
from chassis.objectstore import sigv4
from chassis.objectstore.client import S3Client, code_of, parse
from chassis.objectstore.config import ObjectStoreConfig
from chassis.objectstore.contract import Grant, GrantScope, Mode, with_mode
from chassis.objectstore.errors import GrantRefused, StorageUnavailable
from chassis.objectstore.roles import GrantRoles, role_policy
from chassis.objectstore.tokens import Credentials
from chassis.secretfile import read_secret

_READ = ("s3:GetObject",)
_WRITE_KEY = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_WRITE_PREFIX = (*_READ, *_WRITE_KEY, "s3:DeleteObject")
#: AWS and Ceph refuse longer inline policies.
_POLICY_BYTES = 2048


def policy_of(scope: GrantScope) -> str:
    """Return the least policy that opens a scope, compact because form decoding keeps `+`."""
    bucket = f"arn:aws:s3:::{scope.bucket}"
    objects = [f"{bucket}/{scope.path}"]
    if scope.key is None:
        objects.append(f"{bucket}/{scope.path}/*")
    actions: tuple[str, ...] = _READ
    if scope.mode is Mode.WRITE:
        actions = _WRITE_PREFIX if scope.key is None else _WRITE_KEY
    statements: list[dict[str, object]] = [
        {"Effect": "Allow", "Action": list(actions), "Resource": objects}
    ]
    if scope.key is None:
        # Without it a key that is not there answers 403, which breaks every reader of arrays.
        statements.append(
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": [bucket],
                "Condition": {"StringLike": {"s3:prefix": [f"{scope.path}/*"]}},
            }
        )
    document = {"Version": "2012-10-17", "Statement": statements}
    return json.dumps(document, separators=(",", ":"))


class StsStore(S3Client):
    """A store whose server gives temporary credentials."""

    def __init__(self, config: ObjectStoreConfig) -> None:
        self._config = config
        if config.sts.access_key_file is None or config.sts.secret_key_file is None:
            raise StorageUnavailable("storage.sts needs access_key_file and secret_key_file.")
        self._own = Credentials(
            read_secret(config.sts.access_key_file), read_secret(config.sts.secret_key_file), ""
        )
        super().__init__(config, lambda: self._own)
        self._roles = GrantRoles(
            lambda form: self._ask({"Version": "2010-05-08", **form}, "iam"), config.sts.role_arn
        )

    async def grant_read(self, scope: GrantScope) -> Grant:
        """Return credentials that read the scope."""
        return await self._assume(with_mode(scope, Mode.READ, self._config.read_grant_seconds))

    async def grant_write(self, scope: GrantScope) -> Grant:
        """Return credentials that write the scope; `max_bytes` is not enforced by STS."""
        return await self._assume(with_mode(scope, Mode.WRITE, self._config.write_grant_seconds))

    async def ensure_buckets(self) -> None:
        """Make the configured buckets that are not there."""
        for bucket in sorted(set(self._config.buckets.values())):
            await self.make_bucket(bucket)

    async def check(self) -> None:
        """Raise unless the store answers a signed call."""
        for bucket in sorted(set(self._config.buckets.values()))[:1]:
            await self.list(bucket, "health/", limit=1)

    async def end_grants(self) -> int:
        """Remove the roles of grants that ended; return how many."""
        return await self._roles.remove_ended() if self._config.sts.role_per_grant else 0

    async def _assume(self, scope: GrantScope) -> Grant:
        policy = policy_of(scope)
        if len(policy) > _POLICY_BYTES:
            raise GrantRefused("The key is too long for a policy.")
        deletes = scope.mode is Mode.WRITE and scope.key is None
        if not (deletes and self._config.sts.role_per_grant):
            return await self._assume_role(self._config.sts.role_arn, scope, Policy=policy)
        role = role_policy(policy, scope.bucket)
        name, arn = await self._roles.make(role, scope.expires_seconds or 0)
        try:
            return await self._assume_role(arn, scope)
        except BaseException:
            await self._roles.remove(name)
            raise

    async def _assume_role(self, arn: str, scope: GrantScope, **policy: str) -> Grant:
        seconds = scope.expires_seconds or 0
        form = {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": arn,
            "RoleSessionName": f"bauhof-{new_id()}",
            "DurationSeconds": str(seconds),
            **policy,
        }
        asked_at = clock.now()
        answer = await self._ask(form, "sts")
        try:
            found = parse(answer).find(".//{*}Credentials")
        except StorageUnavailable as error:
            raise GrantRefused(error.message) from None
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
        values = [found.findtext(f"{{*}}{name}", "") if found is not None else "" for name in names]
        if not all(values) or values[0] == self._own.access_key:
            raise GrantRefused("The object store's answer holds no temporary credentials.")
        return Grant(
            access_key=values[0],
            secret_key=values[1],
            session_token=values[2],
            scope=scope,
            expires_at=_expiry(values[3], asked_at + timedelta(seconds=seconds)),
            expires_seconds=seconds,
        )

    async def _ask(self, form: Mapping[str, str], service: str) -> bytes:
        encoded = "&".join(f"{name}={sigv4.encode(value)}" for name, value in form.items())
        response = await self._post(encoded, service)
        if response.is_error:
            code = code_of(response.content) or "no reason"
            raise GrantRefused(f"The object store refused {form['Action']}: {code}.")
        return response.content

    async def _post(self, form: str, service: str) -> httpx.Response:
        body = form.encode()
        url = httpx.URL(self._config.sts.endpoint or self._config.endpoint)
        content_type = "application/x-www-form-urlencoded"
        headers = sigv4.signed_headers(
            method="POST",
            host=url.netloc.decode(),
            path=urlsplit(str(url)).path or "/",
            query=(),
            headers={"content-type": content_type},
            payload_hash=hashlib.sha256(body).hexdigest(),
            credentials=self._own,
            region=self._config.region,
            moment=clock.now(),
            service=service,
        )
        try:
            return await self._http.post(url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise GrantRefused(
                f"The object store does not answer: {type(error).__name__}."
            ) from error


def _expiry(text: str, asked: datetime) -> datetime:
    """Return the earlier of what was asked for and what the server says."""
    try:
        return min(datetime.fromisoformat(text), asked)
    except (ValueError, TypeError):
        return asked
