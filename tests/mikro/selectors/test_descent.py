"""What was made from what, held against a walk of the same family in memory."""

from __future__ import annotations

import random

import pytest
from rowmaker import Rows

from chassis.clock import now
from chassis.errors import InvalidInput
from mikro_server.domain.kinds import FileLinkDirection, LensKind
from mikro_server.selectors.descent import (
    CONTAINERS,
    FILE,
    MOST_HOPS,
    MOST_NODES,
    Thing,
    children_of,
    descent,
)

pytestmark = pytest.mark.django_db

MAKERS = {"DATASET": "array", "TABLE_DATASET": "table", "ANNOTATION_COLLECTION": "collection"}
SOURCE, RENDITION = FileLinkDirection.SOURCE, FileLinkDirection.RENDITION


@pytest.fixture
def made(mint):
    return Rows(mint.member(roles=["editor"]))


@pytest.fixture
def foreign(mint):
    return Rows(mint.member(org="77", sub="77", roles=["editor"]))


@pytest.fixture
def walk(made):
    def go(*starts, down=MOST_HOPS, limit=500, fanout=100):
        given = [(one.kind, one.pk) for one in starts]
        return descent(made.principal, given, down=down, limit=limit, fanout=fanout)

    return go


def thing(kind, row):
    return Thing(kind, row.pk)


def space(row):
    return getattr(row, "intrinsic_system", None) or row.coordinate_system


def family(made, seed, size=12):
    """Arrays of which each is computed from up to two older or younger ones; loops are allowed."""
    chance = random.Random(seed)
    arrays = [made.array(f"a{number}") for number in range(size)]
    pairs = set()
    for number in range(size):
        for parent in chance.sample(range(size), 2):
            if parent != number and chance.random() < 0.6:
                pairs.add((number, parent))
    for child, parent in pairs:
        made.derived(space(arrays[child]), space(arrays[parent]))
    return arrays, pairs


def generations(pairs, root):
    found = {root: 0}
    fringe = [root]
    while fringe:
        younger = sorted({c for c, p in pairs if p in fringe and c not in found})
        found.update(dict.fromkeys(younger, found[fringe[0]] + 1))
        fringe = younger
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("down", [0, 1, 3, MOST_HOPS])
def test_everything_younger_is_found_once_at_its_least_distance(made, walk, seed, down):
    arrays, pairs = family(made, seed)
    steps = generations(pairs, 0)
    [found] = walk(thing("DATASET", arrays[0]), down=down)
    place = {row.pk: number for number, row in enumerate(arrays)}
    depths = {place[one.thing.pk]: one.depth for one in found.nodes}
    assert len(depths) == len(found.nodes)
    assert depths == {at: step for at, step in steps.items() if 0 < step <= down}
    assert found.more is any(step > down for step in steps.values())
    for node in found.nodes:
        parent = place[node.parent.pk]
        assert (place[node.thing.pk], parent) in pairs
        assert steps[parent] == node.depth - 1
        assert node.name == f"a{place[node.thing.pk]}"
    assert [one.depth for one in found.nodes] == sorted(one.depth for one in found.nodes)


@pytest.mark.parametrize("child", MAKERS)
@pytest.mark.parametrize("parent", MAKERS)
@pytest.mark.parametrize("through", ["space", "lens"])
def test_any_container_is_made_from_any_other(made, parent, child, through):
    older, younger = getattr(made, MAKERS[parent])("old"), getattr(made, MAKERS[child])("young")
    target = space(older)
    if through == "lens":
        target = made.system()
        kind = {"array_dataset": LensKind.ARRAY, "table_dataset": LensKind.TABLE}
        column = CONTAINERS[parent][2]
        lens_kind = kind.get(column, LensKind.ANNOTATION)
        made.lens(lens_kind, coordinate_system=target, **{column: older})
    made.derived(space(younger), target)
    found = children_of(made.principal, [thing(parent, older), thing(child, younger)])
    assert found == {thing(parent, older): [(thing(child, younger), "young")]}


