"""Rows of what people keep, for tests: one of everything beside the rows of `world`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from world import Rows

from rekuest_server import models

TREE: list[dict[str, Any]] = [
    {"id": "root", "component": "Card", "props": [], "children": [{"id": "x", "component": "if"}]}
]
NEEDS: dict[str, Any] = {
    "key": "adder",
    "optional": False,
    "auto_resolvable": True,
    "action_dependencies": [{"key": "plus", "demand": {"key": "add"}, "optional": False}],
}


@dataclass
class Kept:
    """What `make_kept` made."""

    toolbox: models.Toolbox
    shortcut: models.Shortcut
    case: models.TestCase
    result: models.TestResult
    catalog: models.UiCatalog
    blok: models.Blok
    revision: models.BlokRevision
    bound: models.MaterializedBlok
    dashboard: models.Dashboard
    space: models.Space
    drawer: models.Drawer
    store: models.MediaStore
    asset: models.Asset
    resolution: models.Resolution


def make_kept(rows: Rows, marker: str = "ours") -> Kept:
    """Make one of everything; `marker` stands in every text."""
    own = {"organization": rows.organization}
    toolbox = models.Toolbox.objects.create(name=f"tools {marker}", description=marker, **own)
    case = models.TestCase.objects.create(
        action=rows.action, tester=rows.action, name=f"case {marker}", **own
    )
    catalog = models.UiCatalog.objects.create(name=f"catalog {marker}", **own)
    blok = make_blok(rows, catalog, name=f"blok {marker}")
    bound = models.MaterializedBlok.objects.create(blok=blok, name=f"bound {marker}", **own)
    dashboard = models.Dashboard.objects.create(name=f"page {marker}", **own)
    dashboard.bloks.add(bound)
    space = models.Space.objects.create(name=f"room {marker}", creator=rows.user, **own)
    models.Placement.objects.create(space=space, agent=rows.agent, role=f"stage {marker}")
    store = make_store(rows)
    return Kept(
        toolbox=toolbox,
        shortcut=models.Shortcut.objects.create(
            toolbox=toolbox,
            action=rows.action,
            creator=rows.user,
            name=f"shortcut {marker}",
            saved_args={"a": 1},
            **own,
        ),
        case=case,
        result=models.TestResult.objects.create(
            case=case,
            implementation=rows.implementation,
            tester=rows.implementation,
            passed=True,
            result={"marker": marker},
            **own,
        ),
        catalog=catalog,
        blok=blok,
        revision=blok.revisions.get(),
        bound=bound,
        dashboard=dashboard,
        space=space,
        drawer=models.Drawer.objects.create(
            agent=rows.agent, resource_id=f"r-{marker}", identifier="@a/b", label=f"l {marker}"
        ),
        store=store,
        asset=models.Asset.objects.create(ref="sha256:" + "0" * 64, store=store, **own),
        resolution=models.Resolution.objects.create(
            implementation=rows.implementation,
            creator=rows.user,
            name=f"wired {marker}",
            bindings={
                "adder": [
                    {
                        "agent": str(rows.agent.pk),
                        "actions": {"plus": str(rows.implementation.pk)},
                    }
                ]
            },
            **own,
        ),
    )


def make_blok(rows: Rows, catalog: models.UiCatalog, name: str, **changes: Any) -> models.Blok:
    """Make a blok with its first revision."""
    content = {"components": TREE, "source": None, "demo_state": {"n": 1}, "dependencies": [NEEDS]}
    values = {"creator": rows.user, "content": content} | changes
    blok = models.Blok.objects.create(
        organization=rows.organization, catalog=catalog, name=name, **values
    )
    models.BlokRevision.objects.create(blok=blok, number=1, content=content, author=rows.user)
    return blok


def make_store(rows: Rows) -> models.MediaStore:
    """Make a place in the bucket, where nothing lies yet."""
    number = models.MediaStore.objects.count()
    return models.MediaStore.objects.create(
        organization=rows.organization,
        creator=rows.user,
        bucket="rekuest-media",
        key=f"{rows.organization.external_id}/{number}",
        max_bytes=1000,
    )


def make_dependency(rows: Rows, **changes: Any) -> models.Dependency:
    """Let the implementation need an agent that offers the action."""
    declaration = NEEDS | changes
    return models.Dependency.objects.create(
        implementation=rows.implementation,
        key=declaration["key"],
        optional=declaration["optional"],
        auto_resolvable=declaration["auto_resolvable"],
        app_filter=declaration.get("app"),
        min_viable_instances=declaration.get("min_viable_instances"),
        max_viable_instances=declaration.get("max_viable_instances"),
        declaration=declaration,
    )
