"""Every document of the released client `rekuest`, sent by its own methods on real rows."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from lab import Lab
from processes import Caller, Program, eventually

DOCUMENTS = 72
APP = "org.example.workshop"
IDENTITY = [[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
FILE = b"a picture of a stage"
RESOLVE = "mutation r($i: ID!) { autoResolve(input: {implementation: $i}) { id } }"
STATES = "query s($id: ID!) { agent(id: $id) { states { id } } }"
CHILDREN = "query c($id: ID!) { task(id: $id) { children { id latestEventKind } } }"


def documents_of(python: Path) -> set[str]:
    """The names of the client's operations, read from its source."""
    found = next(python.parents[1].glob("lib/python3.*/site-packages/rekuest/api/schema.py"))
    return {
        node.name
        for node in ast.parse(found.read_text(encoding="utf8")).body
        if isinstance(node, ast.ClassDef)
        if any(isinstance(part, ast.ClassDef) and part.name == "Meta" for part in node.body)
        if any(isinstance(part, ast.ClassDef) and part.name == "Arguments" for part in node.body)
    }


def definition(key: str) -> dict[str, Any]:
    """The definition of a function of one number."""
    number = {"key": "a", "kind": "INT", "nullable": False}
    return {
        "key": key,
        "version": "1",
        "name": key.title(),
        "kind": "FUNCTION",
        "args": [number],
        "returns": [{**number, "key": "return0"}],
    }


def ids(rows: list[dict[str, Any]]) -> set[str]:
    """The ids of rows."""
    return {str(row["id"]) for row in rows}


def options(rows: list[dict[str, Any]]) -> set[str]:
    """The ids a search offers."""
    return {str(row["value"]) for row in rows}


def ask_about_actions(caller: Caller, ask: Callable[..., Any], add: dict[str, Any]) -> None:
    """What is offered, and by whom."""
    action, agent = add["action"]["id"], add["agent"]["id"]
    found = ask("afind", id=action)
    assert found["id"] == action
    assert ask("aprimary_actions", identifier="@lab/cell") == []
    for method in ("alist_actions", "aretrieveall", "aget_me_actions"):
        assert action in ids(ask(method)), method
    assert action in options(ask("asearch_actions", values=[action]))
    assert ask("aget_agent", id=agent)["id"] == agent
    assert agent in ids(ask("alist_agents"))
    assert options(ask("asearch_agents", values=[agent])) == {agent}
    assert ask("aget_implementation", id=add["id"])["interface"] == "add"
    assert add["id"] in ids(ask("aimplementations_for", hash=found["hash"]))
    assert options(ask("asearch_implementations", values=[add["id"]])) == {add["id"]}
    assert agent in ids(ask("adesign_agents"))
    (found,) = caller.graphql(STATES, id=agent)["agent"]["states"]
    state = found["id"]
    assert ask("aget_state", id=state)["id"] == state
    assert "stage" in str(ask("acheckout_agent", agent=agent)).lower()


def be_an_agent(caller: Caller, ask: Callable[..., Any], add: dict[str, Any]) -> None:
    """The caller offers something itself, with a dependency that is bound and kept."""
    mine = ask("aensure_agent", name="desk")["id"]
    offer = {
        "interface": "double",
        "definition": definition("double"),
        "dependencies": [
            {
                "key": "adder",
                "app": APP,
                "auto_resolvable": True,
                "action_dependencies": [{"key": "plus", "demand": {"key": "add"}}],
            }
        ],
    }
    assert ask("aimplement_agent", name="desk", implementations=[offer])["id"] == mine
    double = ask("amy_implementation_at", interface="double")["id"]
    bound = caller.graphql(RESOLVE, i=double)["autoResolve"]["id"]
    where = {"dependency_key": "adder", "method_key": "plus"}
    assert ids(ask("aresolved_implementations", resolution=bound, **where)) == {add["id"]}
    higher = {"lower": add["id"], "interface": "more", "definition": definition("more")}
    higher["config"] = {"args": {"b": 1}}
    assert ask("acreate_higher_order_implementation", **higher)["interface"] == "more"
    for name in ("first", "second"):
        ask("ashelve", identifier="@lab/cell", resource_id=name)
    ask("aunshelve", id="first")
    assert len(ask("acollect", drawers=["second"])) == 1


