"""Tokens of tasks: verified offline, with the broker's keys, or not believed."""

from __future__ import annotations

import time

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from mikro_server.adapters.provenance import (
    ProvenanceVerifier,
    claimed_task,
    set_provenance_verifier,
)
from mikro_server.config import ProvenanceConfig

KEY = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()


@pytest.fixture
def keys(tmp_path):
    file = tmp_path / "broker.jwks.json"

    def publish(**named):
        entries = [
            OKPAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": name}
            for name, key in named.items()
        ]
        file.write_bytes(orjson.dumps({"keys": entries}))
        return file

    publish(broker=KEY)
    return publish


@pytest.fixture
def trusting(keys):
    def configure(**config):
        given = {"jwks_file": keys(broker=KEY), **config}
        verifier = ProvenanceVerifier(ProvenanceConfig(**given), "mikro")
        set_provenance_verifier(verifier)
        return verifier

    return configure


def claims(**changes):
    """The claims of a token as the broker makes it."""
    given = {
        "iss": "http://lab/rekuest",
        "aud": ["mikro", "kabinet"],
        "sub": "7",
        "act": {"sub": "agent", "cid": "client"},
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
        "jti": "token",
        "tsk": "41",
        "ptk": None,
        "rtk": "41",
        "rcb": "7",
        "ahs": "ab",
        "aha": "sha256-canonical-v1",
        **changes,
    }
    return {key: value for key, value in given.items() if value != "left out"}


def token(key=KEY, kid="broker", algorithm="EdDSA", **changes):
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid})


async def told(text, header="Rekuest-Task"):
    return await claimed_task({header: text})


async def test_a_token_tells_the_task_and_everybody_in_it(trusting):
    trusting()
    task = await told(token(ptk="40", rtk="39", rcb="1"))
    assert (task.task_id, task.parent_task_id, task.root_task_id) == ("41", "40", "39")
    assert (task.assigner_sub, task.caller_sub) == ("1", "7")
    assert (task.agent_sub, task.agent_client_id) == ("agent", "client")
    assert (task.issuer, task.token_id) == ("http://lab/rekuest", "token")
    assert (task.args_hash, task.args_hash_algorithm) == ("ab", "sha256-canonical-v1")


async def test_a_task_nobody_assigned_is_its_own_root(trusting):
    trusting()
    task = await told(token(ptk="left out", rtk="left out", rcb="left out", act="left out"))
    assert (task.parent_task_id, task.root_task_id) == (None, "41")
    assert (task.assigner_sub, task.agent_sub, task.agent_client_id) == ("7", "", "")


async def test_the_header_is_found_in_any_case(trusting):
    trusting()
    assert await told(token(), "rekuest-task")
    assert await told(token(), "Rekuest-Task")
    assert await claimed_task({}) is None
    assert await told("") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "left out"},
        {"aud": ["kabinet"]},
        {"aud": "kabinet"},
        {"aud": []},
        {"exp": "left out"},
        {"exp": 1},
        {"sub": "left out"},
        {"iss": "left out"},
        {"tsk": "left out"},
        {"act": "text"},
        {"act": ["list"]},
    ],
)
async def test_a_token_that_does_not_say_enough_is_not_believed(trusting, changes):
    trusting()
    assert await told(token(**changes)) is None


async def test_a_token_of_another_key_is_not_believed(trusting):
    trusting()
    assert await told(token(OTHER)) is None
    assert await told(token(OTHER, kid="unknown")) is None
    assert await told(token(kid="unknown")) is None


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "a.b.c",
        "..",
        "\x00",
        "é",
        "Bearer x",
        jwt.encode(claims(), None, algorithm="none", headers={"kid": "broker"}),
        jwt.encode(claims(), "a shared secret of thirty-two bytes", algorithm="HS256"),
    ],
)
async def test_what_is_no_signed_token_is_not_believed(trusting, text):
    trusting()
    assert await told(text) is None


async def test_a_tampered_token_is_not_believed(trusting):
    trusting()
    head, body, signature = token().split(".")
    other = token(tsk="42").split(".")[1]
    assert await told(f"{head}.{other}.{signature}") is None
    assert await told(f"{head}.{body}.{signature[:-4]}AAAA") is None


async def test_an_endless_token_is_not_read(trusting):
    trusting()
    assert await told(token(jti="x" * 20_000)) is None


async def test_an_issuer_that_is_configured_is_the_only_one(trusting):
    trusting(issuer="http://lab/rekuest")
    assert await told(token())
    assert await told(token(iss="http://elsewhere/rekuest")) is None


async def test_without_keys_nothing_is_believed_and_nothing_is_asked():
    verifier = ProvenanceVerifier(ProvenanceConfig(), "mikro")
    assert verifier.is_configured is False
    set_provenance_verifier(verifier)
    assert await told(token()) is None


async def test_a_broker_that_is_away_costs_nobody_their_request():
    config = ProvenanceConfig(jwks_url="http://127.0.0.1:9/jwks.json")
    set_provenance_verifier(ProvenanceVerifier(config, "mikro"))
    assert await told(token()) is None


async def test_a_new_key_of_the_broker_is_fetched(keys, trusting, monkeypatch):
    verifier = trusting()
    monkeypatch.setattr(verifier._ring, "_refresh_seconds", 0)
    assert await told(token())
    keys(broker=KEY, second=OTHER)
    assert await told(token(OTHER, kid="second"))
