"""Volumes brought from one's own disk: dropped, made images of, and looked at plane by plane."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import zarr
from desk import Desk
from numcodecs import Blosc
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import expect

DEPTH, HEIGHT, WIDTH = 6, 60, 80


@pytest.fixture
def values() -> NDArray[np.uint16]:
    """A volume of which every voxel tells where it is."""
    z, y, x = np.mgrid[:DEPTH, :HEIGHT, :WIDTH]
    return (z * 700 + y * 100 + x).astype("uint16")


def under_the_pointer(desk: Desk) -> tuple[int, int, int]:
    """The row, the column and the number that the viewer tells of the middle of its picture."""
    page = desk.page
    stage = page.locator("[aria-busy=false] > canvas[data-shown]")
    expect(stage).to_be_visible()
    stage.hover()
    told = page.get_by_text(re.compile(r"^y \d+, x \d+: \d"))
    expect(told).to_be_visible()
    row, column, number = re.findall(r"\d+", told.inner_text())
    return int(row), int(column), int(number)


def look_through(desk: Desk, values: NDArray[np.uint16], picture: str) -> None:
    """Go from the first plane to the last; what is told is what was dropped."""
    page = desk.page
    slider = page.get_by_role("slider", name="z")
    for key, plane in (("Home", 0), ("End", DEPTH - 1)):
        slider.focus()
        page.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuenow", str(plane))
        expect(page).to_have_url(re.compile(rf"[?&]z={plane}(&|$)"))
        expect(page.locator("[aria-busy=false] > canvas[data-shown]")).to_be_visible()
        row, column, number = under_the_pointer(desk)
        assert number == values[plane, row, column]
    desk.picture(picture)
    assert desk.accessibility() == []


def test_a_tiff_stack_becomes_a_volume(
    desk: Desk, values: NDArray[np.uint16], tmp_path: Path
) -> None:
    stack = tmp_path / "beads.tif"
    first, *rest = [Image.fromarray(plane) for plane in values]
    first.save(stack, save_all=True, append_images=rest, compression="tiff_lzw")
    page = desk.open("/o/lab/data", title="Data")
    desk.upload(stack)
    page.get_by_role("dialog").get_by_role("button", name="Make images").click()
    uploads = page.get_by_role("region", name="Uploads")
    uploads.get_by_role("link", name="Look at it").last.click()
    desk.titled("beads")
    look_through(desk, values, "story-volume-of-tiff")


def test_a_tiff_can_be_kept_as_it_is(desk: Desk, tmp_path: Path) -> None:
    page = desk.open("/o/lab/data", title="Data")
    picture = tmp_path / "kept.tif"
    Image.new("L", (8, 8)).save(picture)
    desk.upload(picture)
    page.get_by_role("dialog").get_by_role("button", name="Keep them as files").click()
    expect(desk.row("kept.tif")).to_contain_text("file")


def test_a_folder_of_zarr_becomes_a_volume(
    desk: Desk, values: NDArray[np.uint16], tmp_path: Path
) -> None:
    folder = tmp_path / "embryo.zarr"
    group = zarr.open_group(folder, mode="w", zarr_format=2)
    levels = {"0": values, "1": values[:, ::2, ::2]}
    for name, level in levels.items():
        made = group.create_array(
            name,
            shape=level.shape,
            chunks=(1, 32, 32),
            dtype=level.dtype,
            compressors=Blosc(cname="zstd", shuffle=Blosc.SHUFFLE),
            chunk_key_encoding={"name": "v2", "separator": "/"},
        )
        made[:] = level
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]
    datasets = [{"path": name} for name in levels]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": datasets}]
    page = desk.open("/o/lab/data", title="Data")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload a folder").click()
    chooser.value.set_files(folder)
    expect(page.get_by_role("region", name="Uploads")).to_contain_text("embryo")
    page.get_by_role("region", name="Uploads").get_by_role("link", name="Look at it").last.click()
    desk.titled("embryo")
    expect(page.get_by_role("combobox", name="Level of detail")).to_be_visible()
    look_through(desk, values, "story-volume-of-zarr")


def test_what_is_no_image_says_why(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "table.zarr"
    zarr.open_group(folder, mode="w", zarr_format=2)
    page = desk.open("/o/lab/data", title="Data")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload a folder").click()
    chooser.value.set_files(folder)
    uploads = page.get_by_role("region", name="Uploads")
    expect(uploads).to_contain_text("There is no image in it.")
    uploads.get_by_role("button", name="Dismiss table").click()
    expect(uploads.get_by_text("There is no image in it.")).to_have_count(0)
