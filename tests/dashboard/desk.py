"""A page of the dashboard in the real browser, and everything the browser complains about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from browsing import ARTIFACTS, COLOUR_RULES, log_in, serious_findings
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    FilePayload,
    Locator,
    Page,
    Request,
    expect,
)

PICTURES = ARTIFACTS / "screenshots"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 120_000
#: Another program on the machine made or removed a network; the page reads again by itself.
MACHINE = "net::ERR_NETWORK_CHANGED"
ADMIN = "lab-admin"
PASSWORD = "seven blue doors"

#: Lists every control that is no stop of Tab, and everything that looks as if it could be pressed
#: but is nothing that takes the focus. Tabs, radios, lists and menus are one stop each, arrows go
#: on from there; so are tables, whose rows are chosen by `x`, and boxes of numbers.
OUT_OF_REACH = """() => {
  const controls = "a[href], button, input, select, textarea, summary, [role=button], [role=link],"
    + "[role=checkbox], [role=switch], [role=slider], [role=tab], [role=menuitem]";
  const oneStop = "[role=tablist], [role=radiogroup], [role=listbox], [role=menu],"
    + "[role=table][tabindex='0'] [role=row], .mantine-NumberInput-root";
  const stops = (el) => el.tabIndex >= 0 && !el.disabled;
  const shown = (el) => el.checkVisibility({ visibilityProperty: true })
    && !el.closest("[inert], [aria-hidden=true]");
  const off = (el) => el.disabled || el.ariaDisabled === "true" || el.type === "hidden";
  const all = [...document.querySelectorAll("body *")].filter(shown);
  const wrong = all.filter((el) => el.matches(controls) && !off(el) && !stops(el)
    && !el.closest(oneStop));
  const pressed = (el) => getComputedStyle(el).cursor === "pointer";
  for (const el of all.filter((el) => pressed(el) && !pressed(el.parentElement))) {
    const holds = el.closest(`${controls}, label, [tabindex='0']`);
    if (!holds && !el.querySelector(controls) && !el.closest(oneStop)) wrong.push(el);
  }
  wrong.push(...all.filter((el) => el.tabIndex > 0));
  return wrong.map((el) => el.outerHTML.slice(0, 160));
}"""


class Desk:
    """A page, opened as people do, and what went wrong on it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self._complaints: list[str] = []
        #: What a story brings about on purpose, as patterns.
        self.expected: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._complaints.append(f"page error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            where = (message.location or {}).get("url", "")
            self._complaints.append(f"{message.type}: {message.text} {where}")

    def _request(self, request: Request) -> None:
        target = urlsplit(request.url)
        if target.scheme in ("http", "https", "ws", "wss") and target.netloc not in self.url:
            self._complaints.append(f"a request to elsewhere: {request.url}")

    def forget(self) -> None:
        """Begin a story: nothing was complained about."""
        self._complaints.clear()
        self.expected.clear()

    def complaints(self) -> list[str]:
        """What the browser complained about and no story expected."""
        return [
            text
            for text in self._complaints
            if not any(re.search(pattern, text) for pattern in (MACHINE, *self.expected))
        ]

    def open(self, path: str, *, title: str | None = None) -> Page:
        """Go to an address; with a title wait for the page of that name."""
        self.page.goto(self.url + path)
        if title is not None:
            self.titled(title)
        return self.page

    def titled(self, title: str) -> None:
        """Wait for the page of that name."""
        expect(self.page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()

    def at(self, path: str) -> None:
        """Wait until the address is this one, filters left aside."""
        expect(self.page).to_have_url(re.compile(re.escape(self.url + path) + r"/?(\?.*)?$"))

    def log_in(self, path: str, *, username: str, password: str) -> None:
        """Go to an address as a stranger, and log in where that leads to."""
        self.page.goto(self.url + path)
        expect(self.page.get_by_label("User name")).to_be_visible()
        log_in(self.page, username=username, password=password)
        expect(self.page).not_to_have_url(re.compile("/fakts/"))

    def picture(self, name: str, *, whole: bool = False) -> Path:
        """Keep a picture as an artifact, of what is in sight or of the whole page."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        self.page.screenshot(path=path, animations="disabled", full_page=whole)
        return path

    def colour(self, scheme: Literal["light", "dark"]) -> None:
        """Have the machine ask for a colour scheme, and wait until the page shows it."""
        self.page.emulate_media(color_scheme=scheme)
        shown = self.page.locator(":root")
        expect(shown).to_have_attribute("data-mantine-color-scheme", scheme)

    def upload(self, *files: FilePayload | Path) -> None:
        """Choose files at the page of some folder."""
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Upload", exact=True).click()
        chooser.value.set_files([*files])

    def row(self, name: str) -> Locator:
        """The row of a table that bears this name."""
        named = self.page.get_by_role("cell", name=name, exact=True)
        return self.page.get_by_role("row").filter(has=named)

    def out_of_reach(self) -> list[str]:
        """What can be used by a mouse and not by the keyboard."""
        return list(self.page.evaluate(OUT_OF_REACH))

    def accessibility(self, *, colours_only: bool = False) -> list[str]:
        """The serious findings of axe on what is shown, of all its rules or those of colours."""
        return serious_findings(self.page, COLOUR_RULES if colours_only else ())


@contextmanager
def desk_in(browser: Browser, url: str, **context: Any) -> Iterator[Desk]:
    """A fresh visitor's page."""
    made = browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **context})
    made.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    try:
        yield Desk(made.new_page(), url)
    finally:
        made.close()
