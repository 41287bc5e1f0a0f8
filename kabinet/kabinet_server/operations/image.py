"""Images brought in directly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.identity import Principal
from kabinet_server.adapters.documents import app_image
from kabinet_server.models import Release
from kabinet_server.operations.author import acting
from kabinet_server.operations.release import release_store


def app_image_create(*, principal: Principal, document: Mapping[str, Any]) -> Release:
    """Write the release and flavour of one image; other flavours of the release stay."""
    acting(principal, "store.import")
    images = app_image(document)
    return release_store(organization=principal.organization, images=images)
