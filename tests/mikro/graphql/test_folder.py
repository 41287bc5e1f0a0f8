"""Folders by GraphQL: filters, order, pages, what lies inside, filing and favourites."""

from __future__ import annotations

import pytest

FOLDERS = """
query($filters: FolderFilter, $ordering: [FolderOrder!]! = [], $page: OffsetPaginationInput) {
  folders(filters: $filters, ordering: $ordering, pagination: $page) { id name }
}
"""
INSIDE = """
query($id: ID!) {
  folder(id: $id) {
    name tags isDefault creator { sub preferredUsername } parent { id }
    children { name } files { name } arrayDatasets { name }
    tableDatasets { name } annotationCollections { name }
  }
}
"""
DELETE = "mutation($id: ID!) { deleteFolder(input: {id: $id}) }"
PIN = "mutation($id: ID!, $pin: Boolean!) { pinFolder(input: {id: $id, pin: $pin}) { id } }"
HISTORY = """
query($id: ID!) {
  folder(id: $id) { provenanceEntries {
    id kind date user { sub } client { clientId } task { id }
  } }
}
"""


def filing(field: str) -> str:
    return f"""
    mutation($things: [ID!]!, $folder: ID!) {{
      {field}(input: {{selfs: $things, other: $folder}}) {{ id }}
    }}
    """


@pytest.fixture
def named(lab):
    async def names(member=None, **variables):
        data = (await lab.graphql(FOLDERS, member or lab.member, **variables)).ok()
        return [one["name"] for one in data["folders"]]

    return names


@pytest.fixture
def folder(lab):
    async def make(name, parent=None):
        given = {"name": name} | ({"parent": parent} if parent else {})
        return (await lab.get("CreateFolder", input=given))["id"]

    return make


async def test_folders_are_narrowed_by_each_filter(lab, named, folder):
    root = await folder("Project Alpha")
    inner = await folder("raw_data-2026", root)
    other = await folder("Beta")
    one_filter = {
        "search": ({"search": "alp"}, ["Project Alpha"]),
        "search inside a name": ({"search": "2026 raw"}, ["raw_data-2026"]),
        "search of nothing": ({"search": "  "}, ["Project Alpha", "raw_data-2026", "Beta"]),
        "search of what is not there": ({"search": "gamma"}, []),
        "name": ({"name": {"iExact": "BETA"}}, ["Beta"]),
        "name by its start": ({"name": {"startsWith": "Proj"}}, ["Project Alpha"]),
        "name in a list": ({"name": {"inList": ["Beta", "x"]}}, ["Beta"]),
        "roots": ({"parentless": True}, ["Project Alpha", "Beta"]),
        "no roots": ({"parentless": False}, ["raw_data-2026"]),
        "parent": ({"parent": root}, ["raw_data-2026"]),
        "parent that is none": ({"parent": "x"}, []),
        "ids": ({"ids": [inner, other, "999999", "y"]}, ["raw_data-2026", "Beta"]),
        "id": ({"id": inner}, ["raw_data-2026"]),
        "owner": ({"owner": "1"}, ["Project Alpha", "raw_data-2026", "Beta"]),
        "another owner": ({"owner": "7"}, []),
        "after": ({"createdAfter": "2000-01-01T00:00:00Z"}, 3),
        "before": ({"createdBefore": "2000-01-01T00:00:00Z"}, 0),
        "both": ({"AND": {"name": {"contains": "a"}}, "parentless": True}, 2),
        "either": ({"id": inner, "OR": {"id": other}}, ["raw_data-2026", "Beta"]),
        "not": ({"NOT": {"id": other}}, ["Project Alpha", "raw_data-2026"]),
        "default": ({"isDefault": True}, []),
    }
    for what, (filters, expected) in one_filter.items():
        found = await named(filters=filters, ordering=[{"id": "ASC"}])
        assert (len(found) if isinstance(expected, int) else found) == expected, what


