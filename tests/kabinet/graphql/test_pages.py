"""Lists inside of rows: each is cut into pages, and without a page gives the first one."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from crowd import crowd
from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType

from chassis.config import current
from kabinet_server.config import KabinetConfig
from kabinet_server.graphql.schema import SCHEMA

#: Each list of many rows in a row: the root field, and the list.
NESTED = [
    ("app", "releases"),
    ("release", "flavours"),
    ("release", "deployments"),
    ("release", "approvals"),
    ("flavour", "deployments"),
    ("flavour", "definitions"),
    ("githubRepo", "flavours"),
    ("ociRepo", "flavours"),
    ("backend", "pods"),
    ("backend", "resources"),
    ("resource", "pods"),
    ("deployment", "logDumps"),
    ("deployment", "pods"),
    ("pod", "logDumps"),
    ("definition", "collections"),
    ("definition", "protocols"),
    ("definition", "flavours"),
    ("definition", "isTestFor"),
    ("definition", "tests"),
    ("releaseApproval", "backends"),
]
ROWS = {
    "githubRepo": "github_repo",
    "ociRepo": "oci_repo",
    "releaseApproval": "approval",
}


def _page_size() -> int:
    return current(KabinetConfig).limits.page_size


@pytest.fixture
def many(db):
    return crowd(_page_size() + 5)


def _row(found, root):
    return getattr(found, ROWS.get(root, root)).pk


async def _lists(shop, found, roots, arguments):
    """Ask for all nested lists in one document; returns the ids by root field and list."""
    asked = {}
    for root in roots:
        fields = " ".join(f"{name}{arguments} {{ id }}" for of, name in NESTED if of == root)
        row = await shop.run(
            f"query($id: ID!) {{ {root}(id: $id) {{ {fields} }} }}", id=str(_row(found, root))
        )
        asked |= {(root, name): [int(one["id"]) for one in rows] for name, rows in row.items()}
    return asked


def test_every_list_with_pages_is_in_the_table_of_these_tests():
    types = SCHEMA._schema.type_map
    paged = {
        (name, field)
        for name, kind in types.items()
        if isinstance(kind, GraphQLObjectType) and name != "Query"
        for field, what in kind.fields.items()
        if "pagination" in what.args
    }
    named = {(root[0].upper() + root[1:], field) for root, field in NESTED}
    assert paged == named
    for name, field in named:
        kind = types[name].fields[field].type
        assert isinstance(kind, GraphQLNonNull) and isinstance(kind.of_type, GraphQLList)


async def test_a_list_in_a_row_gives_its_first_page_unless_another_is_asked_for(shop, many):
    roots = sorted({root for root, _ in NESTED})
    default = await _lists(shop, many, roots, "")
    sizes = {key: len(rows) for key, rows in default.items()}
    assert sizes == dict.fromkeys(NESTED, _page_size())
    first = await _lists(shop, many, roots, "(pagination: {limit: 3})")
    assert first == {key: rows[:3] for key, rows in default.items()}
    second = await _lists(shop, many, roots, "(pagination: {offset: 2, limit: 4})")
    assert second == {key: rows[2:6] for key, rows in default.items()}
    last = await _lists(shop, many, roots, f"(pagination: {{offset: {_page_size()}}})")
    assert {key: len(rows) for key, rows in last.items()} == dict.fromkeys(NESTED, 5)
    for key, rows in last.items():
        assert not set(rows) & set(default[key]), key


async def test_lists_of_several_rows_are_cut_for_each_row(shop, many):
    """The optimizer reads the lists of all rows at once, and must not cut them as one."""
    text = """{ ociRepos { flavours { id } } githubRepos { flavours { id } }
      backends { pods { id } } }"""
    found = (await shop.graphql(text, shop.member)).ok()
    assert [len(one["flavours"]) for one in found["ociRepos"]] == [_page_size()]
    assert [len(one["flavours"]) for one in found["githubRepos"]] == [_page_size()]
    assert [len(one["pods"]) for one in found["backends"]][:2] == [_page_size(), 0]
    limited = """{ releases(ordering: [{id: ASC}], pagination: {limit: 2}) {
      flavours(pagination: {limit: 2}) { definitions(pagination: {limit: 1}) { name } } } }"""
    first, second = await shop.run(limited)
    assert [len(one["definitions"]) for one in first["flavours"]] == [1, 1]
    assert second["flavours"] == []


async def test_a_page_before_the_first_is_refused(shop):
    found = await sync_to_async(crowd)(1)
    told = {}
    for root, name in NESTED:
        for page in ("{offset: -1}", "{limit: -1}"):
            inner = f"{name}(pagination: {page}) {{ id }}"
            text = f"query($id: ID!) {{ {root}(id: $id) {{ {inner} }} }}"
            answer = await shop.graphql(text, shop.member, id=str(_row(found, root)))
            told[root, name, page] = (
                answer.codes,
                answer.errors and answer.errors[0]["extensions"]["field"],
            )
    assert {key: value for key, value in told.items() if value != (["INVALID_INPUT"], "page")} == {}
