"""Tokens that say inside which task a request is made; other services verify them offline.

A JWS signed with Ed25519. `sub` and `rcb` name the person at the root of the run, `act` the agent
that runs the task, `tsk`, `ptk` and `rtk` the task, its parent and its root, `ahs` the hash of the
arguments (sorted, compact JSON).
"""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis.ids import new_id
from chassis.secretfile import ensure_secret
from rekuest_server.adapters.store import Store
from rekuest_server.config import RekuestConfig
from rekuest_server.domain.audience import audience_of
from rekuest_server.domain.live_task import LiveTask

ALGORITHM = "EdDSA"
HASH_ALGORITHM = "sha256-canonical-v1"


class SigningKey:
    """The key of an installation, made of a secret file that all processes share."""

    def __init__(self, secret_file: Path) -> None:
        seed = hashlib.sha256(ensure_secret(secret_file).encode()).digest()
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = hashlib.sha256(self._public).hexdigest()[:16]

    def key_set(self) -> dict[str, Any]:
        """Return the public half as a JSON Web Key Set."""
        x = base64.urlsafe_b64encode(self._public).rstrip(b"=").decode()
        key = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.key_id, "alg": ALGORITHM}
        return {"keys": [key | {"use": "sig"}]}


def signing_key(config: RekuestConfig) -> SigningKey:
    """Return the key that a configuration names."""
    return SigningKey(config.provenance.key_file or config.state_dir / "provenance.key")


_SIGNERS: LiteralString = """
SELECT i.id, i.provenance_audience, u.sub, c.client_id,
  jsonb_path_query_array(a.definition, '$.args[*].identifier')
    || jsonb_path_query_array(a.definition, '$.args[*].children[*].identifier')
    || jsonb_path_query_array(a.definition, '$.returns[*].identifier')
    || jsonb_path_query_array(a.definition, '$.returns[*].children[*].identifier')
FROM rekuest_implementation i
JOIN rekuest_action a ON a.id = i.action_id
JOIN rekuest_agent g ON g.id = i.agent_id
JOIN rekuest_user u ON u.id = g.user_id
JOIN rekuest_client c ON c.id = g.client_id
WHERE i.agent_id = %(agent)s AND i.retired_at IS NULL AND i.needs_token
"""


@dataclass(frozen=True, slots=True)
class _Signer:
    """What the token of a task says of the agent that runs it, and for whom it is."""

    audience: tuple[str, ...]
    agent_user: str
    agent_client: str


class TaskTokens:
    """Signs the tokens of the tasks of one process."""

    def __init__(self, config: RekuestConfig, store: Store) -> None:
        self._key = signing_key(config)
        self._store = store
        self._signers: dict[int, _Signer] = {}
        self._seconds = config.provenance.seconds
        self._issuer = config.provenance.issuer or f"{config.public_url}{config.path_prefix}"

    async def prepare(self, agent_id: int) -> None:
        """Read what the tokens of an agent's tasks say, before it is sent any."""
        for row in await self._store.fetch(_SIGNERS, {"agent": agent_id}):
            audience = audience_of(row[1], [text for text in row[4] if text])
            if audience:
                self._signers[row[0]] = _Signer(audience, row[2], row[3])

    def sign(self, task: LiveTask) -> str | None:
        """Return the token of a task; None if its implementation wants none or nobody reads it."""
        signer = self._signers.get(task.implementation_id)
        if signer is None:
            return None
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": list(signer.audience),
            "sub": task.user,
            "act": {"sub": signer.agent_user, "cid": signer.agent_client},
            "iat": now,
            "exp": now + int(self._seconds),
            "jti": new_id(),
            "tsk": str(task.id),
            "ptk": None if task.parent_id is None else str(task.parent_id),
            "rtk": str(task.root),
            "rcb": task.user,
            "ahs": task.args_hash,
            "aha": HASH_ALGORITHM,
        }
        return jwt.encode(
            claims, self._key.private, algorithm=ALGORITHM, headers={"kid": self._key.key_id}
        )
