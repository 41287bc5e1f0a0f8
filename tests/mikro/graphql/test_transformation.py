"""Edges by GraphQL: each kind as it was stated, refined, walked and removed."""

from __future__ import annotations

import itertools

import pytest

EDGES = """
query($filters: TransformationFilter) {
  transformations(filters: $filters, ordering: [{id: ASC}]) { id kind name validity }
}
"""
SWAP = {"kind": "MAP_AXIS", "inputAxes": ["y", "x"], "outputAxes": ["x", "y"]}
TURN = [[0, -1, 0], [1, 0, 0]]
KINDS = {
    "IDENTITY": {"kind": "IDENTITY"},
    "SCALE": {"kind": "SCALE", "scale": [2, 3]},
    "TRANSLATION": {"kind": "TRANSLATION", "translation": [5, -1]},
    "AFFINE": {"kind": "AFFINE", "affine": [[1, 2, 3], [4, 5, 6]]},
    "ROTATION": {"kind": "ROTATION", "affine": TURN},
    "MAP_AXIS": SWAP,
    "BY_DIMENSION": {
        "kind": "BY_DIMENSION",
        "parts": [
            {"kind": "SCALE", "inputAxes": ["y"], "outputAxes": ["y"], "scale": [2]},
            {"kind": "TRANSLATION", "inputAxes": ["x"], "outputAxes": ["x"], "translation": [7]},
        ],
    },
    "UNMAPPABLE": {"kind": "UNMAPPABLE", "reason": "a table of measurements"},
}


@pytest.fixture
def ends(lab):
    async def make():
        array = await lab.array("pixels")
        return array["intrinsicSystem"]["id"], (await lab.space("stage"))["id"]

    return make


@pytest.fixture
def edge(lab):
    async def make(start, end, transform=None, **more):
        given = {"input": start, "output": end, "transform": transform or {"kind": "IDENTITY"}}
        return await lab.get("CreateTransformation", input={**given, **more})

    return make


@pytest.fixture
def kinds(lab):
    async def found(**filters):
        data = (await lab.graphql(EDGES, lab.member, filters=filters)).ok()
        return [one["kind"] for one in data["transformations"]]

    return found


async def test_each_kind_is_kept_as_it_was_stated(lab, ends, edge):
    start, end = await ends()
    for kind, transform in KINDS.items():
        made = await edge(start, end, transform, name=kind)
        read = await lab.get("GetTransformation", id=made["id"])
        assert read == made
        assert (read["kind"], read["name"]) == (kind, kind)
        for key in ("scale", "translation", "affine"):
            if key in transform:
                assert read[key] == transform[key], kind
        if kind == "BY_DIMENSION":
            assert [part["kind"] for part in read["parts"]] == ["SCALE", "TRANSLATION"]


@pytest.mark.parametrize(
    "transform",
    [
        {"kind": "SCALE"},
        {"kind": "SCALE", "scale": [1]},
        {"kind": "SCALE", "scale": [1, 0]},
        {"kind": "TRANSLATION", "translation": [1, 2, 3]},
        {"kind": "AFFINE", "affine": [[1, 0], [0, 1]]},
        {"kind": "ROTATION", "affine": [[2, 0, 0], [0, 1, 0]]},
        {"kind": "IDENTITY", "scale": [1, 1]},
        {"kind": "MAP_AXIS", "inputAxes": ["y"], "outputAxes": ["x", "y"]},
        {"kind": "MAP_AXIS", "inputAxes": ["y", "y"], "outputAxes": ["x", "y"]},
        {"kind": "BY_DIMENSION"},
        {
            "kind": "BY_DIMENSION",
            "parts": [
                {"kind": "IDENTITY", "inputAxes": ["y"], "outputAxes": ["y"]},
                {"kind": "IDENTITY", "inputAxes": ["x"], "outputAxes": ["y"]},
            ],
        },
        {
            "kind": "BY_DIMENSION",
            "parts": [{"kind": "FIELD", "inputAxes": ["y"], "outputAxes": ["y"]}],
        },
    ],
)
async def test_a_map_that_is_none_is_refused(lab, ends, kinds, transform):
    start, end = await ends()
    given = {"input": start, "output": end, "transform": transform}
    answer = await lab.ask("CreateTransformation", input=given)
    assert answer.codes == ["INVALID_INPUT"]
    assert answer.errors[0]["extensions"]["field"] == "transform"
    assert await kinds() == []


