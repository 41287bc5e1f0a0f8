"""Pictures: where they lie, and how new ones are sent."""

from __future__ import annotations

import strawberry
import strawberry_django

from chassis.config import current
from chassis.graphql import Info, principal_of
from chassis.graphql.fields import column
from fakts_server import models
from fakts_server.config import FaktsConfig
from fakts_server.domain.origin import host_allowed, origin_from_host, origin_from_url
from fakts_server.operations.media import BUCKET, Upload, media_link, media_request


@strawberry_django.type(models.Media, description="A stored picture, such as a logo or an avatar.")
class MediaStore:
    """Where a picture lies."""

    id: strawberry.ID = strawberry_django.field(description="The id of the file.")

    @column("id", description="The bucket it lies in.")
    def bucket(self: models.Media) -> str:
        """There is one for all."""
        return BUCKET

    @column("organization_id", "uid", description="Its key in the bucket.")
    def key(self: models.Media) -> str:
        """Return the key."""
        return f"{self.organization_id}/{self.uid}"

    @column("uid", description="Its path below the server, for an hour.")
    def path(self: models.Media) -> str | None:
        """Return a signed path."""
        return media_link(self)

    @column(
        "uid",
        description="An address that works for an hour; `host` picks one of this server's names.",
    )
    def presigned_url(self: models.Media, host: str | None = None) -> str:
        """Return a signed address."""
        config = current(FaktsConfig)
        origin = origin_from_url(config.public_url)
        wanted = origin_from_host(origin.scheme, host or "")
        if wanted is not None and host_allowed(wanted.host, [*config.allowed_hosts, origin.host]):
            origin = wanted
        return origin.url + media_link(self)


def no_picture() -> MediaStore | None:
    """Logos of apps and services stay addresses in their manifests; none is fetched or kept."""
    return None


@strawberry.type(description="A form that uploads one picture, within a quarter of an hour.")
class PresignedPostCredentials:
    """Sent as multipart/form-data to `datalayer`: key, policy, x-amz-signature, file."""

    key: str = strawberry.field(description="The key the picture will have.")
    x_amz_algorithm: str = strawberry.field(description="Form field `x-amz-algorithm`.")
    x_amz_credential: str = strawberry.field(description="Form field `x-amz-credential`.")
    x_amz_date: str = strawberry.field(description="Form field `x-amz-date`.")
    x_amz_signature: str = strawberry.field(description="Form field `x-amz-signature`.")
    policy: str = strawberry.field(description="Form field `policy`: what may be sent, until when.")
    datalayer: str = strawberry.field(description="The path the form is posted to.")
    bucket: str = strawberry.field(description="The bucket the picture will lie in.")
    store: str = strawberry.field(description="The id of the picture, for `avatar`.")
    content_type: str = strawberry.field(description="Form field `Content-Type`.")


@strawberry.input(description="Asks for a form that uploads a picture.")
class RequestMediaUploadInput:
    """PNG, JPEG, GIF or WebP, at most a mebibyte."""

    key: str = strawberry.field(description="A file name; its ending tells the type.")
    datalayer: str = strawberry.field(description="Taken for old clients; there is one place only.")
    content_type: str | None = strawberry.field(
        default=None, description="The type; else that of the file name."
    )


@strawberry.type
class Mutation:
    """Changes of pictures."""

    @strawberry_django.mutation(description="Ask for a form that uploads one picture.")
    def request_media_upload(
        self, info: Info, input: RequestMediaUploadInput
    ) -> PresignedPostCredentials:
        """Make the form."""
        return _form(
            media_request(
                principal=principal_of(info), name=input.key, content_type=input.content_type
            )
        )


def _form(upload: Upload) -> PresignedPostCredentials:
    return PresignedPostCredentials(
        key=upload.key,
        x_amz_algorithm="AWS4-HMAC-SHA256",
        x_amz_credential=upload.credential,
        x_amz_date=upload.date,
        x_amz_signature=upload.signature,
        policy=upload.policy,
        datalayer=upload.target,
        bucket=BUCKET,
        store=str(upload.media.pk),
        content_type=upload.media.content_type,
    )
