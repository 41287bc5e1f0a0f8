"""Small pictures: logos and portraits, kept beside the rows they belong to."""

from __future__ import annotations

import uuid

from django.db import models

from chassis import clock


class Media(models.Model):
    """One picture, and who uploaded it for which organization."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization_id = models.BigIntegerField(db_index=True)
    owner_id = models.BigIntegerField()
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=50)
    is_stored = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        db_table = "fakts_media"

    def __str__(self) -> str:
        return self.name


class MediaContent(models.Model):
    """The bytes of a picture, apart so that lists never load them.

    They lie in the database, because they are small, must be there when object storage is away, and
    go with a backup of the accounts.
    """

    media = models.OneToOneField(
        Media, primary_key=True, on_delete=models.CASCADE, related_name="stored"
    )
    content = models.BinaryField()

    class Meta:
        db_table = "fakts_media_content"

    def __str__(self) -> str:
        return str(self.pk)
