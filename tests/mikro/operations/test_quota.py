"""What a quota says, and what the ledger holds."""

from __future__ import annotations

import pytest

from mikro_server.config import QuotaConfig
from mikro_server.models import Usage


@pytest.fixture
def quota(settings):
    def limit(**limits):
        changes = {"quota": QuotaConfig(**limits)}
        settings.BAUHOF_CONFIG = settings.BAUHOF_CONFIG.model_copy(update=changes)

    return limit


async def test_the_quota_is_refused_early_and_with_numbers(lab, quota):
    quota(organization_bytes=2000)
    await lab.file("first", b"x" * 1500)
    assert (await Usage.objects.aget(user_id="1")).stored_bytes == 1500
    answer = await lab.ask("RequestBigfileUpload", input={"originalFileName": "b", "fileSize": 600})
    assert answer.codes == ["QUOTA_EXCEEDED"]
    assert "2000" in answer.errors[0]["message"]
    assert "1500" in answer.errors[0]["message"]
    grant = await lab.get("RequestZarrUpload", input={})
    assert grant["maxBytes"] == 500
    # The client says nothing of its size: what was written anyway is refused, and swept later.
    store = await lab.file_store(b"x" * 600)
    given = {"file": store, "fileName": "b"}
    assert await lab.codes("FromFileLike", input=given) == ["PAYLOAD_TOO_LARGE"]
    assert (await Usage.objects.aget(user_id="1")).stored_bytes == 1500
    quota(user_bytes=1000)
    assert await lab.codes("RequestZarrUpload", input={}) == ["QUOTA_EXCEEDED"]
