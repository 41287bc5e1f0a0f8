"""Pages as people see them: on a phone and a desktop, light and dark, in either language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from browsing import ARTIFACTS, serious_findings
from playwright.sync_api import Browser, Page, expect

PICTURES = ARTIFACTS / "fakts"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
SCREENS = {"phone": PHONE, "desktop": DESKTOP}
#: Each colour scheme goes with one of the languages.
TONGUES = {"light": "en-GB", "dark": "de-DE"}
PATIENCE_MS = 180_000


class Gallery:
    """Looks at pages on every screen: keeps pictures, and what is wrong with them."""

    def __init__(self, page: Page, scheme: str) -> None:
        self.page = page
        self.scheme = scheme
        self.names: list[str] = []
        self.wrong: dict[str, list[str]] = {}

    def look(self, name: str) -> None:
        """Look at what is shown now, on a phone and on a desktop."""
        self.names.append(name)
        for screen, size in SCREENS.items():
            self.page.set_viewport_size(size)
            shown = f"{name}-{screen}-{self.scheme}"
            PICTURES.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=PICTURES / f"{shown}.png", full_page=True)
            wrong = serious_findings(self.page)
            wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                wrong.append(f"scrolls {wide} px sideways")
            if wrong:
                self.wrong[shown] = wrong

    def visit(self, url: str, name: str) -> None:
        """Go to an address and look at it."""
        self.page.goto(url)
        self.look(name)


@contextmanager
def visitor(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page of a visitor nobody knows yet; on a phone unless told otherwise."""
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context(**{"viewport": PHONE, "reduced_motion": "reduce", **options})
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


@contextmanager
def gallery(browser: Browser, scheme: str) -> Iterator[Gallery]:
    """A visitor's page to look at in one of the colour schemes."""
    with visitor(browser, color_scheme=scheme, locale=TONGUES[scheme]) as page:
        yield Gallery(page, scheme)
