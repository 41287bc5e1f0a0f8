"""Conditions of lists: what they find, and that nothing is found twice."""

from __future__ import annotations

import itertools

import pytest
from django.db.models import Q
from rowmaker import Rows

from mikro_server.domain.kinds import AxisType, FileLinkDirection
from mikro_server.models import ArrayDataset, Column, Folder, TableDataset
from mikro_server.selectors import subqueries

pytestmark = pytest.mark.django_db

TYPES = {
    "y": AxisType.SPACE,
    "t": AxisType.TIME,
    "c": AxisType.CHANNEL,
    "i": AxisType.INDEX,
}


@pytest.fixture
def made(mint):
    return Rows(mint.member(roles=["editor"]))


def names(model, condition):
    return sorted(model.objects.filter(condition).values_list("name", flat=True))


def test_a_space_has_all_the_types_that_are_asked_for(made):
    spaces = ["y", "yx", "tyx", "cyx", "tcyx", "tcyxi", "i"]
    for axes in spaces:
        made.array(axes, axes)
    for size in range(len(TYPES) + 1):
        for wanted in itertools.combinations(TYPES, size):
            condition = subqueries.spaces_with([TYPES[one] for one in wanted], "intrinsic_system")
            expected = sorted(axes for axes in spaces if set(wanted) <= set(axes))
            assert names(ArrayDataset, condition) == expected, wanted


def test_what_is_derived_is_told_from_what_is_placed(made):
    raw, other, smooth, placed = (made.array(name) for name in ("raw", "other", "smooth", "placed"))
    for parent in (raw, other):
        made.derived(smooth.intrinsic_system, parent.intrinsic_system)
    made.edge(placed.intrinsic_system, raw.intrinsic_system)
    column = "intrinsic_system"
    assert names(ArrayDataset, subqueries.derived(column)) == ["smooth"]
    assert names(ArrayDataset, ~subqueries.derived(column)) == ["other", "placed", "raw"]
    from_raw = Q(output=raw.intrinsic_system)
    assert names(ArrayDataset, subqueries.derived(column, from_raw)) == ["smooth"]
    from_smooth = Q(output=smooth.intrinsic_system)
    assert names(ArrayDataset, subqueries.derived(column, from_smooth)) == []


def test_a_link_is_found_once_and_by_all_its_conditions(made):
    file, other = made.file("file"), made.file("other")
    array, table = made.array("array"), made.table("table")
    for series in ("1", "2"):
        made.link(file, FileLinkDirection.SOURCE, array_dataset=array, series_identifier=series)
    made.link(other, FileLinkDirection.RENDITION, table_dataset=table)

    def arrays(**conditions):
        return names(ArrayDataset, subqueries.linked("array_dataset", "pk", **conditions))

    assert arrays() == ["array"]
    assert arrays(file=file) == ["array"]
    assert arrays(file=other) == []
    assert arrays(file=file, series_identifier="2") == ["array"]
    assert arrays(file=file, series_identifier="3") == []
    assert arrays(direction=FileLinkDirection.RENDITION.value) == []
    tables = subqueries.linked("table_dataset", "pk", file=other)
    assert names(TableDataset, tables) == ["table"]


def test_a_table_is_found_by_one_column_that_is_everything_asked_for(made):
    for name, columns in {
        "points": [("x", "DOUBLE", "COORDINATE"), ("label", "BIGINT", "ATTRIBUTE")],
        "labels": [("label", "VARCHAR", "ATTRIBUTE")],
        "empty": [],
    }.items():
        table = made.table(name)
        for order, (column, dtype, role) in enumerate(columns):
            Column.objects.create(table=table, order=order, name=column, dtype=dtype, role=role)

    def tables(**conditions):
        return names(TableDataset, subqueries.with_column("pk", **conditions))

    assert tables() == ["labels", "points"]
    assert tables(name="label") == ["labels", "points"]
    assert tables(name="label", dtype="BIGINT") == ["points"]
    # Two columns that are each half of it are not one that is all of it.
    assert tables(name="label", dtype="DOUBLE") == []
    assert tables(role="COORDINATE") == ["points"]


def test_a_folder_is_pinned_by_one_person(made, mint):
    colleague = Rows(mint.member(sub="9"))
    mine, theirs, both = (made.folder(name) for name in ("mine", "theirs", "both"))
    for folder, people in ((mine, [made]), (theirs, [colleague]), (both, [made, colleague])):
        for one in people:
            folder.pinned_by.add(one.owner["creator"])
    me, other = made.principal.subject, colleague.principal.subject
    assert names(Folder, subqueries.pinned(me, "pk")) == ["both", "mine"]
    assert names(Folder, subqueries.pinned(other, "pk")) == ["both", "theirs"]
    assert names(Folder, ~subqueries.pinned(me, "pk")) == ["theirs"]
    assert names(Folder, subqueries.pinned("nobody", "pk")) == []
