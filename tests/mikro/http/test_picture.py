"""Thumbnails and regions over HTTP: what is drawn, what is refused, who may look."""

from __future__ import annotations

import io

import arrays
import numpy as np
import pytest
from lab import TCYX, YX
from PIL import Image

ZYX = [{"name": "z", "type": "SPACE"}, *YX]
CYX = [TCYX[1], *YX]


@pytest.fixture
def ask(http, lab):
    async def get(made, what="region", member=lab.member, headers=(), **query):
        identifier = made["id"] if isinstance(made, dict) else made
        sent = {**(member.headers if member else {}), **dict(headers)}
        return await http.get(f"/mikro/arrays/{identifier}/{what}", params=query, headers=sent)

    return get


def opened(answer) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB"))


def numbers(answer) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    shape = [int(one) for one in answer.headers["Mikro-Shape"].strip("[]").split(",") if one]
    return np.frombuffer(answer.content, answer.headers["Mikro-Dtype"]).reshape(shape)


def ramp(*shape: int, dtype="uint16") -> np.ndarray:
    return np.arange(np.prod(shape), dtype=dtype).reshape(shape)


async def test_a_region_is_the_same_numbers(lab, ask):
    values = ramp(2, 5, 40, 60)
    made = await arrays.dataset(lab, values, axes=[TCYX[0], *ZYX], chunks=(1, 1, 16, 16))
    query = {"format": "raw", "slice": ["t:1", "z:3", "y:5:37", "x:10:"]}
    assert np.array_equal(numbers(await ask(made, **query)), values[1, 3, 5:37, 10:])
    kept = await ask(made, format="raw", slice=["t::", "z:1:3", "y:0", "x:59"])
    assert np.array_equal(numbers(kept), values[:, 1:3, 0, 59])


async def test_axes_that_are_not_named_show_the_middle_of_the_depth(lab, ask):
    values = ramp(3, 7, 8, 9)
    made = await arrays.dataset(lab, values, axes=[TCYX[0], *ZYX])
    assert np.array_equal(numbers(await ask(made, format="raw")), values[0, 3])


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int32", "uint64", "float32", ">i2"])
async def test_every_type_of_number_is_read(lab, ask, dtype):
    values = (ramp(6, 7) % 2).astype(dtype)
    made = await arrays.dataset(lab, values, axes=YX)
    assert np.array_equal(numbers(await ask(made, format="raw")), values)


async def test_a_sharded_array_is_read_through_its_index(lab, ask):
    values = ramp(64, 64)
    made = await arrays.dataset(lab, values, axes=YX, chunks=(8, 8), shards=(32, 32))
    got = numbers(await ask(made, format="raw", slice=["y:30:35", "x:3:41"]))
    assert np.array_equal(got, values[30:35, 3:41])


async def test_what_nobody_wrote_is_the_fill_value(lab, ask):
    made = await arrays.dataset(lab, np.zeros((20, 20), "uint8"), axes=YX, chunks=(10, 10))
    assert not numbers(await ask(made, format="raw")).any()
    picture = opened(await ask(made))
    assert picture.shape == (20, 20, 3)
    assert not picture.any()


async def test_a_picture_follows_the_contrast_and_the_colours(lab, ask):
    values = np.array([[0, 50], [100, 200]], "uint16")
    made = await arrays.dataset(lab, values, axes=YX)
    grey = opened(await ask(made, min=0, max=100))
    assert grey[:, :, 0].tolist() == [[0, 127], [255, 255]]
    assert (grey[..., 0] == grey[..., 2]).all()
    green = opened(await ask(made, min=0, max=100, colormap="GREEN"))
    assert green[1, 1].tolist() == [0, 255, 0]
    stretched = opened(await ask(made, low=0, high=100))
    assert (stretched[0, 0, 0], stretched[1, 1, 0]) == (0, 255)


async def test_a_picture_is_made_smaller_and_keeps_its_proportions(lab, ask):
    made = await arrays.dataset(lab, ramp(100, 300), axes=YX)
    assert opened(await ask(made, size=30)).shape[:2] == (10, 30)
    assert opened(await ask(made, size=4000)).shape[:2] == (100, 300)
    webp = await ask(made, size=30, format="webp")
    assert webp.headers["content-type"] == "image/webp"
    assert opened(webp).shape == (10, 30, 3)


