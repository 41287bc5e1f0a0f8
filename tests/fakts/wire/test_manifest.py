"""Manifests of strangers."""

from __future__ import annotations

import pytest
from appside import manifest, requirement
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fakts_server.wire.manifest import ManifestBody


def test_the_manifest_of_arkitekt_is_read():
    body = ManifestBody.model_validate(manifest())
    assert [item.key for item in body.needs()] == ["rekuest", "s3"]
    assert body.device_id == "3d12aa"


def test_unknown_members_are_ignored():
    assert ManifestBody.model_validate(manifest(hologram={"x": 1})).identifier


def test_the_old_name_of_the_device_is_read():
    data = manifest(node_id="old")
    del data["device_id"]
    assert ManifestBody.model_validate(data).device_id == "old"


@pytest.mark.parametrize("field", ["requirements", "public_sources", "scopes", "author"])
def test_null_means_empty(field):
    ManifestBody.model_validate(manifest(**{field: None}))


def test_the_raw_device_id_is_not_kept():
    assert "device_id" not in ManifestBody.model_validate(manifest()).stored()


@pytest.mark.parametrize(
    "changes",
    [
        {"identifier": ""},
        {"identifier": "a/b"},
        {"identifier": "x" * 256},
        {"identifier": None},
        {"identifier": 7},
        {"identifier": "a\0b"},
        {"identifier": "a\ud800"},
        {"version": ""},
        {"version": "v" * 101},
        {"description": "x" * 5001},
        {"scopes": "openid"},
        {"scopes": ["x"] * 101},
        {"requirements": {"key": "a"}},
        {"requirements": [{"key": "a"}]},
        {"requirements": [requirement("a", "live.x"), requirement("a", "live.y")]},
        {"requirements": [requirement(str(i), "live.x") for i in range(101)]},
        {"public_sources": [{"kind": "git"}]},
        {"logo": "x" * 2001},
        {"device_id": 12},
    ],
)
def test_what_cannot_be_served_is_refused(changes):
    with pytest.raises(ValidationError):
        ManifestBody.model_validate(manifest(**changes))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(list(manifest())), JSON))
def test_any_json_is_read_or_refused(changes):
    try:
        body = ManifestBody.model_validate({**manifest(), **changes})
    except ValidationError:
        return
    assert ManifestBody.model_validate(body.stored()).stored() == body.stored()
