"""What is made inside a task says so, if the task's token can be trusted; else it says nothing."""

from __future__ import annotations

import time

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from mikro_server.adapters.provenance import ProvenanceVerifier, set_provenance_verifier
from mikro_server.config import ProvenanceConfig
from mikro_server.models import Folder

CREATE = 'mutation { createFolder(input: {name: "x"}) { id } }'


@pytest.fixture
def signer(tmp_path):
    key = Ed25519PrivateKey.generate()
    entry = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "broker"}
    file = tmp_path / "broker.jwks.json"
    file.write_bytes(orjson.dumps({"keys": [entry]}))
    set_provenance_verifier(ProvenanceVerifier(ProvenanceConfig(jwks_file=file), "mikro"))

    def sign(by=key, **changes):
        claims = {
            "iss": "rekuest",
            "aud": ["mikro"],
            "sub": "7",
            "act": {"sub": "agent", "cid": "client"},
            "exp": int(time.time()) + 60,
            "jti": "token",
            "tsk": "41",
            "ptk": "40",
            "rtk": "39",
            "rcb": "1",
            "ahs": "ab",
            "aha": "sha256-canonical-v1",
            **changes,
        }
        return jwt.encode(claims, by, algorithm="EdDSA", headers={"kid": "broker"})

    return sign


async def _made_with(http, member, token):
    headers = {**member.headers, "Rekuest-Task": token}
    answer = await http.post("/mikro/graphql", json={"query": CREATE}, headers=headers)
    pk = answer.json()["data"]["createFolder"]["id"]
    return await Folder.objects.select_related("created_through").aget(pk=pk)


async def test_a_signed_task_is_recorded_once(http, mint, signer):
    folder = await _made_with(http, mint.member(), signer())
    task = folder.created_through
    assert (task.task_id, task.root_task_id, task.agent_client_id) == ("41", "39", "client")
    assert (task.assigner_id, task.issuer) == ("1", "rekuest")
    again = await _made_with(http, mint.member(), signer())
    assert again.created_through_id == task.pk


async def test_a_task_that_cannot_be_trusted_is_not_recorded(http, mint, signer):
    strangers = Ed25519PrivateKey.generate()
    for token in (
        "x",
        signer(by=strangers),
        signer(aud=["kabinet"]),
        signer(exp=1_000_000_000),
        signer(tsk=None),
    ):
        assert (await _made_with(http, mint.member(), token)).created_through is None


async def test_without_keys_nothing_is_recorded(http, mint, signer):
    token = signer()
    set_provenance_verifier(ProvenanceVerifier(ProvenanceConfig(), "mikro"))
    assert (await _made_with(http, mint.member(), token)).created_through is None


async def test_what_the_token_says_is_mirrored_and_renewed(graphql, mint):
    first = mint.member(sub="5", preferred_username="old")
    pk = (await graphql(CREATE, first)).ok()["createFolder"]["id"]
    second = mint.member(sub="5", preferred_username="new")
    (await graphql(CREATE, second)).ok()
    folder = await Folder.objects.select_related("creator", "client").aget(pk=pk)
    assert folder.creator.preferred_username == "new"
    assert (folder.client_id, folder.client.name) == ("test-client", "org.example.test")
