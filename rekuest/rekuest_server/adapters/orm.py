"""Running Django's ORM from the task path: in threads of its own, giving connections back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
R = TypeVar("R")

_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="rekuest-orm")


def _run(call: Callable[[], R]) -> R:
    try:
        return call()
    finally:
        connections.close_all()


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that uses the ORM without blocking the event loop."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_THREADS, _run, partial(function, *args, **kwargs))
