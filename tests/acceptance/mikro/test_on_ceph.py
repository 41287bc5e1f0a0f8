"""The released client on a real Ceph RGW: credentials by STS, one of each kind, read back equal."""

from __future__ import annotations

import pytest

#: Ceph 16 refuses each key of a bulk delete under any session policy; the client sends one for
#: chunks that hold only zeros.
REFUSED = "zeros"
CHECKS = ("plane", "pyramid", "streamed", "files", "tables", "media", "annotations", "watching")


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


@pytest.mark.timeout(600)
def test_a_write_this_ceph_refuses_ends_with_an_error(story):
    [told] = story.seen(what="check", name=REFUSED)
    if told["ok"]:
        pytest.fail("this Ceph does bulk deletes under a policy: take the exception out")
    assert "error" in told["told"], told