async def test_folders_come_in_order_and_in_pages(named, folder):
    for name in ("b", "c", "a"):
        await folder(name)
    assert await named(ordering=[{"name": "ASC"}]) == ["a", "b", "c"]
    assert await named(ordering=[{"name": "DESC"}]) == ["c", "b", "a"]
    assert await named(ordering=[{"createdAt": "DESC"}]) == ["a", "c", "b"]
    page = {"offset": 1, "limit": 1}
    assert await named(ordering=[{"name": "ASC"}], page=page) == ["b"]
    assert await named(page={"offset": 3, "limit": 5}) == []
    assert await named(page={"offset": 0, "limit": 0}) == []


@pytest.mark.parametrize("page", [{"offset": -1}, {"offset": 0, "limit": -1}])
async def test_a_page_that_is_none_is_refused(lab, page):
    answer = await lab.graphql(FOLDERS, lab.member, page=page)
    assert answer.codes == ["INVALID_INPUT"]


async def test_a_folder_shows_what_lies_in_it(lab, folder):
    place = await folder("place")
    await folder("below", place)
    await lab.file("f.czi", folder=place)
    await lab.array("pixels", folder=place)
    await lab.table("spots", folder=place)
    await lab.collection("rois", folder=place)
    await lab.file("elsewhere.czi")
    inside = (await lab.graphql(INSIDE, lab.member, id=place)).ok()["folder"]
    assert inside["creator"] == {"sub": "1", "preferredUsername": "ada"}
    assert inside["parent"] is None
    assert (inside["tags"], inside["isDefault"]) == ([], False)
    found = {key: [one["name"] for one in value] for key, value in inside.items() if key in LISTS}
    assert found == {
        "children": ["below"],
        "files": ["f.czi"],
        "arrayDatasets": ["pixels"],
        "tableDatasets": ["spots"],
        "annotationCollections": ["rois"],
    }


LISTS = {"children", "files", "arrayDatasets", "tableDatasets", "annotationCollections"}


async def test_what_was_thrown_away_is_shown_in_no_folder(lab, folder):
    place = await folder("place")
    inner = await folder("below", place)
    made = {
        "Folder": inner,
        "File": (await lab.file("f.czi", folder=place))["id"],
        "ArrayDataset": (await lab.array("pixels", folder=place))["id"],
        "TableDataset": (await lab.table("spots", folder=place))["id"],
        "AnnotationCollection": (await lab.collection("rois", folder=place))["id"],
    }
    for noun, identifier in made.items():
        document = f"mutation($id: ID!) {{ delete{noun}(input: {{id: $id}}) }}"
        (await lab.graphql(document, lab.member, id=identifier)).ok()
    inside = (await lab.graphql(INSIDE, lab.member, id=place)).ok()["folder"]
    assert [inside[name] for name in sorted(LISTS)] == [[]] * 5


@pytest.mark.parametrize(
    ("noun", "make", "listed"),
    [
        ("Files", "file", "files"),
        ("ArrayDatasets", "array", "arrayDatasets"),
        ("TableDatasets", "table", "tableDatasets"),
        ("AnnotationCollections", "collection", "annotationCollections"),
    ],
)
async def test_things_are_filed_and_taken_out_all_or_none(lab, folder, noun, make, listed):
    place, other = await folder("place"), await folder("other")
    things = [(await getattr(lab, make)(name))["id"] for name in ("one", "two")]
    put, release = filing(f"put{noun}InFolder"), filing(f"release{noun}FromFolder")

    async def inside(identifier):
        found = (await lab.graphql(INSIDE, lab.member, id=identifier)).ok()["folder"]
        return sorted(one["name"] for one in found[listed])

    (await lab.graphql(put, lab.member, things=things, folder=place)).ok()
    assert await inside(place) == ["one", "two"]
    bad = await lab.graphql(put, lab.member, things=[*things, "999999"], folder=other)
    assert bad.codes == ["NOT_FOUND"]
    assert (await inside(place), await inside(other)) == (["one", "two"], [])
    # Taking something out of a folder it is not in changes nothing.
    (await lab.graphql(release, lab.member, things=things, folder=other)).ok()
    assert await inside(place) == ["one", "two"]
    (await lab.graphql(release, lab.member, things=things[:1], folder=place)).ok()
    assert await inside(place) == ["two"]


