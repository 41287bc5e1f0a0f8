"""Repositories: followed and given up."""

from __future__ import annotations

from images import descriptor

REMOVE = "mutation($id: ID!) { removeOciRepo(input: {id: $id}) }"


async def test_what_is_no_repository_is_refused(shop):
    for given in ({}, {"user": "ada"}, {"identifier": "ada"}, {"identifier": "a/b", "branch": "-"}):
        assert await shop.codes("CreateGithubRepo", input=given) == ["INVALID_INPUT"]
    for reference in ("", "a/b:tag", "UPPER/case"):
        assert await shop.codes("ImportRepo", input={"reference": reference}) == ["INVALID_INPUT"]


async def test_an_address_gives_user_repo_and_branch(shop):
    url = "https://github.com/ada/cells/tree/dev"
    repo = await shop.get("CreateGithubRepo", input={"identifier": url, "autoScan": False})
    assert (repo["user"], repo["repo"], repo["branch"]) == ("ada", "cells", "dev")
    [found] = await shop.run("{ githubRepos { url issueUrl name } }")
    assert found == {
        "url": "https://github.com/ada/cells",
        "issueUrl": "https://github.com/ada/cells/issues/new",
        "name": "ada/cells",
    }


async def test_channels_left_out_stay_and_new_ones_are_read(shop, allowed):
    allowed.release("main", descriptor(version="1-dev.a", channel="main"))
    reference = f"{allowed.site.host}/org/cells"
    first = await shop.get("ImportRepo", input={"reference": reference})
    assert (first["channels"], first["flavours"]) == ([], [])
    more = await shop.get("ImportRepo", input={"reference": reference, "channels": ["main"]})
    assert (more["id"], len(more["flavours"])) == (first["id"], 1)
    again = await shop.get("ImportRepo", input={"reference": reference})
    assert again["channels"] == ["main"]
    none = await shop.get("ImportRepo", input={"reference": reference, "channels": []})
    assert (none["channels"], none["flavours"]) == ([], [])


async def test_a_repository_that_is_given_up_takes_its_flavours_along(shop, stranger, allowed):
    allowed.release("1.0.0", descriptor(version="1.0.0"))
    reference = f"{allowed.site.host}/org/cells"
    repo = await shop.get("ImportRepo", input={"reference": reference})
    theirs = await stranger.graphql(REMOVE, stranger.member, id=repo["id"])
    assert theirs.codes == ["NOT_FOUND"]
    assert await shop.run(REMOVE, id=repo["id"]) == repo["id"]
    assert await shop.get("OciRepos") == []
    assert await shop.get("ListFlavours") == []
    assert (await shop.graphql(REMOVE, shop.member, id="no id")).codes == ["NOT_FOUND"]


async def test_numbers_about_repositories(shop):
    for name in ("one", "two", "three"):
        given = {"identifier": f"ada/{name}", "autoScan": False}
        await shop.get("CreateGithubRepo", input=given)
    query = """{ githubRepoStats(filters: {search: "o"}) {
        count distinctCount(field: CREATED_AT) max(field: CREATED_AT) min(field: CREATED_AT)
        avg(field: CREATED_AT) sum(field: CREATED_AT)
        series(field: CREATED_AT, timestampField: CREATED_AT, by: DAY) { count distinctCount }
        } }"""
    found = await shop.run(query)
    assert (found["count"], found["distinctCount"]) == (2, 2)
    assert found["min"] <= found["avg"] <= found["max"]
    assert sum(one["count"] for one in found["series"]) == 2
    empty = await shop.run(query.replace('"o"', '"nothing"'))
    assert (empty["count"], empty["max"], empty["series"]) == (0, None, [])
