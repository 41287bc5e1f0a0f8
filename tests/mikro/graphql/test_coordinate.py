"""Shared spaces by GraphQL: what is placed in them, what is changed, what stays in use."""

from __future__ import annotations

import pytest
from lab import YX

UM = [{**axis, "unit": "um"} for axis in YX]
SPACES = """
query($filters: CoordinateSystemFilter, $ordering: [CoordinateSystemOrder!]! = [{name: ASC}]) {
  coordinateSystems(filters: $filters, ordering: $ordering) { name }
}
"""
ONE = """
query($id: ID!) {
  coordinateSystem(id: $id) {
    name epoch reference referenceApp transformVersion creator { sub }
    axes { order name type unit longName description }
    registrations { id kind name validity input { name } }
  }
}
"""


@pytest.fixture
def read(lab):
    async def one(made):
        return (await lab.graphql(ONE, lab.member, id=made["id"])).ok()["coordinateSystem"]

    return one


@pytest.fixture
def shared(lab):
    async def names(**filters):
        data = (await lab.graphql(SPACES, lab.member, filters=filters)).ok()
        return [one["name"] for one in data["coordinateSystems"]]

    return names


async def test_a_space_tells_its_axes_and_what_is_placed_in_it(lab, read):
    array, table = await lab.array("pixels"), await lab.table("spots")
    scale = {"kind": "SCALE", "scale": [0.5, 0.25]}
    axes = [{**UM[0], "longName": "height", "description": "up"}, UM[1]]
    made = await lab.get(
        "CreateCoordinateSystem",
        input={
            "name": "stage",
            "axes": axes,
            "epoch": "2026-01-01T00:00:00Z",
            "reference": "slide 7",
            "registrations": [
                {"dataset": array["id"], "transform": scale, "name": "at", "validity": "VALIDATED"},
                {"tableDataset": table["id"]},
            ],
        },
    )
    found = await read(made)
    assert (found["name"], found["reference"]) == ("stage", "slide 7")
    assert found["referenceApp"] == "org.example.test"
    assert found["epoch"].startswith("2026-01-01")
    assert [axis["order"] for axis in found["axes"]] == [0, 1]
    assert found["axes"][0] == {
        "order": 0,
        "name": "y",
        "type": "SPACE",
        "unit": "um",
        "longName": "height",
        "description": "up",
    }
    first, second = sorted(found["registrations"], key=lambda one: int(one["id"]))
    assert (first["kind"], first["name"], first["validity"]) == ("SCALE", "at", "VALIDATED")
    assert (second["kind"], second["validity"]) == ("IDENTITY", "MANUAL")
    assert (first["input"]["name"], second["input"]["name"]) == ("pixels", "spots")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, "INVALID_INPUT"),
        ({"axes": []}, "INVALID_INPUT"),
        ({"axes": [UM[0], UM[0]]}, "INVALID_INPUT"),
        ({"registrations": [{}]}, "INVALID_INPUT"),
        ({"registrations": [{"dataset": "1", "tableDataset": "1"}]}, "INVALID_INPUT"),
        ({"registrations": [{"dataset": "999999"}]}, "NOT_FOUND"),
        ({"registrations": [{"meshCollection": "1"}]}, "NOT_FOUND"),
        ({"registrations": [{"annotationCollection": "x"}]}, "NOT_FOUND"),
    ],
)
async def test_a_space_that_cannot_be_is_not_made(lab, shared, change, code):
    given = {"name": "stage", "axes": UM} | change
    assert await lab.codes("CreateCoordinateSystem", input=given) == [code]
    assert await shared() == []


async def test_a_placement_fits_the_axes_of_both_spaces(lab, shared):
    volume = await lab.array("volume", (4, 8, 8), [{"name": "z", "type": "SPACE"}, *YX])
    before = await shared()
    wrong = [
        {"kind": "IDENTITY"},
        {"kind": "SCALE", "scale": [1, 1]},
        {"kind": "SCALE", "scale": [1, 1, 0]},
        {"kind": "TRANSLATION", "translation": [1]},
        {"kind": "AFFINE", "affine": [[1, 0, 0]]},
        {"kind": "SCALE", "scale": [1, 1, 1], "translation": [1, 1, 1]},
        {"kind": "MAP_AXIS", "inputAxes": ["q"], "outputAxes": ["y"]},
        {"kind": "BY_DIMENSION", "parts": []},
    ]
    for transform in wrong:
        registrations = [{"dataset": volume["id"], "transform": transform}]
        given = {"name": "flat", "axes": UM, "registrations": registrations}
        answer = await lab.ask("CreateCoordinateSystem", input=given)
        assert answer.codes == ["INVALID_INPUT"], transform
        assert answer.errors[0]["extensions"]["field"] == "transform"
    assert await shared() == before
    fits = {"kind": "MAP_AXIS", "inputAxes": ["y", "x"], "outputAxes": ["y", "x"]}
    registrations = [{"dataset": volume["id"], "transform": fits}]
    await lab.get(
        "CreateCoordinateSystem",
        input={"name": "flat", "axes": UM, "registrations": registrations},
    )