async def test_filing_needs_both_ends_in_the_own_organization(lab, stranger, folder):
    place, file = await folder("place"), await lab.file("ours.czi")
    theirs = (await stranger.get("CreateFolder", input={"name": "theirs"}))["id"]
    put = filing("putFilesInFolder")
    answer = await lab.graphql(put, stranger.member, things=[file["id"]], folder=theirs)
    assert answer.codes == ["NOT_FOUND"]
    answer = await lab.graphql(put, lab.member, things=[file["id"]], folder=theirs)
    assert answer.codes == ["NOT_FOUND"]
    assert (await lab.graphql(INSIDE, lab.member, id=place)).ok()["folder"]["files"] == []


async def test_folders_are_moved_and_never_into_themselves(lab, folder, named):
    top, middle, low = await folder("top"), await folder("middle"), await folder("low")
    put, release = filing("putFoldersInFolder"), filing("releaseFoldersFromFolder")
    (await lab.graphql(put, lab.member, things=[middle], folder=top)).ok()
    (await lab.graphql(put, lab.member, things=[low], folder=middle)).ok()
    answer = await lab.graphql(put, lab.member, things=[top], folder=low)
    assert answer.codes == ["CONFLICT"]
    itself = await lab.graphql(put, lab.member, things=[top], folder=top)
    assert itself.codes == ["CONFLICT"]
    assert await named(filters={"parent": middle}) == ["low"]
    (await lab.graphql(release, lab.member, things=[low], folder=middle)).ok()
    assert await named(filters={"parentless": True}, ordering=[{"name": "ASC"}]) == ["low", "top"]
    entries = (await lab.graphql(HISTORY, lab.member, id=low)).ok()["folder"]["provenanceEntries"]
    assert sorted(one["kind"] for one in entries) == ["CREATE", "UPDATE", "UPDATE"]
    assert {one["user"]["sub"] for one in entries} == {"1"}
    assert {one["client"]["clientId"] for one in entries} == {"test-client"}


async def test_a_move_that_fails_half_way_moves_nothing(lab, folder, named):
    top, first, second = await folder("top"), await folder("first"), await folder("second")
    (await lab.graphql(filing("putFoldersInFolder"), lab.member, things=[top], folder=second)).ok()
    answer = await lab.graphql(
        filing("putFoldersInFolder"), lab.member, things=[first, second], folder=top
    )
    assert answer.codes == ["CONFLICT"]
    assert await named(filters={"parent": top}) == []


async def test_favourites_are_of_one_person(lab, mint, folder, named):
    place = await folder("mine")
    await folder("other")
    eve = mint.member(sub="3", roles=["viewer"], preferred_username="eve")
    (await lab.graphql(PIN, lab.member, id=place, pin=True)).ok()
    (await lab.graphql(PIN, lab.member, id=place, pin=True)).ok()
    assert await named(filters={"pinned": True}) == ["mine"]
    assert await named(filters={"pinned": False}) == ["other"]
    assert await named(eve, filters={"pinned": True}) == []
    # A viewer changes nothing of the folder by it, so it is theirs to do.
    (await lab.graphql(PIN, eve, id=place, pin=True)).ok()
    (await lab.graphql(PIN, lab.member, id=place, pin=False)).ok()
    assert await named(filters={"pinned": True}) == []
    assert await named(eve, filters={"pinned": True}) == ["mine"]


