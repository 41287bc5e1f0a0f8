"""A form of every kind of value: what is filled in arrives in the app as it was meant."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from desk import Desk
from lab import Lab
from playwright.sync_api import Locator, expect
from processes import Message


@pytest.fixture(scope="module")
def forms(lab: Lab) -> Iterator[None]:
    """The app whose action takes everything."""
    with closing(lab.start("forms", "forms", key=lab.key_of("forms"))) as program:
        program.wait(what="connection", state="registered")
        yield


@pytest.fixture(scope="module")
def planner(lab: Lab) -> Iterator[None]:
    """The app whose form hangs together, and the one it borrows fields from."""
    with (
        closing(lab.start("camera", "camera", key=lab.key_of("camera"))) as camera,
        closing(lab.start("planner", "planner", key=lab.key_of("planner"))) as planner,
    ):
        for program in (camera, planner):
            program.wait(what="connection", state="registered")
        yield


def field(inside: Locator, label: str) -> Locator:
    """The input of a label, which may bear the mark of what is needed."""
    return inside.get_by_role("textbox", name=re.compile(rf"^{label}( \*)?$", re.I))


def group(desk: Desk, name: str) -> Locator:
    return desk.page.get_by_role("group", name=re.compile(f"^{name}$", re.I))


def result_of(desk: Desk, word: str) -> dict[str, object]:
    """What the app gave back, once it is there."""
    page = desk.page
    result = page.locator("section").filter(has=page.get_by_role("heading", name="Result"))
    expect(result).to_contain_text(word)
    return dict(json.loads(re.search(r"\{.*\}", result.inner_text(), re.S)[0]))


def test_every_kind_of_value_arrives_as_it_was_given(desk: Desk, forms: None) -> None:
    page = desk.open("/o/lab/actions?q=everything", title="Actions")
    page.get_by_role("cell", name="Take Everything", exact=True).click()
    desk.titled("Take Everything")
    form = page.locator("form")
    for label, value in (("whole", "12"), ("share", "0,25"), ("word", "lamp")):
        field(form, label).fill(value)
    page.get_by_label(re.compile("^moment")).fill("2026-03-04T05:06:07")
    page.get_by_label("lit").check(force=True)
    page.get_by_role("radio", name="SLOW").check()
    page.get_by_role("slider", name=re.compile("power")).press("End")
    page.get_by_role("combobox", name=re.compile("^slot")).click()
    page.get_by_role("option", name="right").click()
    for number, value in enumerate(("3", "4"), start=1):
        page.get_by_role("button", name="Add to numbers").click()
        field(form, f"numbers {number}").fill(value)
    page.get_by_role("button", name="Move 2 up").click()
    page.get_by_role("button", name="Add to weights").click()
    weights = group(desk, "weights")
    field(weights, "Key").fill("heavy")
    field(weights, "Value").fill("2.5")
    field(group(desk, "spot"), "x").fill("-1")
    field(group(desk, "spot"), "label").fill("corner")
    either = group(desk, "either")
    either.get_by_text("string", exact=True).click()
    either.get_by_role("textbox").fill("words")
    assert desk.accessibility() == []
    desk.picture("story-form")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page).to_have_url(re.compile(r"/tasks/\d+$"))
    told = result_of(desk, '"heavy"')
    assert told.pop("moment").startswith("2026-03-04T")
    assert told == {
        "whole": 12,
        "share": 0.25,
        "lit": True,
        "word": "lamp",
        "mode": "SLOW",
        "power": 10,
        "slot": "right",
        "numbers": [4, 3],
        "weights": {"heavy": 2.5},
        "spot": {"x": -1, "label": "corner"},
        "either": "words",
        "maybe": None,
    }


def test_fields_that_depend_on_each_other_and_on_other_apps(
    desk: Desk, planner: None, gallery: Message
) -> None:
    page = desk.open("/o/lab/actions?q=plan", title="Actions")
    page.get_by_role("cell", name="Plan", exact=True).click()
    desk.titled("Plan")
    form = page.locator("form")
    action = page.get_by_role("combobox", name=re.compile("^action"))
    expect(action).to_be_disabled()
    expect(action).to_have_attribute("placeholder", "First give offered by")
    field(form, "offered by").fill("org.example.camera")
    expect(action).to_be_enabled()
    action.click()
    expect(page.get_by_role("option")).to_have_text(["Snap"])
    page.get_by_role("option", name="Snap").click()
    # The choice does not go with another app: it is taken back, and chosen anew.
    field(form, "offered by").fill("org.example.workshop")
    expect(page.get_by_text("The choice was taken back")).to_be_visible()
    expect(action).to_have_value("")
    field(form, "offered by").fill("org.example.camera")
    expect(action).to_have_value("")
    action.click()
    page.get_by_role("option", name="Snap").click()
    expect(page.get_by_text("The field lens of Snap, by")).to_be_visible()
    page.get_by_role("combobox", name=re.compile("^lens")).click()
    page.get_by_role("option", name="40x").click()
    page.get_by_role("radio", name="slow").check()
    span = group(desk, "span")
    field(span, "low").fill("5")
    field(span, "high").fill("4")
    page.get_by_role("button", name="Choose").click()
    expect(page.get_by_role("dialog")).to_contain_text("nuclei")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("nuclei")).click()
    field(form, "width").fill("120")
    expect(page.get_by_text("That is wide.")).to_be_visible()
    expect(field(form, "height")).to_have_value("120")
    field(form, "height").fill("90")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("must be above low")).to_be_visible()
    field(span, "high").fill("6")
    assert desk.accessibility() == []
    desk.picture("story-form-dependent", whole=True)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page).to_have_url(re.compile(r"/tasks/\d+$"))
    told = result_of(desk, '"lens"')
    assert str(told.pop("action")).isdigit()
    assert told == {
        "lens": "40x",
        "speed": "slow",
        "span": {"low": 5, "high": 6},
        "volume": gallery["volume"],
        "width": 120,
        "height": 90,
        "note": None,
    }
