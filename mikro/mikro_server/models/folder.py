"""Folders, files, and what links a file to data."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from mikro_server.models.base import Kept, Made
from mikro_server.models.identity import Client, Task, User
from mikro_server.models.search import words_of
from mikro_server.models.store import Store


class Folder(Kept):
    """A node of an organization's tree."""

    name = models.CharField(max_length=1000)
    description = models.TextField(null=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")
    is_default = models.BooleanField(default=False)
    tags = ArrayField(models.CharField(max_length=200), default=list)
    pinned_by = models.ManyToManyField(User, related_name="pinned_folders")
    descriptors = models.JSONField(default=dict)
    words = words_of("name", "description")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "parent", "name"], name="folder_tree"),
            GinIndex(fields=["words"], name="folder_words"),
        ]

    def __str__(self) -> str:
        return self.name


class FolderChange(models.Model):
    """One dated change of a folder, and what it was after it."""

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=10)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, null=True, on_delete=models.PROTECT, related_name="+")
    task = models.ForeignKey(Task, null=True, on_delete=models.SET_NULL, related_name="+")
    date = models.DateTimeField(auto_now_add=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.kind} of {self.folder_id}"


class File(Kept):
    """A file as it was given, whatever its format."""

    name = models.CharField(max_length=1000)
    folder = models.ForeignKey(Folder, null=True, on_delete=models.SET_NULL, related_name="files")
    store = models.OneToOneField(Store, on_delete=models.PROTECT, related_name="file")
    descriptors = models.JSONField(default=dict)
    words = words_of("name")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "folder", "name"], name="file_in_folder"),
            models.Index(fields=["organization", "-created_at"], name="file_newest"),
            GinIndex(fields=["words"], name="file_words"),
        ]

    def __str__(self) -> str:
        return self.name


class FileLink(Made):
    """Data read out of a file, or a file written out of data."""

    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="links")
    direction = models.CharField(max_length=10)
    series_identifier = models.CharField(max_length=1000, null=True)
    value_relation = models.CharField(max_length=20, null=True)
    array_dataset = models.ForeignKey(
        "mikro.ArrayDataset", null=True, on_delete=models.CASCADE, related_name="file_links"
    )
    table_dataset = models.ForeignKey(
        "mikro.TableDataset", null=True, on_delete=models.CASCADE, related_name="file_links"
    )
    mesh_collection = models.ForeignKey(
        "mikro.MeshCollection", null=True, on_delete=models.CASCADE, related_name="file_links"
    )
    annotation_collection = models.ForeignKey(
        "mikro.AnnotationCollection", null=True, on_delete=models.CASCADE, related_name="file_links"
    )

    def __str__(self) -> str:
        return f"{self.direction} of {self.file_id}"