def run_tasks(caller: Caller, ask: Callable[..., Any], folder: Path) -> None:
    """Tasks are asked for, held, paused, ended and looked at."""
    pace = caller.implementation(APP, "pace")["id"]

    def started(**options: Any) -> str:
        task = ask("aassign", implementation=pace, capture=False, **options)["id"]
        eventually(lambda: "PROGRESS" in caller.kinds_of(task), "the start of the task")
        return str(task)

    args = {"folder": str(folder), "steps": 9}
    task = started(args=args, policy="AUTO")
    assert ask("apause", task=task)["id"] == task
    assert ask("aresume", task=task, step=False)["id"] == task
    assert ask("acancel", task=task)["id"] == task
    other = started(args=args)
    assert ask("ainterrupt", task=other)["id"] == other
    assert {task, other} <= ids(ask("arequests"))
    event = ask("atask_events", id=task)["events"][0]
    assert ask("aget_event", id=event["id"])["kind"] == event["kind"]

    gate = folder / "gate"
    gate.touch()
    survey = caller.implementation(APP, "survey")["id"]
    given = {"stops": [1], "gate": str(gate)}
    parent = ask("aassign", implementation=survey, args=given, capture=False, policy="ASK")["id"]

    def held() -> str | None:
        children = caller.graphql(CHILDREN, id=parent)["task"]["children"]
        return next((one["id"] for one in children if one["latestEventKind"] == "HELD"), None)

    child = eventually(held, "a child that waits")
    assert ask("adecide", task=child, approved=True)["id"] == child

    watching = caller.order("invoke", method="awatch_my_tasks", args={})

    def seen() -> bool:
        ask("aassign", implementation=pace, args={"folder": "", "steps": 0}, capture=False)
        return any(answer.get("done") for answer in watching.answers())

    eventually(seen, "a change on the feed")
    assert watching.result()
    caller.resolved.add(watching.end()["operation"])


def keep_things(ask: Callable[..., Any], add: dict[str, Any]) -> None:
    """Shortcuts, test cases and their results."""
    action = add["action"]["id"]
    given = {"name": "One plus", "action": action, "args": {"a": 1}}
    short = ask("acreate_shortcut", allow_quick=False, use_returns=True, **given)["id"]
    assert ask("aget_shortcut", id=short)["name"] == "One plus"
    assert short in ids(ask("alist_shortcuts"))
    assert options(ask("asearch_shortcuts", values=[short])) == {short}
    box = ask("alist_toolboxes")[0]["id"]
    assert ask("aget_toolbox", id=box)["id"] == box
    case = ask("acreate_testcase", action=action, tester=action, is_benchmark=False)["id"]
    assert ask("aget_test_case", id=case)["id"] == case
    assert options(ask("asearch_test_cases", values=[case])) == {case}
    by = {"tester": add["id"], "implementation": add["id"]}
    result = ask("acreate_testresult", case=case, passed=True, **by)["id"]
    assert ask("aget_test_result", id=result)["passed"] is True
    assert options(ask("asearch_test_results", values=[result])) == {result}