async def test_an_edge_leads_from_one_space_into_another_of_the_same_house(lab, ends, stranger):
    start, end = await ends()
    theirs = (await stranger.space("theirs"))["id"]
    identity = {"kind": "IDENTITY"}
    loop = {"input": start, "output": start, "transform": identity}
    assert await lab.codes("CreateTransformation", input=loop) == ["INVALID_INPUT"]
    for wrong in (
        {"input": start, "output": theirs},
        {"input": theirs, "output": end},
        {"input": "999999", "output": end},
        {"input": start, "output": "x"},
    ):
        given = {**wrong, "transform": identity}
        assert await lab.codes("CreateTransformation", input=given) == ["NOT_FOUND"], wrong


async def test_an_edge_may_hold_at_one_position_only(lab, ends, edge):
    start, end = await ends()
    made = await edge(start, end, selector={"axis": "y", "index": 3})
    document = "query($id: ID!) { transformation(id: $id) { id selector { axis index } } }"
    answer = await lab.graphql(document, lab.member, id=made["id"])
    if answer.errors:  # the selector is not asked for by the interface
        assert "selector" in answer.errors[0]["message"]
    given = {"input": start, "output": end, "transform": {"kind": "IDENTITY"}}
    wrong = {**given, "selector": {"axis": "q", "index": 3}}
    answer = await lab.ask("CreateTransformation", input=wrong)
    assert answer.errors[0]["extensions"]["field"] == "selector"


async def test_edges_are_narrowed_by_each_filter(lab, ends, edge, kinds):
    start, end = await ends()
    other = (await lab.space("other"))["id"]
    await edge(start, end, KINDS["SCALE"], validity="VALIDATED")
    await edge(end, other, KINDS["TRANSLATION"])
    assert await kinds() == ["SCALE", "TRANSLATION"]
    assert await kinds(kind="SCALE") == ["SCALE"]
    assert await kinds(validity="VALIDATED") == ["SCALE"]
    assert await kinds(input=end) == ["TRANSLATION"]
    assert await kinds(output=end) == ["SCALE"]
    assert await kinds(input="x") == []
    assert await kinds(NOT={"kind": "SCALE"}) == ["TRANSLATION"]


async def test_numbers_are_refined_and_counted(lab, ends, edge):
    start, end = await ends()
    scale = await edge(start, end, KINDS["SCALE"])
    changes = {"id": scale["id"], "scale": [4, 5], "name": "better", "validity": "VALIDATED"}
    found = await lab.get("UpdateTransformation", input=changes)
    assert (found["scale"], found["name"], found["version"]) == ([4, 5], "better", 2)
    named = await lab.get("UpdateTransformation", input={"id": scale["id"], "name": "again"})
    assert (named["scale"], named["version"]) == ([4, 5], 2)
    affine = await edge(start, end, KINDS["AFFINE"])
    found = await lab.get("UpdateTransformation", input={"id": affine["id"], "affine": TURN})
    assert found["affine"] == TURN


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("SCALE", {"translation": [1, 1]}),
        ("SCALE", {"scale": [1]}),
        ("SCALE", {"scale": [0, 1]}),
        ("SCALE", {"scale": [1, 1], "translation": [1, 1]}),
        ("IDENTITY", {"scale": [1, 1]}),
        ("ROTATION", {"affine": [[2, 0, 0], [0, 1, 0]]}),
        ("BY_DIMENSION", {"scale": [3]}),
        ("BY_DIMENSION", {"scale": [3], "part": 2}),
        ("BY_DIMENSION", {"scale": [3], "part": -1}),
        ("BY_DIMENSION", {"scale": [3], "part": 1}),
        ("MAP_AXIS", {"affine": TURN}),
        ("SCALE", {"name": ""}),
    ],
)
async def test_a_refinement_its_kind_does_not_have_is_refused(lab, ends, edge, kind, change):
    start, end = await ends()
    made = await edge(start, end, KINDS[kind])
    given = {"id": made["id"], **change}
    assert await lab.codes("UpdateTransformation", input=given) == ["INVALID_INPUT"]
    assert await lab.get("GetTransformation", id=made["id"]) == made


