"""Uploading pictures: a signed form, then the bytes."""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from chassis import clock
from chassis.config import current
from chassis.errors import InvalidInput, NotFound, PayloadTooLarge
from chassis.identity.principal import Principal
from fakts_server.adapters.seal import is_sealed, seal
from fakts_server.config import FaktsConfig
from fakts_server.domain.picture import CONTENT_TYPES, MOST_BYTES, is_picture, type_of_name
from fakts_server.models.media import Media, MediaContent
from fakts_server.selectors.scope import acting, row_id, tenant_of

BUCKET = "media"
_UPLOAD_LIFE = timedelta(minutes=15)
_LINK_LIFE = timedelta(hours=1)


@dataclass(frozen=True)
class Upload:
    """A form that may be posted once, within a quarter of an hour."""

    media: Media
    key: str
    policy: str
    signature: str
    credential: str
    date: str
    target: str


def media_request(*, principal: Principal, name: str, content_type: str | None) -> Upload:
    """Make room for a picture and return the form its bytes are sent with."""
    acting(principal, "profile.own")
    kind = content_type or type_of_name(name)
    if kind not in CONTENT_TYPES:
        raise InvalidInput("Pictures are PNG, JPEG, GIF or WebP.", field="contentType")
    media = Media.objects.create(
        organization_id=tenant_of(principal),
        owner_id=row_id(principal.subject),
        name=name[:255],
        content_type=kind,
    )
    key = f"{media.organization_id}/{media.uid}"
    now = clock.now()
    policy = {
        "expiration": (now + _UPLOAD_LIFE).isoformat(),
        "conditions": [
            {"bucket": BUCKET},
            {"key": key},
            {"Content-Type": kind},
            ["content-length-range", 1, MOST_BYTES],
        ],
    }
    text = base64.b64encode(json.dumps(policy).encode()).decode()
    return Upload(
        media=media,
        key=key,
        policy=text,
        signature=seal("upload", f"{key}\0{text}"),
        credential=f"fakts/{now:%Y%m%d}/us-east-1/s3/aws4_request",
        date=f"{now:%Y%m%dT%H%M%SZ}",
        target=f"{current(FaktsConfig).path_prefix}/{BUCKET}/",
    )


def media_store(*, key: str, policy: str, signature: str, content: bytes) -> Media:
    """Take the bytes of a picture; the form says which, and its signature that we made it."""
    if not is_sealed("upload", f"{key}\0{policy}", signature):
        raise NotFound("This upload was not asked for.")
    if datetime.fromisoformat(json.loads(base64.b64decode(policy))["expiration"]) < clock.now():
        raise NotFound("This upload came too late; ask for a new one.")
    media = Media.objects.filter(uid=key.rpartition("/")[2], is_stored=False).first()
    if media is None:
        raise NotFound("This picture is there already.")
    if len(content) > MOST_BYTES:
        raise PayloadTooLarge(f"A picture has at most {MOST_BYTES} bytes.", field="file")
    if not is_picture(content, media.content_type):
        raise InvalidInput(f"These bytes are no {media.content_type}.", field="file")
    with transaction.atomic():
        MediaContent.objects.create(media=media, content=content)
        media.is_stored = True
        media.save(update_fields=["is_stored"])
    return media


def media_link(media: Media) -> str:
    """Return the path of a picture, which works for an hour."""
    until = int((clock.now() + _LINK_LIFE).timestamp())
    signature = seal("media", f"{media.uid}\0{until}")
    prefix = current(FaktsConfig).path_prefix
    return f"{prefix}/{BUCKET}/{media.uid}?until={until}&signature={signature}"


def media_open(*, uid: uuid.UUID, until: str, signature: str) -> tuple[str, bytes]:
    """Return content type and bytes of the picture of a link that still works."""
    is_ours = is_sealed("media", f"{uid}\0{until}", signature)
    if not is_ours or int(until) < clock.now().timestamp():
        raise NotFound()
    stored = MediaContent.objects.filter(media__uid=uid).select_related("media").first()
    if stored is None:
        raise NotFound()
    return stored.media.content_type, bytes(stored.content)


def media_own(*, principal: Principal, media_id: object) -> Media:
    """Return a picture the caller uploaded in this organization, or raise `NotFound`."""
    media = Media.objects.filter(
        pk=row_id(media_id),
        organization_id=tenant_of(principal),
        owner_id=row_id(principal.subject),
        is_stored=True,
    ).first()
    if media is None:
        raise NotFound("Upload the picture first.", field="avatar")
    return media
