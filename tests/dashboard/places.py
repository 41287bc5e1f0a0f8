"""The routes of the dashboard, and for each the addresses at which its pictures are taken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROUTER = Path(__file__).resolve().parents[2] / "gateway" / "dashboard" / "src" / "router.tsx"
ORGANIZATION = "/o/$org"
#: Routes that show nothing of their own: each leads on at once.
LEADS_ON = {"/", "/login/done", "/me", "/join/$token"}


@dataclass(frozen=True)
class Place:
    """One address; `{words}` in it stand for what the stories made."""

    path: str
    title: str
    #: Text that shows that what the page is about has arrived.
    shows: str = ""
    #: An element that is there once all is drawn.
    drawn: str = ""


PLACES = {
    "home": Place("/o/lab", "Home", "Last failures"),
    "tasks": Place("/o/lab/tasks", "Tasks"),
    "task": Place("/o/lab/tasks/{task}", "Add", "Result"),
    "task-log": Place("/o/lab/tasks/{task}?tab=logs", "Add"),
    "task-timeline": Place("/o/lab/tasks/{task}?tab=timeline", "Add"),
    "task-failed": Place("/o/lab/tasks/{failed}", "Fail", "no lamp"),
    "approvals": Place("/o/lab/approvals", "Approvals"),
    "actions": Place("/o/lab/actions", "Actions", "Survey"),
    "action": Place("/o/lab/actions/{action}", "Add"),
    "agents": Place("/o/lab/agents", "Agents", "org.example.workshop"),
    "agent": Place("/o/lab/agents/{agent}", "org.example.workshop:1.0.0", "moves"),
    "data": Place("/o/lab/data", "Data", "nuclei"),
    "data-grid": Place("/o/lab/data?view=grid", "Data", "nuclei"),
    "folder": Place("/o/lab/data/f/{folder}", "Day run", "log.txt"),
    "array": Place(
        "/o/lab/data/array/{array}",
        "nuclei",
        "1 annotation",
        drawn="[aria-busy=false] > canvas[data-shown]",
    ),
    "table": Place("/o/lab/data/table/{table}", "areas", "nucleus 1"),
    "file": Place("/o/lab/data/file/{file}", "log.txt", "the lamp was off"),
    "trash": Place("/o/lab/data/trash", "Trash"),
    "storage": Place("/o/lab/data/storage", "Storage"),
    "store": Place("/o/lab/store", "Store", "org.example.cells"),
    "store-installed": Place("/o/lab/store?tab=installed", "Store", "org.example.cells"),
    "store-repos": Place("/o/lab/store?tab=repos", "Store"),
    "store-app": Place("/o/lab/store/{app}", "org.example.cells", "Count cells"),
    "store-pod": Place("/o/lab/store/installed/{pod}", "org.example.cells", "ready for work"),
    "people": Place("/o/lab/people", "People", "lab-admin"),
    "invites": Place("/o/lab/people?tab=invites", "People"),
    "roles": Place("/o/lab/people?tab=roles", "People"),
    "organization": Place("/o/lab/people?tab=organization", "People"),
    "apps": Place("/o/lab/apps", "Apps", "org.example.workshop"),
    "keys": Place("/o/lab/apps?tab=keys", "Apps"),
    "services": Place("/o/lab/services", "Services"),
    "operations": Place("/o/lab/ops", "Operations"),
    "jobs": Place("/o/lab/ops?tab=jobs", "Operations", "Delete expired codes"),
    "dead-letters": Place("/o/lab/ops?tab=dead", "Operations"),
    "limits": Place("/o/lab/ops?tab=limits", "Operations"),
    "remote-values": Place("/o/lab/ops?tab=values", "Operations"),
    "audit": Place("/o/lab/ops?tab=audit", "Operations", "Mandate key issued"),
    "me": Place("/o/lab/me", "My account"),
    "device": Place("/device", "Approve an app"),
    "device-code": Place("/device?code={code}", "org.example.visitor", "What it uses"),
    "logged-out": Place("/login", "Bauhof"),
    "not-found": Place("/o/lab/no-such-page", "Not found"),
}


def routes() -> set[str]:
    """Every path of the router."""
    text = ROUTER.read_text(encoding="utf8")
    top = re.findall(r"getParentRoute: \(\) => root,\s*path: \"([^\"]+)\"", text)
    below = re.findall(r"page\(\"([^\"]+)\"", text)
    inside = {ORGANIZATION + ("" if path == "/" else path) for path in below}
    return {*top, *inside}


def route_of(place: Place, among: set[str]) -> str | None:
    """The route that an address leads to; words of a route win over its holes."""
    parts = place.path.split("?")[0].split("/")

    def fits(route: str) -> bool:
        said = route.split("/")
        return len(said) == len(parts) and all(
            one.startswith("$") or one == part for one, part in zip(said, parts, strict=True)
        )

    found = sorted((route for route in among if fits(route)), key=lambda one: one.count("$"))
    return found[0] if found else None