async def test_one_part_is_refined_alone(lab, ends, edge):
    start, end = await ends()
    made = await edge(start, end, KINDS["BY_DIMENSION"])
    changes = {"id": made["id"], "part": 0, "scale": [9]}
    found = await lab.get("UpdateTransformation", input=changes)
    assert found["parts"][0]["scale"] == [9]
    assert found["parts"][1] == made["parts"][1]


async def test_edges_are_removed_by_who_stated_them(lab, ends, edge, stranger, mint):
    start, end = await ends()
    made = await edge(start, end)
    gone = {"input": {"id": made["id"]}}
    assert await stranger.codes("DeleteTransformation", **gone) == ["NOT_FOUND"]
    editor = lab.as_(mint.member(sub="9", roles=["editor"]))
    assert await editor.codes("DeleteTransformation", **gone) == ["PERMISSION_DENIED"]
    assert await lab.get("DeleteTransformation", **gone) == made["id"]
    assert await lab.codes("GetTransformation", id=made["id"]) == ["NOT_FOUND"]


async def test_the_edge_of_a_selection_goes_with_it(lab):
    array = await lab.array("pixels")
    cut = [{"axis": "x", "start": 2, "stop": 9, "step": 3}]
    lens = await lab.get("CreateLens", input={"dataset": array["id"], "slices": cut})
    system = lens["coordinateSystem"]["id"]
    [edge] = await lab.get("GetTransformations", filters={"input": system})
    assert edge["kind"] == "SEQUENCE"
    given = {"input": {"id": edge["id"]}}
    assert await lab.codes("DeleteTransformation", **given) == ["CONFLICT"]
    await lab.get("DeleteLens", input={"id": lens["id"]})
    assert await lab.codes("GetTransformation", id=edge["id"]) == ["NOT_FOUND"]


async def test_a_walk_reaches_what_is_connected_and_stops_where_it_is_told(lab, edge):
    spaces = [(await lab.space(f"space {number}"))["id"] for number in range(5)]
    for start, end in itertools.pairwise(spaces[:4]):
        await edge(start, end)
    await edge(spaces[3], spaces[0])  # a loop

    async def reached(root, depth=None):
        given = {"coordinateSystem": root} | ({"maxDepth": depth} if depth is not None else {})
        found = await lab.get("GetCoordinateGraph", **given)
        assert found["root"]["id"] == root
        systems = {one["id"] for one in found["systems"]}
        return sorted(spaces.index(one) for one in systems), len(found["transformations"])

    assert await reached(spaces[0]) == ([0, 1, 2, 3], 4)
    assert await reached(spaces[0], 0) == ([0], 0)
    assert await reached(spaces[0], 1) == ([0, 1, 3], 2)
    assert await reached(spaces[4]) == ([4], 0)


async def test_a_walk_begins_in_the_own_organization(lab, stranger):
    space = (await lab.space("ours"))["id"]
    given = {"coordinateSystem": space}
    assert await stranger.codes("GetCoordinateGraph", **given) == ["NOT_FOUND"]
    assert await lab.codes("GetCoordinateGraph", coordinateSystem="x") == ["NOT_FOUND"]
