"""Shortcuts: making and deleting stored calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.errors import InvalidInput
from chassis.identity import Principal
from rekuest_server.domain.text import name_of, text_of
from rekuest_server.models import Action, Shortcut, Toolbox
from rekuest_server.operations.authoring import delete_own, own, write_as
from rekuest_server.operations.identity import CallerIdentity

#: Where shortcuts are kept that name no toolbox.
DEFAULT_TOOLBOX = "Shortcuts"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortcutWish:
    """A shortcut to be made; `args` is by port key of the action."""

    name: str
    action: object
    args: Mapping[str, Any]
    toolbox: object = None
    description: str | None = None
    allow_quick: bool = False
    use_returns: bool = False
    bind_number: int | None = None


async def shortcut_create(*, principal: Principal, wish: ShortcutWish) -> Shortcut:
    """Keep a call; arguments that the action does not take are refused by name."""
    return await write_as(principal, "catalog.write", _create, wish)


def _create(author: CallerIdentity, wish: ShortcutWish) -> Shortcut:
    action = own(author, Action.objects.all(), wish.action, field="action")
    ports = {port["key"] for port in action.definition.get("args") or ()}
    for key in wish.args:
        if key not in ports:
            raise InvalidInput(f"The action takes no argument {key!r}.", field=f"args.{key}")
    if wish.toolbox is None:
        toolbox, _ = Toolbox.objects.get_or_create(
            organization_id=author.organization_id, name=DEFAULT_TOOLBOX
        )
    else:
        toolbox = own(author, Toolbox.objects.all(), wish.toolbox, field="toolbox")
    return Shortcut.objects.create(
        organization_id=author.organization_id,
        creator_id=author.user_id,
        toolbox=toolbox,
        action=action,
        name=name_of(wish.name, "name"),
        description=text_of(wish.description, "description"),
        saved_args=dict(wish.args),
        allow_quick=wish.allow_quick,
        use_returns=wish.use_returns,
        bind_number=wish.bind_number,
    )


async def shortcut_delete(*, principal: Principal, shortcut: object) -> str:
    """Delete a shortcut and return its id."""
    return await write_as(
        principal, "catalog.write", delete_own, Shortcut.objects.all(), shortcut, field="shortcut"
    )