async def test_levels_are_read_each_from_its_own_store(lab, ask):
    fine, coarse = ramp(8, 8), ramp(4, 4) + 1000
    made = await arrays.dataset(lab, fine, coarse, axes=YX)
    assert np.array_equal(numbers(await ask(made, format="raw", level=1)), coarse)
    assert np.array_equal(numbers(await ask(made, format="raw")), fine)
    assert (await ask(made, level=2)).status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"slice": ["q:1"]}, "slice"),
        ({"slice": ["y"]}, "slice"),
        ({"slice": ["y:8"]}, "slice"),
        ({"slice": ["y:-1"]}, "slice"),
        ({"slice": ["y:5:5"]}, "slice"),
        ({"slice": ["y:1", "y:2"]}, "slice"),
        ({"slice": ["y:1"]}, "slice"),  # leaves one axis: no picture
        ({"slice": [f"y:{'9' * 30}"]}, "slice"),
        ({"level": "-1"}, "level"),
        ({"level": "x"}, "level"),
        ({"format": "gif"}, "format"),
        ({"colormap": "UGLY"}, "colormap"),
        ({"min": "nan"}, "min"),
        ({"low": "101"}, "low"),
        ({"size": "0"}, "size"),
        ({"size": "5000"}, "size"),
        ({"widht": "3"}, "widht"),
    ],
)
async def test_a_wrong_question_names_its_field(lab, ask, query, field):
    made = await arrays.dataset(lab, ramp(8, 8), axes=YX)
    answer = await ask(made, **query)
    assert answer.status_code == 400, answer.text
    assert (answer.json()["error"], answer.json()["field"]) == ("INVALID_INPUT", field)


async def test_a_region_in_chunks_too_large_is_refused_before_it_is_read(lab, ask, objects):
    store = await lab.array_store((100_000, 100_000), chunks=(50_000, 50_000))
    given = {"data": store, "scales": [], "name": "vast", "axes": YX}
    made = await lab.get("CreateArrayDataset", input=given)
    reads = len(objects.objects)
    answer = await ask(made, slice=["y:0:1", "x:0:1"])
    assert answer.status_code == 413
    assert "5000000000" in answer.json()["error_description"]
    assert len(objects.objects) == reads
    assert (await ask(made, "thumbnail")).status_code == 413


async def test_what_is_no_number_here_is_refused(lab, ask):
    store = await lab.array_store((8, 8), dtype="complex64")
    given = {"data": store, "scales": [], "name": "c", "axes": YX}
    made = await lab.get("CreateArrayDataset", input=given)
    answer = await ask(made)
    assert (answer.status_code, answer.json()["field"]) == (400, "dtype")


async def test_broken_chunks_and_foreign_codecs_are_a_typed_error(lab, ask):
    store = await lab.array_store((8, 8))  # its one chunk holds no zstd frame
    given = {"data": store, "scales": [], "name": "broken", "axes": YX}
    made = await lab.get("CreateArrayDataset", input=given)
    answer = await ask(made)
    assert (answer.status_code, answer.json()["error"]) == (400, "INVALID_INPUT")
    strange = await lab.array_store((8, 8), codecs=[{"name": "numcodecs.pickle"}])
    made = await lab.get("CreateArrayDataset", input={**given, "data": strange})
    answer = await ask(made)
    assert answer.json()["field"] == "codecs"


async def test_data_that_is_gone_is_not_found(lab, ask, objects):
    made = await arrays.dataset(lab, ramp(8, 8), axes=YX)
    objects.objects.clear()
    answer = await ask(made)
    assert (answer.status_code, answer.json()["error"]) == (404, "OBJECT_NOT_FOUND")


