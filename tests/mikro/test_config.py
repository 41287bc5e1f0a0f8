"""The configuration of mikro: complete by default, and refused with the key that is wrong."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mikro_server.config import BUCKETS, MikroConfig
from mikro_server.domain.kinds import StoreKind


def config(**given):
    return MikroConfig.model_validate(given)


def test_every_kind_of_store_has_a_bucket_of_the_services_name():
    assert set(BUCKETS) == {kind.value for kind in StoreKind}
    assert all(name.startswith("mikro-") for name in BUCKETS.values())
    assert len(set(BUCKETS.values())) == len(BUCKETS)


def test_buckets_that_are_named_win_and_others_stay():
    found = config(storage={"buckets": {"zarr": "lab-arrays"}})
    assert found.storage.bucket("zarr") == "lab-arrays"
    assert found.storage.bucket("bigfile") == "mikro-bigfile"


def test_the_secret_lies_in_the_state_folder_unless_it_is_named():
    assert str(config(state_dir="/var/x").storage.secret_file) == "/var/x/objectstore.key"
    named = config(state_dir="/var/x", storage={"secret_file": "/run/secret"})
    assert str(named.storage.secret_file) == "/run/secret"


@pytest.mark.parametrize(
    "given",
    [
        {"storage": {"driver": "ftp"}},
        {"storage": {"buckets": {"zarr": "UPPER"}}},
        {"storage": {"buckets": {"zarr": "mikro"}}},
        {"storage": {"buckets": {"zarr": "a"}}},
        {"storage": {"read_grant_seconds": 899}},
        {"storage": {"write_grant_seconds": 43_201}},
        {"uploads": {"max_bytes": 0}},
        {"uploads": {"expire_seconds": 1}},
        {"trash": {"window_seconds": -1}},
        {"trash": {"sweep_seconds": 0}},
        {"quota": {"user_bytes": -1}},
        {"pictures": {"read_bytes": 1}},
        {"pictures": {"at_once": 0}},
        {"provenance": {"unknown": 1}},
        {"unknown": 1},
        {"storage": 3},
    ],
)
def test_a_key_that_cannot_be_is_refused(given):
    with pytest.raises(ValidationError) as refused:
        config(**given)
    [section, *_] = given
    assert section in str(refused.value)


def test_without_limits_there_is_no_quota():
    found = config()
    assert (found.quota.organization_bytes, found.quota.user_bytes) == (None, None)
    assert found.uploads.max_bytes == 1024**4
    assert found.trash.window_seconds == 30 * 24 * 3600
