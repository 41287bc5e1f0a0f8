"""Pictures as operations: what is read of the store, and what is read no second time."""

from __future__ import annotations

import arrays
import numpy as np
import pytest
from lab import TCYX, YX

from chassis.errors import InvalidInput, NotFound
from mikro_server.operations.picture import RegionWish, region_read, thumbnail_read


@pytest.fixture
def reads(objects, monkeypatch):
    """The keys that are read."""
    seen: list[str] = []
    get = objects.get

    async def counted(bucket, key, **part):
        seen.append(key)
        return await get(bucket, key, **part)

    monkeypatch.setattr(objects, "get", counted)
    return seen


async def test_only_the_chunks_of_the_region_are_read(lab, reads):
    values = np.arange(64 * 64, dtype="uint16").reshape(64, 64) + 1
    made = await arrays.dataset(lab, values, axes=YX, chunks=(16, 16))
    wish = RegionWish(slices=["y:0:16", "x:20:40"], form="raw")
    reads.clear()
    await region_read(principal=lab.member.principal, dataset_id=made["id"], wish=wish)
    chunks = sorted(key.rpartition("/c/")[2] for key in reads if "/c/" in key)
    assert chunks == ["0/1", "0/2"]


async def test_nothing_is_read_for_a_picture_the_caller_has(lab, reads):
    made = await arrays.dataset(lab, np.ones((8, 8), "uint8"), axes=YX)
    asked = {"principal": lab.member.principal, "dataset_id": made["id"], "wish": RegionWish()}
    first = await region_read(**asked)
    reads.clear()
    again = await region_read(**asked, known=["x", first.mark])
    assert (again.data, again.mark, reads) == (None, first.mark, [])


async def test_marks_tell_arrays_and_wishes_apart(lab):
    marks = set()
    wishes = [
        RegionWish(),
        RegionWish(slices=["y:1:2"]),
        RegionWish(form="webp"),
        RegionWish(longest=2),
    ]
    for fill in (1, 2):
        made = await arrays.dataset(lab, np.full((8, 8), fill, "uint8"), axes=YX)
        for wish in wishes:
            found = await region_read(
                principal=lab.member.principal, dataset_id=made["id"], wish=wish
            )
            marks.add(found.mark)
    assert len(marks) == 8


async def test_a_thumbnail_reads_no_more_channels_than_it_can_colour(lab, reads):
    values = np.ones((9, 16, 16), "uint8")
    made = await arrays.dataset(lab, values, axes=[TCYX[1], *YX], chunks=(1, 16, 16))
    reads.clear()
    asked = {"principal": lab.member.principal, "dataset_id": made["id"]}
    await thumbnail_read(**asked, longest=64, form="png")
    assert len([key for key in reads if "/c/" in key]) == 6
    reads.clear()
    await thumbnail_read(**asked, longest=64, form="png")
    assert len(reads) == 1


async def test_a_deep_stack_is_shown_by_its_middle(lab, reads):
    values = np.ones((200, 4, 4), "uint8")
    axes = [{"name": "z", "type": "SPACE"}, *YX]
    made = await arrays.dataset(lab, values, axes=axes, chunks=(1, 4, 4))
    reads.clear()
    await thumbnail_read(
        principal=lab.member.principal, dataset_id=made["id"], longest=64, form="png"
    )
    assert [key.rpartition("/c/")[2] for key in reads if "/c/" in key] == ["100/0/0"]


async def test_an_empty_array_has_no_picture(lab):
    made = await arrays.dataset(lab, np.zeros((0, 8), "uint8"), axes=YX, chunks=(1, 8))
    principal = lab.member.principal
    with pytest.raises(InvalidInput):
        await region_read(principal=principal, dataset_id=made["id"], wish=RegionWish())
    with pytest.raises(InvalidInput):
        await thumbnail_read(principal=principal, dataset_id=made["id"], longest=64, form="png")
    with pytest.raises(NotFound):
        await region_read(principal=principal, dataset_id=made["id"], wish=RegionWish(level=3))
