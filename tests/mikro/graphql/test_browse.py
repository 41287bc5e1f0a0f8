"""Browsing: the children of a folder over all kinds, and what was made from something."""

from __future__ import annotations

import pytest

CHILDREN = """
query($parent: ID!, $filters: FolderChildrenFilter, $page: ChildrenPaginationInput,
      $order: ChildrenOrder) {
  children(parent: $parent, filters: $filters, pagination: $page, order: $order) {
    __typename
    ... on Folder { id name } ... on File { id name } ... on ArrayDataset { id name shape }
    ... on TableDataset { id name } ... on AnnotationCollection { id name }
  }
}
"""
DESCENDANTS = """
query($starts: [LineageRootInput!]!, $down: Int! = 3, $limit: Int! = 500, $fanout: Int! = 20) {
  descendants(starts: $starts, down: $down, limit: $limit, fanout: $fanout) {
    root more nodes { key kind id name depth parent }
  }
}
"""


@pytest.fixture
def place(lab):
    async def make(name="place"):
        return (await lab.get("CreateFolder", input={"name": name}))["id"]

    return make


@pytest.fixture
def listed(lab):
    async def names(parent, member=None, **variables):
        answer = await lab.graphql(CHILDREN, member or lab.member, parent=parent, **variables)
        return [(one["__typename"], one["name"]) for one in answer.ok()["children"]]

    return names


async def filled(lab, folder):
    await lab.get("CreateFolder", input={"name": "e folder", "parent": folder})
    file = await lab.file("d file", folder=folder)
    await lab.array("c array", folder=folder)
    await lab.table("b table", folder=folder)
    await lab.collection("a rois", folder=folder)
    return file


ALL = [
    ("AnnotationCollection", "a rois"),
    ("TableDataset", "b table"),
    ("ArrayDataset", "c array"),
    ("File", "d file"),
    ("Folder", "e folder"),
]


async def test_all_kinds_are_listed_in_one_order(lab, place, listed):
    folder = await place()
    await filled(lab, folder)
    assert await listed(folder) == ALL
    down = {"field": "NAME", "direction": "DESC"}
    assert await listed(folder, order=down) == ALL[::-1]
    oldest = {"field": "CREATED_AT", "direction": "ASC"}
    assert await listed(folder, order=oldest) == ALL[::-1]


async def test_pages_cover_everything_once(lab, place, listed):
    folder = await place()
    await filled(lab, folder)
    await lab.file("c array", folder=folder)  # the same name as another kind has
    whole = await listed(folder)
    assert len(whole) == 6
    for size in (1, 2, 4):
        pages = []
        for offset in range(0, 8, size):
            pages += await listed(folder, page={"limit": size, "offset": offset})
        assert pages == whole
    assert await listed(folder, page={"limit": 0}) == []


@pytest.mark.parametrize("page", [{"limit": -1}, {"offset": -1}, {"limit": 1001}])
async def test_a_page_that_is_none_is_refused(lab, place, page):
    answer = await lab.graphql(CHILDREN, lab.member, parent=await place(), page=page)
    assert answer.codes == ["INVALID_INPUT"]


async def test_children_are_narrowed(lab, place, listed):
    folder = await place()
    file = await filled(lab, folder)
    await lab.array("read out", folder=folder, sourceFiles=[{"file": file["id"]}])
    assert ("ArrayDataset", "read out") not in await listed(folder)
    shown = await listed(folder, filters={"showConverted": True})
    assert ("ArrayDataset", "read out") in shown
    assert await listed(folder, filters={"showChildren": False}) == ALL[:-1]
    assert await listed(folder, filters={"search": "table"}) == [("TableDataset", "b table")]
    assert await listed(folder, filters={"search": "zzz"}) == []
    assert await listed(folder, filters={"search": "%"}) == ALL


async def test_only_what_lies_directly_in_the_folder_is_listed(lab, place, listed):
    folder, other = await place(), await place("other")
    inner = await lab.get("CreateFolder", input={"name": "inner", "parent": folder})
    await lab.file("deep", folder=inner["id"])
    await lab.file("beside", folder=other)
    await lab.file("nowhere")
    assert await listed(folder) == [("Folder", "inner")]
    assert await listed(inner["id"]) == [("File", "deep")]


async def test_strangers_list_nothing(lab, place, stranger, mint, listed):
    folder = await place()
    await filled(lab, folder)
    foreign = await lab.graphql(CHILDREN, stranger.member, parent=folder)
    absent = await lab.graphql(CHILDREN, stranger.member, parent="999999")
    assert foreign.codes == absent.codes == ["NOT_FOUND"]
    roleless = mint.member(sub="9", roles=[])
    answer = await lab.graphql(CHILDREN, roleless, parent=folder)
    assert answer.codes == ["PERMISSION_DENIED"]
    viewer = mint.member(sub="9", roles=["viewer"])
    assert await listed(folder, viewer) == ALL


@pytest.fixture
def walked(lab):
    async def walk(*starts, member=None, **variables):
        given = [{"kind": kind, "id": identifier} for kind, identifier in starts]
        answer = await lab.graphql(DESCENDANTS, member or lab.member, starts=given, **variables)
        return answer.ok()["descendants"]

    return walk


def from_dataset(made):
    return [{"kind": "DATASET", "dataset": made["id"]}]


