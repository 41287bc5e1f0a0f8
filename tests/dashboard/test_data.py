"""Files and images: uploaded, looked at, deleted and brought back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from desk import ADMIN, DESKTOP, PASSWORD, PHONE, Desk, desk_in
from lab import Lab
from playwright.sync_api import Browser, Dialog, Page, Route, expect
from processes import Message, eventually

MIB = 1024 * 1024
#: The names of the uploads that the browser keeps in mind.
KEPT = """() => new Promise((resolve, reject) => {
    const asked = indexedDB.open("bauhof-uploads");
    asked.onerror = reject;
    asked.onsuccess = () => {
        const all = asked.result.transaction("pending").objectStore("pending").getAll();
        all.onsuccess = () => resolve(all.result.map((one) => one.name));
    };
})"""


def test_a_small_file_is_uploaded_and_looked_at(desk: Desk) -> None:
    page = desk.open("/o/lab/data", title="Data")
    desk.upload({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"the lamp was off"})
    expect(page.get_by_role("region", name="Uploads")).to_contain_text("uploaded")
    desk.row("notes.txt").click()
    desk.titled("notes.txt")
    expect(page.get_by_text("the lamp was off")).to_be_visible()
    desk.picture("story-file")


def test_a_large_file_goes_in_parts_and_comes_back_whole(desk: Desk, tmp_path: Path) -> None:
    body = bytes(range(256)) * (40 * MIB // 256)
    large = tmp_path / "large.bin"
    large.write_bytes(body)
    page = desk.open("/o/lab/data", title="Data")
    puts: list[str] = []
    page.on("request", lambda one: puts.append(one.url) if one.method == "PUT" else None)
    desk.upload(large)
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads.get_by_text("uploaded", exact=True).last).to_be_visible()
    expect(desk.row("large.bin")).to_contain_text("40.0 MiB")
    assert len({url for url in puts if "partNumber=" in url}) == 3
    desk.row("large.bin").click()
    desk.titled("large.bin")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.path().read_bytes() == body


def test_an_upload_that_lost_its_way_goes_on(desk: Desk, tmp_path: Path) -> None:
    large = tmp_path / "interrupted.bin"
    large.write_bytes(b"x" * (40 * MIB))
    page = desk.open("/o/lab/data", title="Data")
    broken: list[str] = []

    def fail_once(route) -> None:
        if "partNumber=2" in route.request.url and not broken:
            broken.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    desk.expected.append("ERR_CONNECTION_RESET")
    page.route("**/*partNumber*", fail_once)
    desk.upload(large)
    expect(desk.row("interrupted.bin")).to_contain_text("40.0 MiB")
    page.unroute("**/*partNumber*")
    assert broken


def leave(page: Page) -> None:
    """Reload in the middle of uploads, and say yes to the question of the browser."""

    def yes(dialog: Dialog) -> None:
        dialog.accept()

    page.on("dialog", yes)
    page.reload()
    page.remove_listener("dialog", yes)
    page.unroute("**/*partNumber*")


def test_an_upload_goes_on_after_a_reload(desk: Desk, tmp_path: Path) -> None:
    body = bytes(range(256)) * (40 * MIB // 256)
    large = tmp_path / "resumed.bin"
    large.write_bytes(body)
    page = desk.open("/o/lab/data", title="Data")
    sent: list[str] = []

    def hold_the_third(route: Route) -> None:
        if "partNumber=3" not in route.request.url:
            route.continue_()

    page.route("**/*partNumber*", hold_the_third)
    desk.upload(large)
    arrived = page.get_by_role("region", name="Uploads").get_by_text("32.0 MiB / 40.0 MiB")
    expect(arrived).to_be_visible()
    leave(page)
    desk.titled("Data")
    page.on("request", lambda one: sent.append(one.url) if one.method == "PUT" else None)
    again = page.get_by_role("button", name="Choose again: resumed.bin")
    desk.picture("story-resume")
    assert desk.accessibility() == []
    with page.expect_file_chooser() as chooser:
        again.click()
    chooser.value.set_files(large)
    expect(desk.row("resumed.bin")).to_contain_text("40.0 MiB")
    assert {number for one in sent for number in re.findall(r"partNumber=(\d+)", one)} == {"3"}
    expect(again).to_have_count(0)
    desk.row("resumed.bin").click()
    desk.titled("resumed.bin")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.path().read_bytes() == body


def test_an_upload_that_a_reload_ended_is_given_up(desk: Desk, tmp_path: Path) -> None:
    large = tmp_path / "abandoned.bin"
    large.write_bytes(b"x" * (40 * MIB))
    page = desk.open("/o/lab/data", title="Data")
    page.route("**/*partNumber*", lambda route: None)
    with page.expect_request(re.compile("partNumber=")):
        desk.upload(large)
    leave(page)
    desk.titled("Data")
    assert "abandoned.bin" in page.evaluate(KEPT)
    end = page.get_by_role("button", name="Give up: abandoned.bin")
    end.click()
    expect(end).to_have_count(0)
    assert "abandoned.bin" not in page.evaluate(KEPT)


def test_folders_keep_what_is_put_in_them(desk: Desk) -> None:
    page = desk.open("/o/lab/data", title="Data")
    page.get_by_role("button", name="New folder").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Night run")
    page.get_by_role("button", name="Make the folder").click()
    desk.row("Night run").click()
    desk.titled("Night run")
    expect(page.get_by_text("This folder is empty.")).to_be_visible()
    desk.upload({"name": "inside.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"})
    expect(desk.row("inside.csv")).to_be_visible()
    page.get_by_role("navigation", name="Path").get_by_role("link", name="Data").click()
    desk.titled("Data")


def test_a_folder_is_uploaded_with_its_tree_renamed_and_emptied(desk: Desk, tmp_path: Path) -> None:
    plate = tmp_path / "plate 7"
    (plate / "well A").mkdir(parents=True)
    (plate / "about.txt").write_text("seven")
    (plate / "well A" / "one.txt").write_text("one")
    page = desk.open("/o/lab/data", title="Data")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload a folder").click()
    chooser.value.set_files(plate)
    desk.row("plate 7").get_by_role("checkbox").check()
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("dialog").get_by_label("Name").fill("plate 8")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    desk.row("plate 8").click()
    desk.titled("plate 8")
    expect(desk.row("about.txt")).to_be_visible()
    desk.row("well A").click()
    desk.titled("well A")
    desk.row("one.txt").get_by_role("checkbox").check()
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("dialog").get_by_label("Name").fill("first.txt")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    desk.row("first.txt").get_by_role("checkbox").check()
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_role("dialog").get_by_role("combobox", name="Into the folder").fill("plate")
    page.get_by_role("option", name="plate 8", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Move").click()
    expect(page.get_by_text("This folder is empty.")).to_be_visible()
    page.get_by_role("navigation", name="Path").get_by_role("link", name="plate 8").click()
    desk.titled("plate 8")
    expect(desk.row("first.txt")).to_be_visible()


def test_what_is_deleted_comes_back_by_undo_and_from_the_trash(desk: Desk) -> None:
    page = desk.open("/o/lab/data", title="Data")
    desk.upload({"name": "mistake.txt", "mimeType": "text/plain", "buffer": b"oops"})
    desk.row("mistake.txt").get_by_role("checkbox").check()
    page.get_by_role("button", name="Move to the trash").click()
    expect(desk.row("mistake.txt")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    desk.row("mistake.txt").get_by_role("checkbox").check()
    page.get_by_role("button", name="Move to the trash").click()
    expect(desk.row("mistake.txt")).to_have_count(0)
    page.get_by_role("button", name="Trash", exact=True).click()
    desk.titled("Trash")
    expect(desk.row("mistake.txt")).to_contain_text("in 29 days")
    desk.row("mistake.txt").get_by_role("checkbox").check()
    page.get_by_role("button", name="Bring back").click()
    expect(desk.row("mistake.txt")).to_have_count(0)
    desk.open("/o/lab/data", title="Data")
    expect(desk.row("mistake.txt")).to_be_visible()


def drawn(desk: Desk) -> str:
    """The picture on the screen once it is quiet, as an address of its bytes."""
    stage = desk.page.locator("[aria-busy=false] > canvas[data-shown]")
    expect(stage).to_be_visible()
    return str(stage.evaluate("canvas => canvas.toDataURL()"))


def changed(desk: Desk, before: str) -> str:
    """The next picture that differs."""

    def look() -> str | None:
        now = drawn(desk)
        return now if now != before else None

    return str(eventually(look, "another picture"))


def test_a_volume_is_looked_at_plane_by_plane(desk: Desk, gallery: Message) -> None:
    page = desk.open("/o/lab/data", title="Data")
    desk.row("nuclei").click()
    desk.titled("nuclei")
    first = drawn(desk)
    page.get_by_role("slider", name="z").focus()
    page.keyboard.press("End")
    deepest = changed(desk, first)
    expect(page).to_have_url(re.compile(r"[?&]z=7"))
    page.get_by_role("slider", name="z").focus()
    page.keyboard.press("Home")
    assert changed(desk, deepest) != first
    page.goto(f"{desk.url}/o/lab/data/array/{gallery['volume']}?z=7&c0=0,20000")
    desk.titled("nuclei")
    expect(page.get_by_role("slider", name="z")).to_have_attribute("aria-valuenow", "7")
    drawn(desk)
    desk.picture("story-volume")


def test_channels_are_told_apart(desk: Desk, gallery: Message) -> None:
    page = desk.open(f"/o/lab/data/array/{gallery['volume']}", title="nuclei")
    both = drawn(desk)
    second = page.get_by_role("group", name="Channel 1")
    second.get_by_role("checkbox", name="Channel 1").uncheck()
    one = changed(desk, both)
    expect(page).to_have_url(re.compile("c1="))
    first = page.get_by_role("group", name="Channel 0")
    first.get_by_role("combobox", name="Colour of Channel 0").click()
    page.get_by_role("option", name="viridis").click()
    other = changed(desk, one)
    first.get_by_role("textbox", name="Darkest").fill("15000")
    dark = changed(desk, other)
    expect(page).to_have_url(re.compile("c0=15000,"))
    first.get_by_role("button", name="Auto").click()
    assert changed(desk, dark) == other


def test_one_comes_closer_and_sees_what_is_drawn_over_it(desk: Desk, gallery: Message) -> None:
    page = desk.open(f"/o/lab/data/array/{gallery['volume']}", title="nuclei")
    shape = page.locator("[data-annotation]")
    expect(shape).to_have_count(1)
    expect(shape.locator("title")).to_have_text("one nucleus")
    whole = drawn(desk)
    page.locator("canvas").focus()
    for _ in range(4):
        page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    near = changed(desk, whole)
    expect(page).to_have_url(re.compile("at="))
    page.get_by_role("button", name="Show all of it").click()
    assert changed(desk, near) == whole
    page.get_by_role("checkbox", name="1 annotation").uncheck()
    expect(shape).to_have_count(0)


def test_the_rows_of_a_table_are_read(desk: Desk, gallery: Message) -> None:
    page = desk.open(f"/o/lab/data/table/{gallery['table']}", title="areas")
    rows = page.get_by_role("table", name="Rows")
    named = page.get_by_role("cell", name="nucleus 1", exact=True)
    expect(rows.get_by_role("row").filter(has=named)).to_contain_text("0.25")
    expect(page.get_by_text("200 of 200 rows")).to_be_visible()
    rows.focus()
    page.keyboard.press("End")
    expect(rows).to_contain_text("49.75")


def test_what_is_looked_at_is_described_there_and_taken_back(desk: Desk, gallery: Message) -> None:
    page = desk.open(f"/o/lab/data/table/{gallery['table']}", title="areas")
    said = "Measured by hand."
    page.get_by_role("button", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog", name="Edit areas")
    expect(dialog.get_by_role("button", name="Keep")).to_be_disabled()
    dialog.get_by_label("Description").fill(said)
    assert desk.accessibility() == []
    dialog.get_by_role("button", name="Keep").click()
    about = page.get_by_role("main").get_by_text(said)
    expect(about).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(about).to_have_count(0)


def test_the_storage_report_tells_what_is_stored(desk: Desk) -> None:
    page = desk.open("/o/lab/data/storage", title="Storage")
    whole = page.locator("section").filter(has=page.get_by_role("heading", name="The organization"))
    expect(whole).to_contain_text("There is no limit.")
    expect(page.get_by_role("table", name="Storage").get_by_role("row").nth(1)).to_be_visible()


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("phone-dark", {"viewport": PHONE, "color_scheme": "dark"}),
        ("desktop-light", {"viewport": DESKTOP, "color_scheme": "light"}),
    ],
)
def test_viewers_can_be_read_by_everybody(
    browser: Browser, lab: Lab, gallery: Message, name: str, shape: dict[str, Any]
) -> None:
    with desk_in(browser, lab.platform.url, **shape) as desk:
        desk.log_in("/", username=ADMIN, password=PASSWORD)
        desk.open(f"/o/lab/data/array/{gallery['volume']}", title="nuclei")
        drawn(desk)
        expect(desk.page.get_by_role("checkbox", name="1 annotation")).to_be_visible()
        desk.picture(f"array-{name}")
        assert desk.accessibility() == []
        desk.open(f"/o/lab/data/table/{gallery['table']}", title="areas")
        expect(desk.page.get_by_role("table", name="Rows")).to_contain_text("nucleus 1")
        desk.picture(f"table-{name}")
        assert desk.accessibility() == []
        assert desk.complaints() == []