async def test_spaces_are_narrowed_by_each_filter(lab, shared):
    array = await lab.array("pixels")
    await lab.space("empty")
    await lab.space("lived in", [{"dataset": array["id"]}])
    given = {"name": "referring", "axes": UM, "reference": "slide 7"}
    await lab.get("CreateCoordinateSystem", input=given)
    assert await shared(search="EMP") == ["empty"]
    assert await shared(name={"exact": "lived in"}) == ["lived in"]
    assert await shared(dataset=array["id"]) == ["pixels"]
    assert await shared(reference="slide 7") == ["referring"]
    assert await shared(uninhabited=True) == ["empty", "referring"]
    assert await shared(uninhabited=False) == ["lived in", "pixels"]
    assert await shared(owner="7") == []


async def test_a_space_is_changed_by_what_is_given(lab, read, stranger, mint):
    made = await lab.space("stage")
    await lab.get("UpdateCoordinateSystem", input={"id": made["id"], "reference": "slide 8"})
    found = await read(made)
    assert (found["name"], found["reference"]) == ("stage", "slide 8")
    changes = {"id": made["id"], "name": "table", "epoch": "2026-02-02T00:00:00Z"}
    await lab.get("UpdateCoordinateSystem", input=changes)
    found = await read(made)
    assert (found["name"], found["reference"]) == ("table", "slide 8")
    assert found["epoch"].startswith("2026-02-02")
    bad = {"id": made["id"], "name": "\x00"}
    assert await lab.codes("UpdateCoordinateSystem", input=bad) == ["INVALID_INPUT"]
    assert await stranger.codes("UpdateCoordinateSystem", input=changes) == ["NOT_FOUND"]
    viewer = lab.as_(mint.member(sub="9", roles=["viewer"]))
    assert await viewer.codes("UpdateCoordinateSystem", input=changes) == ["PERMISSION_DENIED"]


async def test_a_space_in_use_stays_until_it_is_cleared(lab, read, shared, mint):
    array = await lab.array("pixels")
    made = await lab.space("stage", [{"dataset": array["id"]}])
    gone = {"input": {"id": made["id"]}}
    assert await lab.codes("DeleteCoordinateSystem", **gone) == ["CONFLICT"]
    editor = lab.as_(mint.member(sub="9", roles=["editor"]))
    assert await editor.codes("ClearCoordinateSystem", **gone) == ["PERMISSION_DENIED"]
    before = (await read(made))["transformVersion"]
    [edge] = await lab.get("ClearCoordinateSystem", **gone)
    assert await lab.codes("GetTransformation", id=edge) == ["NOT_FOUND"]
    assert (await read(made))["transformVersion"] == before + 1
    assert await lab.get("ClearCoordinateSystem", **gone) == []
    assert await editor.codes("DeleteCoordinateSystem", **gone) == ["PERMISSION_DENIED"]
    await lab.get("DeleteCoordinateSystem", **gone)
    assert await shared() == ["pixels"]


async def test_the_space_of_data_goes_only_with_the_data(lab):
    array = await lab.array("pixels")
    own = {"input": {"id": array["intrinsicSystem"]["id"]}}
    assert await lab.codes("DeleteCoordinateSystem", **own) == ["CONFLICT"]
    assert await lab.codes("ClearCoordinateSystem", **own) == ["CONFLICT"]


async def test_one_placement_is_taken_back(lab, read, stranger, mint):
    array, table = await lab.array("pixels"), await lab.table("spots")
    made = await lab.space("stage", [{"dataset": array["id"]}, {"tableDataset": table["id"]}])
    given = {"world": made["id"], "dataset": array["id"]}
    assert await stranger.codes("DeleteRegistration", input=given) == ["NOT_FOUND"]
    editor = lab.as_(mint.member(sub="9", roles=["editor"]))
    assert await editor.codes("DeleteRegistration", input=given) == ["PERMISSION_DENIED"]
    assert len(await lab.get("DeleteRegistration", input=given)) == 1
    assert [one["input"]["name"] for one in (await read(made))["registrations"]] == ["spots"]
    assert await lab.get("DeleteRegistration", input=given) == []
    both = {**given, "tableDataset": table["id"]}
    assert await lab.codes("DeleteRegistration", input=both) == ["INVALID_INPUT"]
    none = {"world": made["id"]}
    assert await lab.codes("DeleteRegistration", input=none) == ["INVALID_INPUT"]
