"""The object store's health challenge, by which clients choose an address for it."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_challenge_lies_at_the_root(http, method):
    answer = await http.request(method, "/minio/health/live")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_the_challenge_takes_no_writes(http, method):
    answer = await http.request(method, "/minio/health/live")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


async def test_no_bucket_is_served_yet(http):
    assert (await http.get("/images/some/key")).status_code == 404
