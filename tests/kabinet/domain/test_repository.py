"""How people name repositories."""

from __future__ import annotations

import pytest
from arkitekt_spec.release import parse_repository
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidInput
from kabinet_server.domain.repository import (
    channel_names,
    default_source,
    git_identifier,
    git_parts,
    oci_reference,
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ada/cells", ("ada", "cells", "main")),
        ("ada/cells:dev", ("ada", "cells", "dev")),
        (" https://github.com/ada/cells ", ("ada", "cells", "main")),
        ("https://github.com/ada/cells.git", ("ada", "cells", "main")),
        ("https://github.com/ada/cells/", ("ada", "cells", "main")),
        ("https://github.com/ada/cells/tree/feature/x", ("ada", "cells", "feature/x")),
        ("http://gitea.lab:3000/ada/cells", ("ada", "cells", "main")),
    ],
)
def test_git_repositories_are_named_in_several_ways(text, parts):
    assert git_identifier(text) == parts


@pytest.mark.parametrize(
    "text", ["", "ada", "ada/", "/cells", "ada/cells/more", "../etc/passwd", "ada/ce lls", "a/b:.."]
)
def test_what_is_no_git_repository_is_told_with_its_part(text):
    with pytest.raises(InvalidInput, match="user/repo") as caught:
        git_identifier(text)
    assert caught.value.field in {"user", "repo", "branch"}


@pytest.mark.parametrize("branch", ["a/../b", "-x", "a b", "a\nb", ""])
def test_branches_cannot_leave_their_repository(branch):
    if branch:
        with pytest.raises(InvalidInput):
            git_parts("ada", "cells", branch)
    else:
        assert git_parts("ada", "cells", branch)[2] == "main"


@pytest.mark.parametrize(
    "text",
    [
        "ghcr.io/org/app",
        "oci://ghcr.io/org/app",
        "https://localhost:5000/app",
        "localhost/app",
        "org/app",
        "app",
        "registry.example.org:5050/a/b-c/d_e",
    ],
)
def test_references_are_read_as_the_command_line_tool_reads_them(text):
    assert oci_reference(text) == parse_repository(text)


@pytest.mark.parametrize(
    "text",
    ["", "ghcr.io/org/app:1.0", "ghcr.io/org/app@sha256:abc", "ghcr.io/Org/App", "gh cr.io/a/b"],
)
def test_what_is_no_repository_is_refused(text):
    with pytest.raises(InvalidInput) as caught:
        oci_reference(text)
    assert caught.value.field == "reference"


@given(st.text(max_size=40))
def test_whatever_is_typed_is_read_or_refused(text):
    """A reference becomes part of an address: no space, no `..`, no query ever gets through."""
    try:
        host, path = oci_reference(text)
    except InvalidInput:
        return
    assert not set(" ?#@\\\n") & set(host + path)
    assert ".." not in path.split("/")


def test_channels_are_tags_and_count_once():
    assert channel_names(["main", "dev", "main"]) == ["main", "dev"]
    with pytest.raises(InvalidInput, match="a/b"):
        channel_names(["a/b"])


def test_default_sources_name_their_kind():
    assert default_source("github:ada/cells:dev").git == ("ada", "cells", "dev")
    found = default_source("oci:ghcr.io/org/app#main, next")
    assert (found.oci, found.channels) == (("ghcr.io", "org/app"), ["main", "next"])
    with pytest.raises(InvalidInput, match="github:"):
        default_source("ada/cells")
