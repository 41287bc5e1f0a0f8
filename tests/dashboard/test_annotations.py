"""Shapes drawn over an image by pointer and by keyboard, changed, taken back, seen by others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import DESKTOP, Desk, desk_in
from lab import Lab
from PIL import Image
from playwright.sync_api import Browser, Locator, expect


@pytest.fixture
def colleague(browser: Browser, lab: Lab) -> Iterator[Desk]:
    """Another member of the lab, at a page of their own."""
    with desk_in(browser, lab.platform.url, viewport=DESKTOP) as desk:
        desk.log_in("/", username=lab.user, password=lab.password)
        yield desk
        assert desk.complaints() == []


def slide(desk: Desk, folder: Path, name: str) -> str:
    """Bring an image of two planes, and open it; its address below the organization."""
    path = folder / f"{name}.tif"
    first, second = (Image.linear_gradient("L").resize((200, 100)) for _ in range(2))
    first.save(path, save_all=True, append_images=[second])
    page = desk.open("/o/lab/data", title="Data")
    desk.upload(path)
    page.get_by_role("dialog").get_by_role("button", name="Make images").click()
    page.get_by_role("region", name="Uploads").get_by_role("link", name="Look at it").last.click()
    desk.titled(name)
    expect(page.locator("[aria-busy=false] > canvas[data-shown]")).to_be_visible()
    return page.url.removeprefix(desk.url).partition("?")[0]


def drawn(desk: Desk) -> Locator:
    """The shapes over the picture, as everybody sees them."""
    return desk.page.locator("[data-annotation]")


def drag(desk: Desk, begin: tuple[int, int], end: tuple[int, int]) -> None:
    """Drag over the picture; places are counted from its middle."""
    box = desk.page.get_by_role("application", name="Drawing surface").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse = desk.page.mouse
    mouse.move(middle[0] + begin[0], middle[1] + begin[1])
    mouse.down()
    mouse.move(middle[0] + end[0], middle[1] + end[1], steps=4)
    mouse.up()


def entry(desk: Desk, name: str) -> Locator:
    """A shape in the list of those on the plane."""
    shapes = desk.page.get_by_role("list", name="Shapes on this plane")
    return shapes.get_by_role("button", name=name, exact=True)


def choose(desk: Desk, tool: str) -> None:
    desk.page.get_by_role("radiogroup", name="Tool").get_by_text(tool, exact=True).click()


def test_shapes_are_drawn_named_moved_and_removed_while_others_look_on(
    desk: Desk, colleague: Desk, tmp_path: Path
) -> None:
    page = desk.page
    address = slide(desk, tmp_path, "slide one")
    other = colleague.open(address, title="slide one")
    expect(other.locator("[aria-busy=false] > canvas[data-shown]")).to_be_visible()
    page.get_by_role("button", name="Draw annotations").click()
    choose(desk, "Rectangle")
    drag(desk, (-120, -60), (-20, 60))
    expect(entry(desk, "Rectangle 1")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Name of the shape").fill("nucleus")
    page.keyboard.press("Enter")
    expect(entry(desk, "nucleus")).to_be_visible()
    expect(drawn(colleague).locator("title")).to_have_text(["nucleus"])
    choose(desk, "Polygon")
    for corner in ((40, -60), (140, -60), (90, 40)):
        drag(desk, corner, corner)
    page.keyboard.press("Enter")
    expect(entry(desk, "Polygon 1")).to_be_visible()
    choose(desk, "Point")
    drag(desk, (0, 90), (0, 90))
    expect(entry(desk, "Point 1")).to_be_visible()
    expect(drawn(colleague)).to_have_count(3)
    assert desk.accessibility() == []
    desk.picture("story-drawing")

    box = drawn(colleague).locator("polygon").filter(has_text="nucleus")
    before = box.get_attribute("points") or ""
    choose(desk, "Select")
    drag(desk, (-70, 0), (-70, 50))
    expect(box).not_to_have_attribute("points", before)
    page.get_by_role("button", name="Undo", exact=True).first.click()
    expect(box).to_have_attribute("points", before)

    entry(desk, "nucleus").click()
    page.get_by_role("button", name="Delete nucleus").click()
    expect(drawn(colleague)).to_have_count(2)
    page.get_by_role("alert").get_by_role("button", name="Undo").click()
    expect(drawn(colleague)).to_have_count(3)
    # What was drawn on a plane is of that plane.
    page.get_by_role("slider", name="z").focus()
    page.keyboard.press("Home")
    expect(page.get_by_text("Nothing is drawn on this plane.")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("button", name="Draw annotations")).to_be_visible()


def test_shapes_are_drawn_and_moved_by_the_keyboard_alone(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    slide(desk, tmp_path, "slide two")
    page.get_by_role("button", name="Draw annotations").press("Enter")
    tools = page.get_by_role("radiogroup", name="Tool")
    tools.get_by_role("radio", name="Select").focus()
    for tool in ("Point", "Line"):
        page.keyboard.press("ArrowDown")
        expect(tools.get_by_role("radio", name=tool)).to_be_checked()
    surface = page.get_by_role("application", name="Drawing surface")
    surface.focus()
    for key in ("Space", "Shift+ArrowRight", "Shift+ArrowRight", "ArrowDown", "Space"):
        page.keyboard.press(key)
    expect(entry(desk, "Line 1")).to_be_visible()
    line = drawn(desk).locator("polyline")
    expect(line).to_have_attribute("points", "100,50 120,51")
    choose(desk, "Select")
    surface.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    expect(line).to_have_attribute("points", "99,40 119,41")
    page.keyboard.press("Control+z")
    expect(line).to_have_attribute("points", "100,50 120,51")
    page.keyboard.press("Delete")
    expect(drawn(desk)).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(line).to_have_attribute("points", re.compile("^100,50"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Draw annotations")).to_be_visible()
