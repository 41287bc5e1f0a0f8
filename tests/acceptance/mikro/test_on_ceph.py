"""The released client on a real Ceph RGW: credentials by STS, one of each kind, read back equal."""

from __future__ import annotations

import pytest

CHECKS = (
    *("plane", "pyramid", "streamed", "zeros", "files", "tables"),
    *("media", "annotations", "watching"),
)


@pytest.fixture(scope="module")
def story(ceph_lab):
    """The same program as on our front."""
    program = ceph_lab.start(
        "imaging", "ceph-story", key=ceph_lab.key_of("ceph-story"), BIG="20000000"
    )
    program.ended(timeout=280)
    return program


@pytest.mark.timeout(600)
@pytest.mark.parametrize("check", CHECKS)
def test_the_client_reads_back_what_it_stored(story, check):
    told = story.seen(what="check", name=check)
    assert told, story.errors.read_text()[-3000:]
    assert told[0]["ok"], (told, story.errors.read_text()[-3000:])
