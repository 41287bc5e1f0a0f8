"""Nouns of the clients that this server does not store yet.

Reading them is answered truly: there are none. Making one is refused with NOT_SUPPORTED, and
rights are asked first, so that the answers do not change meaning when a noun is built.
"""

from __future__ import annotations

from typing import Any, NoReturn

from chassis.errors import NotFound, NotSupported
from chassis.identity import Principal
from chassis.permissions import authorize
from rekuest_server.policy import catalog

#: Named here so that the rules are registered before anything is asked.
RULES = catalog


def none_of(principal: Principal) -> list[Any]:
    """Return the rows of an unbuilt noun: none."""
    authorize(principal, "catalog.read")
    return []


def no_such(principal: Principal) -> NoReturn:
    """Answer the question for one row of an unbuilt noun."""
    authorize(principal, "catalog.read")
    raise NotFound()


def refuse(principal: Principal, what: str) -> NoReturn:
    """Refuse to make or change something of an unbuilt noun."""
    authorize(principal, "catalog.write")
    raise NotSupported(f"This server does not offer {what} yet.")
