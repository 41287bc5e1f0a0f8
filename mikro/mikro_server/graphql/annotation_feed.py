"""The subscription to shapes."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator

import strawberry

from chassis.graphql import Info, principal_of
from mikro_server.adapters.news import ShapeNews
from mikro_server.graphql.annotation import Annotation
from mikro_server.operations import annotation as operations
from mikro_server.operations.author import in_thread
from mikro_server.selectors import rows


@strawberry.type(description="What happened to a shape.")
class AnnotationEvent:
    """Exactly one of them is set."""

    create: Annotation | None = strawberry.field(default=None, description="A new shape.")
    update: Annotation | None = strawberry.field(default=None, description="A changed shape.")
    delete: uuid.UUID | None = strawberry.field(default=None, description="A shape that went.")
    many: strawberry.ID | None = strawberry.field(
        default=None, description="A collection that got many shapes at once."
    )


@strawberry.type
class Subscription:
    """Shapes as they come and go."""

    @strawberry.subscription(
        description="What happens to shapes of the organization, a collection or over a dataset."
    )
    async def annotations(
        self,
        info: Info,
        collection: strawberry.ID | None = None,
        dataset: strawberry.ID | None = None,
    ) -> AsyncGenerator[AnnotationEvent, None]:
        """Watch them."""
        watched = operations.shapes_watch(
            principal=principal_of(info), collection=collection, dataset=dataset
        )
        async for news in watched:
            event = await _event(info, news)
            if event is not None:
                yield event


async def _event(info: Info, news: ShapeNews) -> AnnotationEvent | None:
    if news.shape is None:
        return AnnotationEvent(many=strawberry.ID(str(news.collection)))
    if news.kind == "delete":
        return AnnotationEvent(delete=uuid.UUID(news.shape))
    visible = rows.annotations_visible_to(principal_of(info))
    shape = await in_thread(rows.row_with(visible, news.shape).first)
    return None if shape is None else AnnotationEvent(**{news.kind: shape})  # type: ignore[arg-type] # a row
