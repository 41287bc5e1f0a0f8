"""Pictures; none are kept yet, so every field of this type is null."""

import strawberry


@strawberry.type(description="A stored file, such as a logo or an avatar.")
class MediaStore:
    """Where a picture lies."""

    id: strawberry.ID = strawberry.field(description="The id of the file.")
    bucket: str = strawberry.field(description="The bucket it lies in.")
    key: str = strawberry.field(description="Its key in the bucket.")
    path: str | None = strawberry.field(description="Its path.")
    presigned_url: str = strawberry.field(description="An address that works for a while.")


def no_picture() -> MediaStore | None:
    """There are no pictures yet."""
    return None
