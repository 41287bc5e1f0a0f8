"""Orphans: objects that lie in the buckets without a living row.

They come about when a client goes on writing with a grant whose store was swept meanwhile, or by
a backup of the database that is older than the objects. Only what the database knows to be gone
is ever removed; what no row names is reported, for it may be somebody's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta

from chassis.clock import now
from chassis.config import current
from chassis.logs import get_logger
from chassis.objectstore.contract import ListPage, ObjectStore
from mikro_server.adapters.objects import borrowed_store
from mikro_server.config import MikroConfig
from mikro_server.domain.store_state import StoreState
from mikro_server.models import Store

logger = get_logger(__name__)

#: Names of orphans a report holds; it counts all of them.
_SAMPLES = 20


@dataclass(slots=True)
class Orphans:
    """Orphans of one sort."""

    objects: int = 0
    bytes: int = 0
    #: Bucket and key of the first ones.
    samples: list[tuple[str, str]] = field(default_factory=list)

    def add(self, bucket: str, key: str, size: int) -> None:
        """Count one."""
        self.objects += 1
        self.bytes += size
        if len(self.samples) < _SAMPLES:
            self.samples.append((bucket, key))


@dataclass(slots=True)
class OrphanReport:
    """What lies in the buckets without a living row."""

    #: Objects of stores the database knows to be gone, longer than any grant for them lived.
    known: Orphans = field(default_factory=Orphans)
    #: Objects no row ever named: reported, never touched.
    unknown: Orphans = field(default_factory=Orphans)
    removed: int = 0


def orphans_sweep(*, dry_run: bool = True) -> OrphanReport:
    """Compare the buckets with the rows, page by page; remove what may go unless `dry_run`."""
    report = OrphanReport()
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        objects = runner.run(stack.enter_async_context(borrowed_store()))
        try:
            for bucket in sorted(set(current(MikroConfig).storage.buckets.values())):
                after: str | None = None
                while True:
                    page = runner.run(_page(objects, bucket, after))
                    doomed = _sorted_out(bucket, page, report)
                    if not dry_run:
                        runner.run(_remove(objects, bucket, doomed))
                        report.removed += len(doomed)
                    after = page.next_after
                    if after is None:
                        break
        finally:
            runner.run(stack.aclose())
    return report


async def _page(objects: ObjectStore, bucket: str, after: str | None) -> ListPage:
    return await objects.list(bucket, "", after=after)


async def _remove(objects: ObjectStore, bucket: str, keys: Iterable[str]) -> None:
    for key in keys:
        await objects.delete(bucket, key)


def _store_of(key: str) -> str:
    """Return the key of the store an object belongs to."""
    return "/".join(key.split("/")[:2])


def _sorted_out(bucket: str, page: ListPage, report: OrphanReport) -> list[str]:
    """Add the orphans of a page to the report; return those that may go."""
    named = {_store_of(info.key) for info in page.objects}
    rows = Store.objects.filter(key__in=named).values_list("key", "state", "gone_at")
    states = {key: (state, gone_at) for key, state, gone_at in rows}
    over = now() - timedelta(seconds=current(MikroConfig).storage.write_grant_seconds)
    doomed = []
    for info in page.objects:
        state, gone_at = states.get(_store_of(info.key), (None, None))
        if state is None:
            report.unknown.add(bucket, info.key, info.size)
        elif state == StoreState.GONE and (gone_at is None or gone_at <= over):
            report.known.add(bucket, info.key, info.size)
            doomed.append(info.key)
    return doomed


def orphans_attend() -> OrphanReport | None:
    """Do with orphans what the configuration says, and log what was found."""
    attention = current(MikroConfig).orphans.attention
    if attention == "off":
        return None
    report = orphans_sweep(dry_run=attention == "report")
    if report.known.objects or report.unknown.objects:
        logger.warning(
            "orphans: %s objects of stores that are gone (%s bytes, %s removed), "
            "%s objects nobody knows (%s bytes)",
            report.known.objects,
            report.known.bytes,
            report.removed,
            report.unknown.objects,
            report.unknown.bytes,
            extra={
                "event": "storage.orphans_found",
                "known": report.known.samples,
                "unknown": report.unknown.samples,
            },
        )
    return report
