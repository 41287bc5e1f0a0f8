"""Turns the clients' errors into the deployer's: nobody answers, or the answer is no."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from fakts.errors import FaktsError
from rath.errors import EntityNotFound, RathException
from rath.operation import GraphQLException

from deployers.core.errors import StoreRefused, StoreUnavailable


@asynccontextmanager
async def translated(whom: str) -> AsyncIterator[None]:
    """Translate what a call of a client raises.

    Everything that is not a plain no counts as "not now": a deployer that takes a fault of the
    network for an order would stop what ought to run.
    """
    try:
        yield
    except GraphQLException as error:
        # Its text names addresses and documents as well, which tell a person nothing.
        raise StoreRefused(error.message) from error
    except EntityNotFound as error:
        raise StoreRefused(str(error)) from error
    except aiohttp.ClientResponseError as error:
        raise StoreUnavailable(f"{whom} answers with {error.status}.") from error
    except (RathException, FaktsError, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise StoreUnavailable(f"{whom} cannot be reached: {error or type(error).__name__}") from (
            error
        )
