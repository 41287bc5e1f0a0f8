"""Browsing: what lies in a folder, and what was made from something."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

import strawberry

from chassis.graphql import Info, principal_of
from mikro_server.graphql.annotation import AnnotationCollection
from mikro_server.graphql.array import ArrayDataset
from mikro_server.graphql.file import File
from mikro_server.graphql.folder import Folder
from mikro_server.graphql.inputs import option
from mikro_server.graphql.table import TableDataset
from mikro_server.operations.author import in_thread
from mikro_server.selectors import children as children_selector
from mikro_server.selectors import descent as descent_selector

FolderChild = Annotated[
    Folder | File | ArrayDataset | TableDataset | AnnotationCollection,
    strawberry.union("FolderChild", description="Anything filed in a folder."),
]


@strawberry.enum(description="What children are ordered by.")
class ChildrenOrderField(Enum):
    """A column all kinds have."""

    CREATED_AT = "created_at"
    NAME = "name"


@strawberry.enum(description="Which way children are ordered.")
class ChildrenOrderDirection(Enum):
    """Up or down."""

    ASC = "ASC"
    DESC = "DESC"


@strawberry.input(description="The order of children.")
class ChildrenOrder:
    """By name unless said otherwise."""

    field: ChildrenOrderField = strawberry.field(description="The column.")
    direction: ChildrenOrderDirection = strawberry.field(description="The direction.")


@strawberry.input(description="A page of children.")
class ChildrenPaginationInput:
    """The first two hundred, unless said otherwise."""

    limit: int | None = strawberry.field(default=200, description="How many.")
    offset: int | None = strawberry.field(default=0, description="After how many.")


@strawberry.input(description="Narrows the children of a folder.")
class FolderChildrenFilter:
    """Every condition that is given must hold."""

    show_children: bool | None = option("Whether folders are listed too.")
    search: str | None = option("Words in the name or description.")
    show_converted: bool | None = option("Also data that was read out of a file.")


@strawberry.enum(description="What a lineage leads through.")
class LineageNodeKind(Enum):
    """Containers and files."""

    DATASET = "DATASET"
    TABLE_DATASET = "TABLE_DATASET"
    SPARSE_DATASET = "SPARSE_DATASET"
    MESH_COLLECTION = "MESH_COLLECTION"
    NETWORK_COLLECTION = "NETWORK_COLLECTION"
    ANNOTATION_COLLECTION = "ANNOTATION_COLLECTION"
    FIXTURE = "FIXTURE"
    FILE = "FILE"


@strawberry.input(description="Where a walk starts.")
class LineageRootInput:
    """A container or a file."""

    kind: LineageNodeKind = strawberry.field(description="What it is.")
    id: strawberry.ID = strawberry.field(description="Its id.")


@strawberry.type(description="One thing made from a root.")
class DescendantNode:
    """By its shortest path."""

    key: strawberry.ID = strawberry.field(description="Kind and id.")
    kind: LineageNodeKind = strawberry.field(description="What it is.")
    id: strawberry.ID = strawberry.field(description="Its id, as its own query takes it.")
    name: str = strawberry.field(description="The name.")
    depth: int = strawberry.field(description="Hops below the root.")
    parent: strawberry.ID = strawberry.field(description="The key of what it was made from.")


@strawberry.type(description="What was made from one root.")
class Descendants:
    """Nearest first, each once."""

    root: strawberry.ID = strawberry.field(description="The key of the root.")
    nodes: list[DescendantNode] = strawberry.field(description="What was made from it.")
    more: bool = strawberry.field(description="Whether something was left out.")


def _node(one: descent_selector.Descendant) -> DescendantNode:
    return DescendantNode(
        key=strawberry.ID(one.thing.key),
        kind=LineageNodeKind(one.thing.kind),
        id=strawberry.ID(str(one.thing.pk)),
        name=one.name,
        depth=one.depth,
        parent=strawberry.ID(one.parent.key),
    )


@strawberry.type
class Query:
    """Root fields of browsing."""

    @strawberry.field(
        graphql_type=list[FolderChild], description="What lies in a folder, whatever its kind."
    )
    async def children(
        self,
        info: Info,
        parent: strawberry.ID,
        filters: FolderChildrenFilter | None = None,
        pagination: ChildrenPaginationInput | None = None,
        order: ChildrenOrder | None = None,
    ) -> Any:
        """List it."""
        narrow, page = filters or FolderChildrenFilter(), pagination or ChildrenPaginationInput()
        wish = children_selector.ChildrenWish(
            folders=narrow.show_children is not False,
            converted=narrow.show_converted is True,
            search=narrow.search,
            order="name" if order is None else order.field.value,
            descending=order is not None and order.direction is ChildrenOrderDirection.DESC,
            offset=page.offset or 0,
            limit=200 if page.limit is None else page.limit,
        )
        return await in_thread(
            children_selector.children_of_folder, principal_of(info), parent, wish
        )

    @strawberry.field(description="What was made from each of these, so many hops down.")
    async def descendants(
        self,
        info: Info,
        starts: list[LineageRootInput],
        down: int = 3,
        limit: int = 500,
        fanout: int = 20,
    ) -> list[Descendants]:
        """Walk down."""
        found = await in_thread(
            descent_selector.descent,
            principal_of(info),
            [(one.kind.value, one.id) for one in starts[:1000]],
            down=down,
            limit=limit,
            fanout=fanout,
        )
        return [
            Descendants(
                root=strawberry.ID(one.root.key),
                nodes=[_node(node) for node in one.nodes],
                more=one.more,
            )
            for one in found
        ]
