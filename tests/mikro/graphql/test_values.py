"""Values the database cannot hold: refused as the caller's, and nobody else's answers suffer."""

from __future__ import annotations

import pytest
from lab import YX

ENDLESS = "1e999"
NUL = "a\\u0000b"


def required(constraint, value):
    return f"arrayDatasets(filters: {{requires: [{{{constraint}, value: {value}}}]}}) {{ id }}"


@pytest.fixture
def told(lab):
    async def ask(document):
        answer = await lab.graphql(document, lab.member)
        assert answer.errors, answer.data
        [error] = answer.errors
        extensions = error["extensions"]
        return extensions["code"], extensions.get("field"), error["message"]

    return ask


@pytest.mark.parametrize(
    ("width", "kept"), [("0", 0), ("0.5", 0.5), ("1e300", 1e300), ("null", 1), ("", 1)]
)
async def test_an_outline_is_as_wide_as_was_said(lab, width, kept):
    rois = await lab.collection()
    given = f'kind: POINT, vectors: [[1, 2]], collection: "{rois["id"]}"'
    wide = f", strokeWidth: {width}" if width else ""
    document = f"mutation {{ createAnnotation(input: {{{given}{wide}}}) {{ id strokeWidth }} }}"
    made = (await lab.graphql(document, lab.member)).ok()["createAnnotation"]
    assert made["strokeWidth"] == kept
    change = f'id: "{made["id"]}"{wide}'
    document = f"mutation {{ updateAnnotation(input: {{{change}}}) {{ strokeWidth }} }}"
    again = (await lab.graphql(document, lab.member)).ok()["updateAnnotation"]
    assert again["strokeWidth"] == kept


@pytest.mark.parametrize("width", [ENDLESS, "-" + ENDLESS, "-1", "-0.001"])
async def test_a_width_that_is_none_leaves_every_shape_readable(lab, told, width):
    rois = await lab.collection()
    made = await lab.shape(rois["id"], strokeWidth=2.0)
    point = f'kind: POINT, vectors: [[1, 2]], collection: "{rois["id"]}"'
    for field, given in (("createAnnotation", point), ("updateAnnotation", f'id: "{made["id"]}"')):
        document = f"mutation {{ {field}(input: {{{given}, strokeWidth: {width}}}) {{ id }} }}"
        assert (await told(document))[:2] == ("INVALID_INPUT", "strokeWidth")
    read = await lab.graphql("{ annotations { id strokeWidth } }", lab.member)
    assert read.ok()["annotations"] == [{"id": made["id"], "strokeWidth": 2}]


@pytest.mark.parametrize(
    "window",
    ["min: -1e999", "max: 1e999", "min: 1e999", "min: -1e999, max: 1", "min: 0, max: 1e999"],
)
async def test_a_window_without_end_is_left_open_and_not_endless(lab, told, window):
    array, table = await lab.array(), await lab.table()
    windows = f'windows: [{{axis: "x", {window}}}]'
    box = f'box: {{coordinateSystem: "{array["intrinsicSystem"]["id"]}", {windows}}}'
    for field, given in (
        ("createLens", f'dataset: "{array["id"]}", {box}'),
        ("createTableLens", f'tableDataset: "{table["id"]}", {windows}'),
    ):
        document = f"mutation {{ {field}(input: {{{given}}}) {{ id }} }}"
        assert (await told(document))[:2] == ("INVALID_INPUT", "windows"), field
    sides = [{"axis": "x", "min": 1, "max": None}]
    lens = await lab.get("CreateTableLens", input={"tableDataset": table["id"], "windows": sides})
    assert (lens["windows"][0]["min"], lens["windows"][0]["max"]) == (1, None)


@pytest.mark.parametrize(
    "question",
    [
        f'arrayDatasets(filters: {{name: {{contains: "{NUL}"}}}}) {{ id }}',
        f'files(filters: {{name: {{exact: "{NUL}"}}}}) {{ id }}',
        f'annotations(filters: {{pinnedTo: [{{name: "{NUL}", value: 1}}]}}) {{ id }}',
        required('key: "@mikro/dtype", operator: EQUALS', f'"{NUL}"'),
        required('key: "@mikro/n_channels", operator: GTE', ENDLESS),
        required('key: "@mikro/n_channels", operator: EQUALS', ENDLESS),
    ],
    ids=["contains", "exact", "pinned", "text", "more than", "equal"],
)
async def test_a_question_for_what_cannot_be_kept_is_the_callers_fault(lab, told, question):
    code, _, message = await told(f"{{ {question} }}")
    assert code == "INVALID_INPUT"
    assert "server" not in message


@pytest.mark.parametrize(
    "more",
    [
        f"anchors: [{{axisAnchors: [], valueHistogram: {{histogram: [{ENDLESS}], bins: [1]}}}}]",
        f'anchors: [{{axisAnchors: [], label: {{label: "{NUL}"}}}}]',
        'derivedFrom: [{kind: DATASET, dataset: "SOURCE", '
        f'transform: {{kind: UNMAPPABLE, reason: "{NUL}"}}}}]',
        f'sourceFiles: [{{file: "FILE", seriesIdentifier: "{NUL}"}}]',
    ],
    ids=["histogram", "label", "reason", "series"],
)
async def test_an_array_with_a_part_that_cannot_be_kept_is_not_made_at_all(lab, told, more):
    source, file = await lab.array("source"), await lab.file()
    store = await lab.array_store()
    given = {"data": store, "scales": [], "name": "x", "axes": YX}
    axes = 'axes: [{name: "y", type: SPACE}, {name: "x", type: SPACE}]'
    more = more.replace("SOURCE", source["id"]).replace("FILE", file["id"])
    document = (
        f'mutation {{ createArrayDataset(input: {{data: "{store}", scales: [], name: "x", '
        f"{axes}, {more}}}) {{ id }} }}"
    )
    assert (await told(document))[0] == "INVALID_INPUT"
    listed = (await lab.graphql("{ arrayDatasets { name } }", lab.member)).ok()
    assert listed["arrayDatasets"] == [{"name": "source"}]
    # The upload is still there to be used.
    await lab.get("CreateArrayDataset", input=given)
