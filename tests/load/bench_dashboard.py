"""The dashboard in the real browser: how soon Home shows, and how smoothly a long list scrolls.

The list of 10,000 tasks is the page's own; only the answer of the broker is made here, because what
is measured is the page. Headless Chromium draws in software.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [
    str(Path(__file__).resolve().parents[1] / name) for name in ("acceptance", "dashboard")
]

from browsing import launched  # noqa: E402
from desk import Desk, desk_in  # noqa: E402
from figures import figure, percentile  # noqa: E402
from platform_handle import Platform, deployed  # noqa: E402
from playwright.sync_api import Route, expect  # noqa: E402

ROWS = 10_000
VISITS = 5
WHEELS = 60
PASSWORD = "seven blue doors"
WATCH = """() => {
    window.longest = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            window.longest = Math.max(window.longest, entry.duration);
        }
    }).observe({ entryTypes: ["longtask"] });
}"""


def task(number: int) -> dict[str, Any]:
    moment = f"2026-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
    return {
        "id": str(number),
        "reference": None,
        "isDone": False,
        "createdAt": moment,
        "updatedAt": moment,
        "finishedAt": None,
        "notBefore": None,
        "revision": 1,
        "latestProgress": number % 100,
        "latestMessage": f"step {number}",
        "latestEventKind": "PROGRESS",
        "latestInstructKind": "ASSIGN",
        "action": {"id": "1", "name": f"Action {number % 17}", "key": "action"},
        "agent": {"id": "1", "name": "bench"},
        "implementation": None,
        "caller": None,
        "parent": None,
        "root": None,
    }


def answer_tasks(route: Route) -> None:
    """Answer the list with 10,000 rows; everything else goes on to the broker."""
    if "query Tasks(" not in (route.request.post_data or ""):
        route.continue_()
        return
    body = json.dumps({"data": {"tasks": [task(number) for number in range(ROWS)]}})
    route.fulfill(status=200, content_type="application/json", body=body)


def first_view(desk: Desk) -> float:
    """Seconds from the address to what Home tells of the broker, for somebody who is logged in."""
    started = time.perf_counter()
    desk.page.goto(f"{desk.url}/o/lab")
    expect(desk.page.get_by_role("heading", name="Last failures")).to_be_visible()
    return time.perf_counter() - started


def scroll(desk: Desk) -> tuple[float, int]:
    """The longest task in milliseconds while the list is wheeled through, and rows in the page."""
    desk.page.route("**/rekuest/graphql", answer_tasks)
    desk.open("/o/lab/tasks", title="Tasks")
    table = desk.page.get_by_role("table", name="Tasks")
    expect(table).to_have_attribute("aria-rowcount", str(ROWS + 1))
    table.hover()
    desk.page.evaluate(WATCH)
    for _ in range(WHEELS):
        desk.page.mouse.wheel(0, 1200)
        desk.page.wait_for_timeout(30)
    return float(desk.page.evaluate("window.longest")), table.get_by_role("row").count()


def prepared(platform: Platform) -> None:
    platform.run("org", "create", "lab")
    platform.run(
        *("user", "create", "bench", "--org", "lab", "--role", "admin", "--password-stdin"),
        stdin=PASSWORD,
    )


def main() -> bool:
    """Measure, and tell whether all targets were met."""
    with deployed() as platform:
        prepared(platform)
        with launched() as browser, desk_in(browser, platform.url) as desk:
            desk.log_in("/", username="bench", password=PASSWORD)
            desk.titled("Home")
            views = [first_view(desk) for _ in range(VISITS)]
            longest, shown = scroll(desk)
    met = [
        figure("dashboard", "home_first_view_p50", percentile(views, 0.5), "s", most=1.5),
        figure("dashboard", "scroll_10000_longest_task", longest, "ms", most=200),
        figure("dashboard", "scroll_10000_rows_in_page", shown, "rows", most=80),
    ]
    return all(met)
