"""Signatures only this installation can make."""

from __future__ import annotations

import string
import uuid

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fakts_server.adapters.pepper import fingerprint
from fakts_server.adapters.seal import invite_token, invite_uid, is_sealed, seal

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
FEW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FEW
@given(purpose=st.sampled_from(["media", "upload", "invite"]), text=ANY_TEXT)
def test_what_was_sealed_is_sealed(purpose, text):
    made = seal(purpose, text)
    assert is_sealed(purpose, text, made)
    assert set(made) <= set(string.ascii_letters + string.digits + "-_")
    assert len(made) == 43, "256 bits"


@FEW
@given(one=ANY_TEXT, other=ANY_TEXT)
def test_a_seal_is_of_one_text_for_one_purpose(one, other):
    assume(one != other)
    assert not is_sealed("media", one, seal("media", other))
    assert not is_sealed("upload", one, seal("media", one))


@FEW
@given(text=ANY_TEXT, made_up=ANY_TEXT)
def test_made_up_signatures_are_none(text, made_up):
    assert not is_sealed("media", text, made_up)
    assert not is_sealed("media", text, f"{seal('media', text)}{made_up}x")
    assert not is_sealed("media", text, seal("media", text)[:-1])


@FEW
@given(uid=st.uuids())
def test_an_invite_is_found_by_its_token_only(uid):
    token = invite_token(uid)
    assert invite_uid(token) == uid
    assert invite_uid(token.upper()) is None
    assert invite_uid(f" {token}") is None
    assert invite_uid(f"{token} ") is None


@FEW
@given(uid=st.uuids(), place=st.integers(4, 78), letter=st.sampled_from("0aZ_-"))
def test_no_changed_token_is_an_invite(uid, place, letter):
    token = invite_token(uid)
    changed = token[:place] + letter + token[place + 1 :]
    assume(changed != token)
    assert invite_uid(changed) is None


@FEW
@given(text=ANY_TEXT)
def test_no_text_breaks_the_reading_of_a_token(text):
    assert invite_uid(text) is None
    assert invite_uid(f"bin_{text}") is None


def test_tokens_of_two_invites_are_not_mixed():
    one, other = uuid.uuid4(), uuid.uuid4()
    mixed = invite_token(one)[:36] + invite_token(other)[36:]
    assert invite_uid(mixed) is None


@FEW
@given(salt=st.text(min_size=1, max_size=20), device=ANY_TEXT)
def test_a_fingerprint_is_stable_and_hides_the_device(salt, device):
    made = fingerprint(salt, device)
    assert made == fingerprint(salt, device)
    assert set(made) <= set(string.hexdigits.lower())
    assert len(made) == 64


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "device"), ("b", "device")),
        (("a", "device"), ("a", "Device")),
        (("a", "device"), ("a", "device ")),
        (("a", ""), ("b", "")),
    ],
)
def test_organizations_and_devices_are_told_apart(one, other):
    assert fingerprint(*one) != fingerprint(*other)


def test_another_installation_makes_other_seals(configured, tmp_path):
    before = (seal("media", "x"), fingerprint("salt", "x"))
    configured(state_dir=tmp_path / "another")
    assert not is_sealed("media", "x", before[0])
    assert fingerprint("salt", "x") != before[1]
    files = sorted((tmp_path / "another").iterdir())
    assert [file.name for file in files] == ["device.pepper", "links.key"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