async def test_my_folders_are_those_i_made(lab, mint, folder):
    await folder("by ada")
    eve = lab.as_(mint.member(sub="3", roles=["editor"], preferred_username="eve"))
    await eve.get("CreateFolder", input={"name": "by eve"})
    document = "{ myfolders { name } }"
    mine = (await lab.graphql(document, lab.member)).ok()["myfolders"]
    hers = (await lab.graphql(document, eve.member)).ok()["myfolders"]
    assert [one["name"] for one in mine] == ["by ada"]
    assert [one["name"] for one in hers] == ["by eve"]


async def test_only_an_empty_folder_is_thrown_away(lab, folder):
    place = await folder("full")
    file = await lab.file("f.czi", folder=place)
    answer = await lab.graphql(DELETE, lab.member, id=place)
    assert answer.codes == ["CONFLICT"]
    assert "1" in answer.errors[0]["message"]
    document = "mutation($id: ID!) { deleteFile(input: {id: $id}) }"
    (await lab.graphql(document, lab.member, id=file["id"])).ok()
    (await lab.graphql(DELETE, lab.member, id=place)).ok()
    assert await lab.codes("GetFolder", id=place) == ["NOT_FOUND"]
    assert (await lab.graphql(DELETE, lab.member, id=place)).codes == ["NOT_FOUND"]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\x00b", "\u202e", "x" * 1001, "\ufeff"])
async def test_a_name_nobody_can_show_is_refused(lab, folder, name):
    place = await folder("place")
    assert await lab.codes("CreateFolder", input={"name": name}) == ["INVALID_INPUT"]
    assert await lab.codes("EnsureFolder", input={"name": name}) == ["INVALID_INPUT"]
    changes = {"id": place, "name": name}
    assert await lab.codes("UpdateFolder", input=changes) == ["INVALID_INPUT"]
    assert (await lab.get("GetFolder", id=place))["name"] == "place"


async def test_blanks_around_a_name_are_taken_off(lab):
    made = await lab.get("CreateFolder", input={"name": "  Übersicht µm  "})
    assert made["name"] == "Übersicht µm"
    found = await lab.get("SearchFolders", search="übersicht")
    assert [one["label"] for one in found] == ["Übersicht µm"]


async def test_the_tree_has_a_depth_that_ends(lab, folder):
    at = None
    for depth in range(100):
        at = await folder(f"level {depth}", at)
    answer = await lab.ask("CreateFolder", input={"name": "one more", "parent": at})
    assert answer.codes == ["INVALID_INPUT"]
    assert answer.errors[0]["extensions"]["field"] == "parent"


async def test_a_folder_is_given_back_what_it_was(lab, folder):
    top, place = await folder("top"), await folder("first name")
    await lab.get("UpdateFolder", input={"id": place, "name": "second", "parent": top})
    entries = (await lab.graphql(HISTORY, lab.member, id=place)).ok()["folder"]
    first = min(entries["provenanceEntries"], key=lambda one: int(one["id"]))
    back = await lab.get("RevertFolder", input={"id": place, "historyId": first["id"]})
    assert (back["name"], back["parent"]) == ("first name", None)
    # A change of another folder is no change of this one.
    foreign = (await lab.graphql(HISTORY, lab.member, id=top)).ok()["folder"]
    given = {"id": place, "historyId": foreign["provenanceEntries"][0]["id"]}
    assert await lab.codes("RevertFolder", input=given) == ["NOT_FOUND"]


async def test_ensuring_a_folder_looks_at_its_place(lab, stranger, folder):
    top = await folder("top")
    inside = await lab.get("EnsureFolder", input={"name": "x", "parent": top})
    outside = await lab.get("EnsureFolder", input={"name": "x"})
    assert inside["id"] != outside["id"]
    assert await lab.get("EnsureFolder", input={"name": " x "}) == outside
    theirs = await stranger.get("EnsureFolder", input={"name": "x"})
    assert theirs["id"] not in (inside["id"], outside["id"])
    (await lab.graphql(DELETE, lab.member, id=outside["id"])).ok()
    again = await lab.get("EnsureFolder", input={"name": "x"})
    assert again["id"] != outside["id"]
