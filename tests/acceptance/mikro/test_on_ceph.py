"""The released client on a real Ceph RGW: credentials by STS, one of each kind, read back equal."""

from __future__ import annotations

import pytest
from imaging_kinds import BIG_BYTES, KINDS, PATIENCE


@pytest.fixture(scope="module")
def story(ceph_lab):
    """The same program as on our front."""
    program = ceph_lab.start(
        "imaging", "ceph-story", key=ceph_lab.key_of("ceph-story"), BIG=BIG_BYTES
    )
    program.ended(timeout=PATIENCE)
    return program


@pytest.mark.timeout(600 + PATIENCE)
@pytest.mark.parametrize("check", KINDS)
def test_the_client_reads_back_what_it_stored(story, check):
    told = story.seen(what="check", name=check)
    assert told, story.errors.read_text()[-3000:]
    assert told[0]["ok"], (told, story.errors.read_text()[-3000:])
