"""The challenge: whoever has the public key can tell our answer from everybody else's."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from chassis.challenge import KEY_FILE, public_key, sign_nonce
from chassis.errors import InvalidInput

URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def verify(folder: Path, nonce: str, signature: str, context: str = "fakts-challenge-v1:") -> None:
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key(folder)))
    key.verify(base64.b64decode(signature), (context + nonce).encode())


@given(nonce=st.text(URL_SAFE, min_size=1, max_size=128))
def test_every_nonce_a_client_may_send_is_signed(
    tmp_path_factory: pytest.TempPathFactory, nonce: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    verify(folder, nonce, sign_nonce(folder, nonce))


@given(nonce=st.text(max_size=140).filter(lambda text: not set(text) <= set(URL_SAFE)))
def test_everything_else_is_refused(nonce: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sign_nonce(Path("/nowhere"), nonce)
    assert refused.value.field == "nonce"


@pytest.mark.parametrize("nonce", ["", "x" * 129, "a\n"])
def test_the_length_is_bounded(nonce: str) -> None:
    with pytest.raises(InvalidInput):
        sign_nonce(Path("/nowhere"), nonce)


def test_a_signature_is_good_for_one_nonce_and_one_purpose(tmp_path: Path) -> None:
    signature = sign_nonce(tmp_path, "one")
    with pytest.raises(InvalidSignature):
        verify(tmp_path, "two", signature)
    with pytest.raises(InvalidSignature):
        verify(tmp_path, "one", signature, context="")


def test_every_service_has_a_key_of_its_own_that_stays(tmp_path: Path) -> None:
    one, other = tmp_path / "a", tmp_path / "b"
    assert public_key(one) == public_key(one) != public_key(other)
    assert len(base64.b64decode(public_key(one))) == 32
    assert stat.S_IMODE((one / KEY_FILE).stat().st_mode) == 0o600
    assert public_key(one) not in (one / KEY_FILE).read_text()
