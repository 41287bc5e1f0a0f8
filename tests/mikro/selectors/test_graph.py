"""Walks of the coordinate graph, held against walks of the same graph in memory."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from rowmaker import Rows

from chassis.errors import InvalidInput
from mikro_server.domain import affine
from mikro_server.models import Transformation
from mikro_server.selectors import graph
from mikro_server.selectors.rows import transformations_visible_to

pytestmark = pytest.mark.django_db

POINT = (3.0, 5.0)


@pytest.fixture
def made(mint):
    return Rows(mint.member(roles=["editor"]))


@pytest.fixture
def between(made):
    def find(start, end):
        edges = transformations_visible_to(made.principal)
        return graph.affine_between(edges, start.pk, end.pk)

    return find


@pytest.fixture
def around(made):
    def find(root, depth=None):
        edges = transformations_visible_to(made.principal)
        return graph.neighbourhood(edges, root.pk, depth)

    return find


def goes(matrix, expected, point=POINT):
    found = affine.apply(matrix, point)
    return all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) for a, b in zip(found, expected, strict=True)
    )


def random_graph(made, seed, count=9, edges=12):
    """Spaces, and pairs of their numbers in the order the edges were made."""
    chance = random.Random(seed)
    spaces = [made.system() for _ in range(count)]
    pairs = [tuple(chance.sample(range(count), 2)) for _ in range(edges)]
    rows = [made.edge(spaces[a], spaces[b]) for a, b in pairs]
    return spaces, pairs, rows


def distances(pairs, root):
    """Return how many steps each node is from the root, whichever way edges lead."""
    found = {root: 0}
    queue = [root]
    for here in queue:
        for a, b in pairs:
            for start, end in ((a, b), (b, a)):
                if start == here and end not in found:
                    found[end] = found[here] + 1
                    queue.append(end)
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("depth", [0, 1, 2, None])
def test_a_walk_finds_what_is_near_and_the_edges_it_went_along(made, around, seed, depth):
    spaces, pairs, rows = random_graph(made, seed)
    steps = distances(pairs, 0)
    most = math.inf if depth is None else depth
    found = around(spaces[0], depth)
    assert set(found.systems) == {spaces[at].pk for at, step in steps.items() if step <= most}
    assert found.systems[0] == spaces[0].pk
    # An edge is found where one of its ends was reached before the last step.
    expected = {
        row.pk
        for row, (a, b) in zip(rows, pairs, strict=True)
        if min(steps.get(a, math.inf), steps.get(b, math.inf)) < most
    }
    assert set(found.edges) == expected
    assert len(found.edges) == len(set(found.edges))


def test_a_step_costs_one_statement(made, around, django_assert_num_queries):
    spaces = [made.system() for _ in range(6)]
    for other in spaces[1:]:
        made.edge(other, spaces[0])
    with django_assert_num_queries(1):
        assert len(around(spaces[0], 1).systems) == 6
    # The last of them finds that there is nothing further.
    with django_assert_num_queries(2):
        assert len(around(spaces[0]).systems) == 6


@pytest.mark.parametrize(
    ("most", "depth", "refused"), [(4, None, True), (4, 1, False), (5, None, False)]
)
def test_a_graph_too_large_is_refused_and_a_part_of_it_is_not(
    made, around, monkeypatch, most, depth, refused
):
    monkeypatch.setattr(graph, "MOST_SYSTEMS", most)
    spaces = [made.system() for _ in range(5)]
    for start, end in itertools.pairwise(spaces):
        made.edge(start, end)
    if not refused:
        around(spaces[0], depth)
        return
    with pytest.raises(InvalidInput) as error:
        around(spaces[0], depth)
    assert error.value.field == "maxDepth"


def test_a_walk_stays_in_the_organization(made, around, two_organizations, mint):
    foreign = Rows(mint.member(org="77", sub="77"))
    ours, theirs = made.system(), foreign.system()
    # Nothing makes such an edge; if there were one, it would not be ours to see.
    foreign.edge(ours, theirs)
    assert around(ours).systems == [ours.pk]
    assert around(ours).edges == []


EDGES = {
    "IDENTITY": ({}, (3, 5)),
    "SCALE": ({"scale": [2, 10]}, (6, 50)),
    "TRANSLATION": ({"translation": [1, -1]}, (4, 4)),
    "AFFINE": ({"affine": [[0, 1, 1], [1, 0, 0]]}, (6, 3)),
    "ROTATION": ({"affine": [[0, -1, 0], [1, 0, 0]]}, (-5, 3)),
    "MAP_AXIS": ({"inputAxes": ["y", "x"], "outputAxes": ["x", "y"]}, (5, 3)),
    "SEQUENCE": (
        {
            "steps": [
                {"kind": "SCALE", "scale": [2, 2]},
                {"kind": "TRANSLATION", "translation": [1, 0]},
            ]
        },
        (7, 10),
    ),
}


@pytest.mark.parametrize("kind", EDGES)
def test_each_kind_is_gone_along_in_both_directions(made, between, kind):
    params, image = EDGES[kind]
    start, end = made.system(), made.system()
    made.edge(start, end, kind, params)
    assert goes(between(start, end), image)
    assert goes(between(end, start), POINT, image)


@pytest.mark.parametrize("seed", range(3))
def test_a_path_is_its_edges_one_after_the_other(made, between, seed):
    chance = random.Random(seed)
    spaces = [made.system() for _ in range(6)]
    expected = POINT
    for start, end in itertools.pairwise(spaces):
        kind = chance.choice(["SCALE", "TRANSLATION"])
        numbers = [chance.choice([-2.0, 0.5, 3.0]) for _ in range(2)]
        if chance.random() < 0.5:
            made.edge(start, end, kind, {kind.lower(): numbers})
            sign = 1
        else:
            made.edge(end, start, kind, {kind.lower(): numbers})
            sign = -1
        pairs = list(zip(expected, numbers, strict=True))
        if kind == "SCALE":
            expected = tuple(a * b**sign for a, b in pairs)
        else:
            expected = tuple(a + sign * b for a, b in pairs)
    assert goes(between(spaces[0], spaces[-1]), expected)
    assert goes(between(spaces[-1], spaces[0]), POINT, expected)


def test_the_shortest_way_wins_and_among_equals_the_oldest(made, between):
    start, middle, end = made.system(), made.system(), made.system()
    made.edge(start, middle, "SCALE", {"scale": [2, 2]})
    made.edge(middle, end, "SCALE", {"scale": [2, 2]})
    assert goes(between(start, end), (12, 20))
    made.edge(start, end, "SCALE", {"scale": [7, 7]})
    made.edge(start, end, "SCALE", {"scale": [9, 9]})
    assert goes(between(start, end), (21, 35))


@pytest.mark.parametrize(
    ("kind", "params", "more"),
    [
        ("UNMAPPABLE", {"reason": "another sample"}, {}),
        ("IDENTITY", {}, {"selector": {"axis": "y", "index": 3}}),
        (
            "BY_DIMENSION",
            {
                "parts": [
                    {
                        "kind": "FIELD",
                        "inputAxes": ["y", "x"],
                        "outputAxes": ["y", "x"],
                        "field": {"system": 1},
                    }
                ]
            },
            {},
        ),
        (
            "BY_DIMENSION",
            {"parts": [{"kind": "IDENTITY", "inputAxes": ["y"], "outputAxes": ["y"]}]},
            {},
        ),
    ],
)
def test_what_is_no_affine_map_everywhere_is_no_way(made, between, kind, params, more):
    start, end, around = made.system(), made.system(), made.system()
    made.edge(start, end, kind, params, **more)
    assert between(start, end) is None
    assert between(end, start) is None
    made.edge(start, around, "SCALE", {"scale": [2, 2]})
    made.edge(end, around, "SCALE", {"scale": [4, 4]})
    assert goes(between(start, end), (1.5, 2.5))


def test_a_projection_leads_there_and_not_back(made, between):
    volume, plane = made.system("zyx"), made.system()
    made.edge(volume, plane, "AFFINE", {"affine": [[0, 1, 0, 0], [0, 0, 1, 0]]})
    assert affine.apply(between(volume, plane), (9, 3, 5)) == POINT
    assert between(plane, volume) is None


def test_a_space_is_itself_and_others_may_not_be_reached(made, between):
    one, other = made.system("zyx"), made.system("zyx")
    assert between(one, one) == affine.identity(3)
    assert between(one, other) is None


def test_axes_are_named_in_their_order_and_a_space_without_rows_has_none(made):
    one, other = made.system("tczyx"), made.system("x")
    assert graph.axis_names([one.pk, other.pk, 0]) == {one.pk: [*"tczyx"], other.pk: ["x"], 0: []}
    assert Transformation.objects.count() == 0
