"""Shelves and drawers: values that agents keep in memory for others to refer to."""

from __future__ import annotations

import strawberry


@strawberry.type(description="The values an agent keeps in memory.")
class MemoryShelve:
    """Every agent has one; it goes by the id of the agent."""

    id: strawberry.ID = strawberry.field(description="The id of the agent.")