def draw(ask: Callable[..., Any], add: dict[str, Any]) -> None:
    """Catalogs, bloks with their revisions, what is bound of them, dashboards, spaces."""
    card = {"name": "Card", "props": [{"key": "title", "kind": "STRING"}]}
    parts = {"components": [card], "operations": [], "widget_defaults": []}
    catalog = ask("aregister_ui_catalog", name="cards", **parts)["id"]
    assert ask("aui_catalog", id=catalog)["id"] == catalog
    assert catalog in ids(ask("aui_catalogs"))
    assert ask("abase_catalog")
    need = {"key": "adder", "app": APP, "action_dependencies": []}
    tree = [{"id": "a", "component": "Card"}]
    new = {"name": "Panel", "catalog": "cards", "components": tree, "dependencies": [need]}
    blok = ask("acreate_blok", **new)["id"]
    detail = next(one for one in ask("alist_bloks", search="Panel") if one["id"] == blok)
    first = detail["head"]["id"]
    edit = ask("aedit_blok", blok=blok, base=first, components=[{"id": "b", "component": "Card"}])
    assert edit["applied"]
    second = edit["revision"]["id"]
    assert ask("arevert_blok", blok=blok, to=first, base=second)["number"] == 3
    assert len(ask("ablok_revisions", id=blok)["revisions"]) == 3
    assert ask("aupdate_blok", id=blok, description="of cards")["description"] == "of cards"
    assert ask("afork_blok", id=blok, name="Panel two")["name"] == "Panel two"
    bound = ask("amaterialize_blok", blok=blok, scope="TASK")["id"]
    assert ask("aget_materialized_blok", id=bound)["id"] == bound
    assert bound in options(ask("asearch_materialized_bloks", values=[bound]))
    mapping = {"key": "adder", "agent": add["agent"]["id"]}
    assert ask("aupdate_materialized_blok", id=bound, agent_mappings=[mapping])["id"] == bound
    assert ask("apin_materialized_blok", id=bound, revision=first)["pinnedRevision"]["id"] == first
    page = ask("acreate_dashboard", name="Lab", bloks=[bound])["id"]
    assert ask("aget_dashboard", id=page)["id"] == page
    place = {"agent": add["agent"]["id"], "affine_matrix": IDENTITY}
    assert ask("acreate_space", name="Room", placements=[place])["id"]


def upload(ask: Callable[..., Any], url: str, folder: Path) -> None:
    """Files and assets: one is put by hand, one by the client itself."""
    grant = ask("arequest_media_upload", original_file_name="a.png", file_size=len(FILE))
    s3 = boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=grant["accessKey"],
        aws_secret_access_key=grant["secretKey"],
        aws_session_token=grant["sessionToken"],
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )
    s3.put_object(Bucket=grant["bucket"], Key=grant["key"], Body=FILE)
    store = grant["store"]
    assert ask("afinish_media_upload", store_id=store, valid=True)["key"] == grant["key"]
    assert ask("arequest_media_access", store_id=store)["key"] == grant["key"]

    ref = f"sha256:{hashlib.sha256(FILE).hexdigest()}"
    assert ask("astored_asset", ref=ref) is None
    assert ask("arequest_asset_upload", ref=ref, size=len(FILE))["store"]
    file = folder / "stage.png"
    file.write_bytes(FILE)
    assert ask("acreate_asset", ref=ref, store=str(file))["ref"] == ref
    assert ask("astored_asset", ref=ref)["ref"] == ref


@pytest.mark.usefixtures("workshop")
def test_every_document_of_the_client_resolves(
    lab: Lab,
    python: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    caller = lab.caller()
    ask, add = caller.invoke, caller.implementation(APP, "add")
    ask_about_actions(caller, ask, add)
    be_an_agent(caller, ask, add)
    run_tasks(caller, ask, tmp_path)
    keep_things(ask, add)
    draw(ask, add)
    upload(ask, lab.platform.url, tmp_path)

    documents = documents_of(python)
    # Shown at the end of the run, also when a worker process ran this test.
    record_property(
        "figure", f"rekuest: {len(caller.resolved)} of {len(documents)} documents resolve"
    )
    assert len(documents) == DOCUMENTS
    assert documents - caller.resolved == set()


def test_the_app_of_the_documents_still_works(workshop: Program, caller: Caller) -> None:
    assert caller.call(caller.implementation(APP, "add"), a=1, b=1).result() == 2