async def chain(lab):
    """A file, an array read out of it, a mask of that; a table, shapes, an export of the mask."""
    file = await lab.file("raw.czi")
    raw = await lab.array("raw", sourceFiles=[{"file": file["id"]}])
    mask = await lab.array("mask", derivedFrom=from_dataset(raw))
    table = await lab.table("areas", derivedFrom=from_dataset(mask))
    rois = await lab.collection("rois", derivedFrom=from_dataset(mask))
    export = await lab.file("mask.tif", exportOf=from_dataset(mask))
    return file, raw, mask, table, rois, export


async def test_everything_made_from_a_file_is_found_nearest_first(lab, walked):
    file, raw, mask, table, rois, export = await chain(lab)
    [found] = await walked(("FILE", file["id"]), down=5)
    assert found["root"] == f"FILE:{file['id']}"
    assert found["more"] is False
    assert [(one["kind"], one["name"], one["depth"]) for one in found["nodes"]] == [
        ("DATASET", "raw", 1),
        ("DATASET", "mask", 2),
        ("ANNOTATION_COLLECTION", "rois", 3),
        ("FILE", "mask.tif", 3),
        ("TABLE_DATASET", "areas", 3),
    ]
    parents = {one["name"]: one["parent"] for one in found["nodes"]}
    assert parents["raw"] == found["root"]
    assert parents["mask"] == f"DATASET:{raw['id']}"
    assert {parents[name] for name in ("rois", "mask.tif", "areas")} == {f"DATASET:{mask['id']}"}
    ids = {one["name"]: one["id"] for one in found["nodes"]}
    assert (ids["areas"], ids["rois"], ids["mask.tif"]) == (table["id"], rois["id"], export["id"])


async def test_a_walk_says_when_it_leaves_something_out(lab, walked):
    file, raw, *_ = await chain(lab)
    [one_hop] = await walked(("FILE", file["id"]), down=1)
    assert [one["name"] for one in one_hop["nodes"]] == ["raw"]
    assert one_hop["more"] is True
    [none] = await walked(("FILE", file["id"]), down=0)
    assert (none["nodes"], none["more"]) == ([], True)
    [narrow] = await walked(("DATASET", raw["id"]), fanout=1)
    assert [one["name"] for one in narrow["nodes"]] == ["mask", "rois"]
    assert narrow["more"] is True
    [few] = await walked(("DATASET", raw["id"]), limit=2)
    assert (len(few["nodes"]), few["more"]) == (2, True)
    [all_of_it] = await walked(("DATASET", raw["id"]), limit=4)
    assert (len(all_of_it["nodes"]), all_of_it["more"]) == (4, False)


async def test_many_roots_are_walked_at_once_each_for_itself(lab, walked):
    file, _, mask, table, *_ = await chain(lab)
    roots = [
        ("DATASET", mask["id"]),
        ("FILE", file["id"]),
        ("TABLE_DATASET", table["id"]),
        ("DATASET", mask["id"]),
    ]
    found = await walked(*roots, down=9)
    assert [one["root"].split(":")[0] for one in found] == ["DATASET", "FILE", "TABLE_DATASET"]
    assert [len(one["nodes"]) for one in found] == [3, 5, 0]


async def test_a_derivation_of_a_selection_counts_for_its_array(lab, walked):
    raw = await lab.array("raw")
    cut = [{"axis": "x", "start": 0, "stop": 4}]
    lens = await lab.get("CreateLens", input={"dataset": raw["id"], "slices": cut})
    await lab.array("crop", derivedFrom=[{"kind": "LENS", "lens": lens["id"]}])
    [found] = await walked(("DATASET", raw["id"]))
    assert [one["name"] for one in found["nodes"]] == ["crop"]


async def test_what_was_made_in_two_ways_is_found_once(lab, walked):
    raw = await lab.array("raw")
    middle = await lab.array("middle", derivedFrom=from_dataset(raw))
    both = from_dataset(raw) + from_dataset(middle)
    await lab.array("end", derivedFrom=both)
    [found] = await walked(("DATASET", raw["id"]))
    assert [(one["name"], one["depth"]) for one in found["nodes"]] == [("middle", 1), ("end", 1)]


async def test_roots_that_are_not_there_answer_nothing(lab, stranger, walked):
    file, raw, *_ = await chain(lab)
    assert await walked(("FILE", file["id"]), member=stranger.member) == []
    assert await walked(("FILE", "x"), ("DATASET", "999999"), ("FIXTURE", "1")) == []
    found = await walked(("FILE", "x"), ("DATASET", raw["id"]))
    assert [one["root"] for one in found] == [f"DATASET:{raw['id']}"]


async def test_what_was_thrown_away_ends_the_walk(lab, walked):
    file, _, mask, *_ = await chain(lab)
    delete = "mutation($id: ID!) { deleteArrayDataset(input: {id: $id}) }"
    (await lab.graphql(delete, lab.member, id=mask["id"])).ok()
    [found] = await walked(("FILE", file["id"]), down=9)
    assert [one["name"] for one in found["nodes"]] == ["raw"]
    assert found["more"] is False


@pytest.mark.parametrize("wrong", [{"down": -1}, {"down": 21}, {"limit": -1}, {"fanout": -1}])
async def test_a_walk_without_end_is_refused(lab, wrong):
    answer = await lab.graphql(
        DESCENDANTS, lab.member, starts=[{"kind": "FILE", "id": "1"}], **wrong
    )
    assert answer.codes == ["INVALID_INPUT"]
