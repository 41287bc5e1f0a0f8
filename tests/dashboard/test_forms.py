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


@pytest.fixture(scope="module")
def forms(lab: Lab) -> Iterator[None]:
    """The app whose action takes everything."""
    with closing(lab.start("forms", "forms", key=lab.key_of("forms"))) as program:
        program.wait(what="connection", state="registered")
        yield


def field(inside: Locator, label: str) -> Locator:
    """The input of a label, which may bear the mark of what is needed."""
    return inside.get_by_role("textbox", name=re.compile(rf"^{label}( \*)?$", re.I))


def group(desk: Desk, name: str) -> Locator:
    return desk.page.get_by_role("group", name=re.compile(f"^{name}$", re.I))


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
    result = page.locator("section").filter(has=page.get_by_role("heading", name="Result"))
    expect(result).to_contain_text('"heavy"')
    told = json.loads(re.search(r"\{.*\}", result.inner_text(), re.S)[0])
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
