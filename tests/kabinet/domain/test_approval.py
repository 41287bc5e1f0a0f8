"""What an approval covers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet_server.domain.approval import (
    FlavourContent,
    ReleaseContent,
    approval_digest,
    is_pinned,
    mandate_manifest,
    union_of_requirements,
)

REKUEST = {"key": "rekuest", "service": "live.arkitekt.rekuest", "optional": False}
MIKRO = {"key": "mikro", "service": "live.arkitekt.mikro", "optional": True, "description": "x"}
DATA = {"name": "data", "kind": "folder", "target": "/data", "read_only": True}
VANILLA = FlavourContent("vanilla", "sha256:1", [REKUEST], [])
CUDA = FlavourContent("cuda", "sha256:2", [REKUEST, MIKRO], [DATA])
RELEASE = ReleaseContent("org.example.cells", "1.0.0", ["openid", "write"], [VANILLA, CUDA])


def changed(flavour, **changes):
    return replace(RELEASE, flavours=[VANILLA, replace(flavour, **changes)])


@pytest.mark.parametrize(
    "other",
    [
        replace(RELEASE, identifier="org.example.other"),
        replace(RELEASE, version="1.0.1"),
        replace(RELEASE, scopes=["openid", "write", "admin"]),
        replace(RELEASE, flavours=[VANILLA]),
        changed(CUDA, image="sha256:3"),
        changed(CUDA, name="cuda12"),
        changed(CUDA, capabilities=[]),
        changed(CUDA, capabilities=[{**DATA, "read_only": False}]),
        changed(CUDA, requirements=[REKUEST, {**MIKRO, "optional": False}]),
        changed(CUDA, requirements=[REKUEST, MIKRO, {**MIKRO, "key": "more"}]),
    ],
    ids=lambda one: one.version,
)
def test_any_change_that_matters_changes_the_digest(other):
    assert approval_digest(other) != approval_digest(RELEASE)


@pytest.mark.parametrize(
    "same",
    [
        replace(RELEASE, scopes=["write", "openid", "openid"]),
        replace(RELEASE, flavours=[CUDA, VANILLA]),
        changed(CUDA, requirements=[MIKRO, REKUEST]),
        changed(CUDA, capabilities=[{**DATA, "description": "other words"}]),
        changed(CUDA, requirements=[REKUEST, {**MIKRO, "description": "other words"}]),
    ],
)
def test_order_and_words_do_not(same):
    assert approval_digest(same) == approval_digest(RELEASE)


def test_the_digest_is_one():
    digest = approval_digest(RELEASE)
    assert digest.startswith("sha256:")
    assert len(digest) == len("sha256:") + 64


def test_what_one_flavour_insists_on_is_not_optional():
    found = union_of_requirements([[MIKRO], [{**MIKRO, "optional": False}], [REKUEST]])
    assert [(one["key"], one["optional"]) for one in found] == [
        ("mikro", False),
        ("rekuest", False),
    ]
    assert union_of_requirements([]) == []


def test_the_manifest_of_the_mandate_covers_all_flavours():
    manifest = mandate_manifest(RELEASE)
    assert (manifest["identifier"], manifest["version"]) == ("org.example.cells", "1.0.0")
    assert manifest["scopes"] == ["openid", "write"]
    assert [one["key"] for one in manifest["requirements"]] == ["mikro", "rekuest"]


def test_images_are_pinned_when_all_are_named_by_digest():
    assert is_pinned(["a@sha256:1", "b@sha256:2"])
    assert not is_pinned(["a@sha256:1", "b:latest"])
    assert not is_pinned([])


@given(st.permutations([VANILLA, CUDA, replace(VANILLA, name="rocm")]))
def test_the_digest_does_not_depend_on_the_order_of_flavours(flavours):
    one = replace(RELEASE, flavours=flavours)
    other = replace(RELEASE, flavours=sorted(flavours, key=lambda each: each.name))
    assert approval_digest(one) == approval_digest(other)