async def test_a_picture_the_caller_has_is_not_sent_again(lab, ask):
    made = await arrays.dataset(lab, ramp(8, 8), axes=YX)
    first = await ask(made)
    mark = first.headers["etag"]
    again = await ask(made, headers={"If-None-Match": f'"other", {mark}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", mark)
    other = await ask(made, colormap="RED", headers={"If-None-Match": mark})
    assert other.status_code == 200
    assert other.headers["etag"] != mark
    assert other.headers["cache-control"] == "private, no-cache"


async def test_a_thumbnail_is_drawn_once_from_the_coarsest_level(lab, ask, objects):
    coarse = np.full((64, 64), 7, "uint16")
    coarse[:32] = 900
    made = await arrays.dataset(lab, ramp(128, 128), coarse, axes=YX)
    before = set(objects.objects)
    picture = opened(await ask(made, "thumbnail", format="png"))
    assert picture.shape == (64, 64, 3)
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert picture[63, 0].tolist() == [0, 0, 0]
    [kept] = set(objects.objects) - before
    level = made["dataArrays"][1]["store"]["key"]
    assert kept[0] == "mikro-media"
    assert kept[1].startswith(f"{level}/thumbnail-")
    # The second time nothing is read of the array: it may even be gone.
    for at in before:
        del objects.objects[at]
    again = await ask(made, "thumbnail", format="png")
    assert np.array_equal(opened(again), picture)
    mark = {"If-None-Match": again.headers["etag"]}
    assert (await ask(made, "thumbnail", format="png", headers=mark)).status_code == 304


async def test_a_thumbnail_looks_through_the_depth_and_adds_the_channels(lab, ask):
    values = np.zeros((2, 5, 32, 32), "uint16")
    values[0, 1, :16] = 1000  # above, in the first channel
    values[1, 4, :, :16] = 1000  # on the left, in the second
    made = await arrays.dataset(lab, values, axes=[TCYX[1], *ZYX])
    picture = opened(await ask(made, "thumbnail", format="png"))
    green, magenta = [0, 255, 0], [255, 0, 255]
    assert picture[0, 31].tolist() == green
    assert picture[31, 0].tolist() == magenta
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert picture[31, 31].tolist() == [0, 0, 0]


async def test_three_channels_are_red_green_and_blue(lab, ask):
    values = np.zeros((3, 16, 16), "uint8")
    for channel in range(3):
        values[channel, channel * 5 : channel * 5 + 5] = 200
    made = await arrays.dataset(lab, values, axes=CYX)
    picture = opened(await ask(made, "thumbnail", format="png", size=16))
    assert [picture[row, 0].tolist() for row in (0, 5, 10)] == [
        [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255],
    ]


async def test_a_thumbnail_of_an_array_without_levels_shows_its_middle(lab, ask, configured):
    configured(pictures={"read_bytes": 64 * 1024})
    values = np.zeros((512, 512), "uint8")
    values[192:320, 192:320] = np.arange(128, dtype="uint8")
    made = await arrays.dataset(lab, values, axes=YX, chunks=(64, 64))
    picture = opened(await ask(made, "thumbnail", format="png"))
    assert max(picture.shape[:2]) <= 256
    assert picture.max() == 255


async def test_a_line_has_no_picture_but_numbers(lab, ask):
    values = ramp(50)
    made = await arrays.dataset(lab, values, axes=[YX[1]])
    assert (await ask(made, "thumbnail")).status_code == 400
    assert (await ask(made)).json()["field"] == "slice"
    assert np.array_equal(numbers(await ask(made, format="raw")), values)


@pytest.mark.parametrize("what", ["thumbnail", "region"])
async def test_strangers_and_the_nameless_see_nothing(lab, ask, mint, stranger, what):
    made = await arrays.dataset(lab, ramp(8, 8), axes=YX)
    nobody = await ask(made, what, member=None)
    assert (nobody.status_code, nobody.json()["error"]) == (403, "UNAUTHENTICATED")
    foreign = await ask(made, what, member=stranger.member)
    absent = await ask("999999", what, member=stranger.member)
    assert foreign.status_code == absent.status_code == 404
    assert foreign.json() == absent.json()
    viewer = mint.member(sub="9", roles=["viewer"], preferred_username="vic")
    assert (await ask(made, what, member=viewer)).status_code == 200
    roleless = mint.member(sub="9", roles=[], preferred_username="vic")
    refused = await ask(made, what, member=roleless)
    assert (refused.status_code, refused.json()["error"]) == (403, "PERMISSION_DENIED")
    expired = mint.member(sub="1", exp=1)
    assert (await ask(made, what, member=expired)).json()["error"] == "UNAUTHENTICATED"
    assert (await ask("no-number", what)).status_code == 404


async def test_an_array_in_the_trash_is_shown_no_more(lab, ask):
    made = await arrays.dataset(lab, ramp(8, 8), axes=YX)
    assert (await ask(made, "thumbnail")).status_code == 200
    delete = "mutation($id: ID!) { deleteArrayDataset(input: {id: $id}) }"
    (await lab.graphql(delete, lab.member, id=made["id"])).ok()
    assert (await ask(made, "thumbnail")).status_code == 404
    assert (await ask(made)).status_code == 404


async def test_only_reading_methods_are_answered(lab, http):
    made = await arrays.dataset(lab, ramp(8, 8), axes=YX)
    answer = await http.post(f"/mikro/arrays/{made['id']}/region", headers=lab.member.headers)
    assert answer.status_code == 405
