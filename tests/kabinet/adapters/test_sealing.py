"""Secrets at rest."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.errors import Unavailable
from kabinet_server.adapters.sealing import seal, unseal

values = st.dictionaries(st.text(max_size=10), st.text(max_size=20) | st.integers(), max_size=4)


@given(values)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_sealed_comes_back(given_values):
    assert unseal(seal(given_values)) == given_values


def test_what_is_sealed_cannot_be_read():
    sealed = seal({"password": "correct horse"})
    assert b"horse" not in sealed
    assert b"password" not in sealed
    assert seal({"password": "correct horse"}) != sealed


def test_nothing_unseals_to_nothing():
    assert unseal(None) == {}


def test_another_key_is_told_in_words(configure, tmp_path):
    sealed = seal({"password": "x"})
    configure(secrets={"key_file": tmp_path / "other.key"})
    with pytest.raises(Unavailable, match="key_file"):
        unseal(sealed)
    assert unseal(seal({"a": 1})) == {"a": 1}
    assert (tmp_path / "other.key").stat().st_mode & 0o777 == 0o600
