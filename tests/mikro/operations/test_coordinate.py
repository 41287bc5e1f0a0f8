"""Spaces and the edges between them, of every kind."""

from __future__ import annotations


async def test_spaces_and_edges(lab, stranger):
    array = await lab.array("cells")
    system = array["intrinsicSystem"]["id"]
    space = await lab.space("stage")
    given = {"input": system, "output": space["id"]}
    scale = {**given, "transform": {"kind": "SCALE", "scale": [2, 3]}, "validity": "INFERRED"}
    edge = await lab.get("CreateTransformation", input=scale)
    assert (edge["__typename"], edge["scale"], edge["version"]) == (
        "ScaleTransformation",
        [2, 3],
        1,
    )
    finer = await lab.get("UpdateTransformation", input={"id": edge["id"], "scale": [4, 5]})
    assert (finer["scale"], finer["version"]) == ([4, 5], 2)
    shapes = {
        "IdentityTransformation": {"kind": "IDENTITY"},
        "TranslationTransformation": {"kind": "TRANSLATION", "translation": [1, 2]},
        "AffineTransformation": {"kind": "AFFINE", "affine": [[1, 0, 3], [0, 2, 4]]},
        "RotationTransformation": {"kind": "ROTATION", "affine": [[0, 1, 0], [-1, 0, 0]]},
        "MapAxisTransformation": {
            "kind": "MAP_AXIS",
            "inputAxes": ["x", "y"],
            "outputAxes": ["y", "x"],
        },
        "UnmappableTransformation": {"kind": "UNMAPPABLE", "reason": "other sample"},
        "ByDimensionTransformation": {
            "kind": "BY_DIMENSION",
            "parts": [
                {"kind": "SCALE", "inputAxes": ["x"], "outputAxes": ["x"], "scale": [2]},
                {
                    "kind": "FIELD",
                    "inputAxes": ["y", "x"],
                    "outputAxes": ["y"],
                    "field": {"system": system},
                },
            ],
        },
    }
    for name, transform in shapes.items():
        made = await lab.get("CreateTransformation", input={**given, "transform": transform})
        assert made["__typename"] == name
        assert await lab.get("GetTransformation", id=made["id"]) == made
    assert made["parts"][1]["field"]["field"]["id"] == system
    for wrong in (
        {"kind": "SCALE", "scale": [2]},
        {"kind": "SCALE", "scale": [2, 0]},
        {"kind": "IDENTITY", "scale": [2, 2]},
        {"kind": "ROTATION", "affine": [[2, 0, 0], [0, 1, 0]]},
        {"kind": "MAP_AXIS", "inputAxes": ["q"], "outputAxes": ["x"]},
        {"kind": "BY_DIMENSION", "parts": []},
    ):
        codes = await lab.codes("CreateTransformation", input={**given, "transform": wrong})
        assert codes == ["INVALID_INPUT"], wrong
    back = {"input": space["id"], "output": system, "transform": {"kind": "IDENTITY"}}
    await lab.get("CreateTransformation", input=back)  # a loop; the walk ends all the same
    walked = await lab.get("GetCoordinateGraph", coordinateSystem=system)
    assert (len(walked["systems"]), len(walked["transformations"])) == (2, 9)
    near = await lab.get("GetCoordinateGraph", coordinateSystem=system, maxDepth=0)
    assert (near["root"]["id"], len(near["systems"])) == (system, 1)
    assert await lab.codes("DeleteCoordinateSystem", input={"id": space["id"]}) == ["CONFLICT"]
    assert await lab.codes("DeleteCoordinateSystem", input={"id": system}) == ["CONFLICT"]
    await lab.get("DeleteTransformation", input={"id": edge["id"]})
    removed = await lab.get(
        "DeleteRegistration", input={"dataset": array["id"], "world": space["id"]}
    )
    assert len(removed) == 6
    assert await lab.get("ClearCoordinateSystem", input={"id": space["id"]}) == []
    changed = await lab.get(
        "UpdateCoordinateSystem", input={"id": space["id"], "reference": "slide 4"}
    )
    assert (changed["reference"], changed["referenceApp"]) == ("slide 4", "org.example.test")
    assert await lab.get("GetCoordinateSystem", id=space["id"]) == changed
    assert [
        one["id"] for one in await lab.get("GetCoordinateSystems", filters={"reference": "slide 4"})
    ]
    assert [one["label"] for one in await lab.get("SearchCoordinateSystems", search="STAGE")]
    assert await stranger.codes("CreateTransformation", input=scale) == ["NOT_FOUND"]