@pytest.mark.parametrize("kind", MAKERS)
def test_files_lead_to_what_was_read_out_of_them_and_data_to_its_files(made, kind):
    file, export, data = made.file("raw"), made.file("export"), getattr(made, MAKERS[kind])("data")
    column = CONTAINERS[kind][2]
    made.link(file, SOURCE, **{column: data})
    made.link(export, RENDITION, **{column: data})
    ours = thing(FILE, file), thing(kind, data), thing(FILE, export)
    assert children_of(made.principal, ours) == {
        ours[0]: [(ours[1], "data")],
        ours[1]: [(ours[2], "export")],
    }
    export.trashed_at = data.trashed_at = now()
    export.save()
    assert children_of(made.principal, ours[1:]) == {}
    data.save()
    assert children_of(made.principal, ours[:1]) == {}


def test_a_placement_is_no_derivation(made):
    older, younger = made.array("old"), made.array("young")
    made.edge(space(younger), space(older))
    assert children_of(made.principal, [thing("DATASET", older)]) == {}


def test_what_others_made_is_never_found(made, foreign, walk):
    ours, theirs = made.array("ours"), foreign.array("theirs")
    foreign.derived(space(theirs), space(ours))
    foreign.link(foreign.file("export"), RENDITION, array_dataset=ours)
    [found] = walk(thing("DATASET", ours))
    assert (found.nodes, found.more) == ([], False)
    assert walk(thing("DATASET", theirs)) == []


def test_children_come_by_kind_and_the_oldest_first(made):
    root = made.array("root")
    tables = [made.table(name) for name in ("z", "a")]
    arrays = [made.array(name) for name in ("y", "b")]
    for row in (*tables[::-1], *arrays[::-1]):
        made.derived(space(row), space(root))
    found = children_of(made.principal, [thing("DATASET", root)])[thing("DATASET", root)]
    assert [name for _, name in found] == ["y", "b", "z", "a"]


@pytest.mark.parametrize(
    ("limit", "fanout", "found", "more"),
    [
        (500, 100, 6, False),
        (6, 100, 6, False),
        (5, 100, 5, True),
        (0, 100, 0, True),
        (500, 2, 4, True),
        (500, 1, 2, True),
        (500, 0, 0, True),
        (3, 2, 3, True),
    ],
)
def test_a_walk_is_as_wide_as_it_may_be_and_says_so(made, walk, limit, fanout, found, more):
    # Three children; the first of them has three children of its own.
    root = made.array("root")
    first = [made.array(f"child {number}") for number in range(3)]
    second = [made.array(f"grandchild {number}") for number in range(3)]
    for row in first:
        made.derived(space(row), space(root))
    for row in second:
        made.derived(space(row), space(first[0]))
    [one] = walk(thing("DATASET", root), limit=limit, fanout=fanout)
    assert (len(one.nodes), one.more) == (found, more)


def test_a_limit_is_for_all_roots_together(made, walk):
    roots = [made.array(f"root {number}") for number in range(2)]
    for root in roots:
        for number in range(3):
            made.derived(space(made.array(f"child {number}")), space(root))
    both = walk(*(thing("DATASET", root) for root in roots), limit=4)
    assert [len(one.nodes) for one in both] == [3, 1]
    assert [one.more for one in both] == [False, True]


def test_roots_are_answered_once_and_in_their_order(made, walk):
    first, second, file = made.array("1"), made.array("2"), made.file("f")
    things = [thing(FILE, file), thing("DATASET", second), thing("DATASET", first)]
    assert [one.root for one in walk(*things, things[0])] == things
    assert [one.root.key for one in walk(things[0])] == [f"FILE:{file.pk}"]


@pytest.mark.parametrize(
    "start", [("LENS", 1), ("", 1), ("DATASET", "x"), ("DATASET", -1), (FILE, 0)]
)
def test_a_root_that_is_none_answers_nothing(made, start):
    assert descent(made.principal, [start], down=1, limit=1, fanout=1) == []


def test_a_root_in_the_trash_answers_nothing(made, walk):
    rows = {FILE: made.file(trashed_at=now())} | {
        kind: getattr(made, maker)(trashed_at=now()) for kind, maker in MAKERS.items()
    }
    assert walk(*(thing(kind, row) for kind, row in rows.items())) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"down": -1}, "down"),
        ({"down": MOST_HOPS + 1}, "down"),
        ({"limit": -1}, "limit"),
        ({"limit": MOST_NODES + 1}, "limit"),
        ({"fanout": -1}, "limit"),
    ],
)
def test_a_walk_that_is_none_is_refused(walk, change, field):
    with pytest.raises(InvalidInput) as refused:
        walk(**change)
    assert refused.value.field == field
