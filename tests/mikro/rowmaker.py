"""Rows written straight into the tables, for tests of what reads them."""

from __future__ import annotations

import itertools
from typing import Any

from chassis.testing import Member
from mikro_server import models
from mikro_server.domain.kinds import FileLinkDirection, LensKind

_numbers = itertools.count(1)


class Rows:
    """Makes rows of one member; names are unique unless they are given."""

    def __init__(self, member: Member) -> None:
        self.principal = who = member.principal
        organization, _ = models.Organization.objects.get_or_create(
            id=who.organization, defaults={"slug": who.organization_slug}
        )
        user, _ = models.User.objects.get_or_create(
            id=who.subject, defaults={"preferred_username": who.username}
        )
        client, _ = models.Client.objects.get_or_create(id=who.client)
        self.owner = {"organization": organization, "creator": user, "client": client}

    def folder(self, name: str = "folder", **more: Any) -> models.Folder:
        """Make a folder."""
        return models.Folder.objects.create(**self.owner, name=name, **more)

    def store(self, size: int | None = 1, kind: str = "zarr", **more: Any) -> models.Store:
        """Make a store in use."""
        given = {"state": "attached", "key": f"row/{next(_numbers)}", **more}
        return models.Store.objects.create(
            **self.owner,
            **given,
            kind=kind,
            bucket="b",
            max_bytes=10**9,
            size_bytes=size,
            expires_at="2030-01-01T00:00:00Z",
        )

    def file(self, name: str = "file", *, size: int = 1, **more: Any) -> models.File:
        """Make a file and its store."""
        store = self.store(size, "bigfile")
        return models.File.objects.create(**self.owner, name=name, store=store, **more)

    def system(self, axes: str = "yx", **more: Any) -> models.CoordinateSystem:
        """Make a space; each letter is an axis: t of time, c of channels, i an index."""
        given = {"name": f"space {next(_numbers)}", **more}
        system = models.CoordinateSystem.objects.create(**self.owner, **given)
        types = {"t": "TIME", "c": "CHANNEL", "i": "INDEX"}
        models.Axis.objects.bulk_create(
            models.Axis(system=system, order=order, name=name, type=types.get(name, "SPACE"))
            for order, name in enumerate(axes)
        )
        return system

    def array(self, name: str = "array", axes: str = "yx", **more: Any) -> models.ArrayDataset:
        """Make an array without data."""
        given = {"shape": [4] * len(axes), "axis_names": [*axes], **more}
        return models.ArrayDataset.objects.create(
            **self.owner, name=name, intrinsic_system=self.system(axes, name=name), **given
        )

    def level(self, dataset: models.ArrayDataset, number: int, size: int) -> models.DataArray:
        """Make one level of an array."""
        return models.DataArray.objects.create(
            organization=self.owner["organization"],
            dataset=dataset,
            store=self.store(size),
            level=number,
            shape=dataset.shape,
            chunk_shape=dataset.shape,
            scale_factors=[1] * len(dataset.shape),
        )

    def table(self, name: str = "table", axes: str = "yx", **more: Any) -> models.TableDataset:
        """Make a table."""
        given = {"size": 1, **more}
        store = self.store(given.pop("size"), "parquet")
        return models.TableDataset.objects.create(
            **self.owner,
            name=name,
            store=store,
            coordinate_system=self.system(axes, name=name),
            axis_names=[*axes],
            **given,
        )

    def collection(self, name: str = "rois", axes: str = "yx", **more: Any) -> Any:
        """Make an annotation collection."""
        return models.AnnotationCollection.objects.create(
            **self.owner, name=name, coordinate_system=self.system(axes, name=name), **more
        )

    def shape(self, collection: models.AnnotationCollection, **more: Any) -> models.Annotation:
        """Draw a point."""
        given = {"name": "point", "kind": "POINT", "vectors": [[1, 2]], **more}
        return models.Annotation.objects.create(**self.owner, collection=collection, **given)

    def lens(self, kind: LensKind = LensKind.ARRAY, **more: Any) -> models.Lens:
        """Make a lens over a container."""
        given = {"label": "lens", "selection": f"mark {next(_numbers)}", **more}
        return models.Lens.objects.create(**self.owner, kind=kind.value, **given)

    def edge(
        self,
        start: models.CoordinateSystem,
        end: models.CoordinateSystem,
        kind: str = "IDENTITY",
        params: dict[str, Any] | None = None,
        **more: Any,
    ) -> models.Transformation:
        """Make an edge."""
        return models.Transformation.objects.create(
            **self.owner, input=start, output=end, kind=kind, params=params or {}, **more
        )

    def derived(self, child: models.CoordinateSystem, parent: Any) -> models.Transformation:
        """Say that one space was computed from another."""
        return self.edge(child, parent, "UNMAPPABLE", is_derivation=True)

    def link(self, file: models.File, direction: FileLinkDirection, **to: Any) -> models.FileLink:
        """Link a file and data."""
        return models.FileLink.objects.create(
            **self.owner, file=file, direction=direction.value, **to
        )
