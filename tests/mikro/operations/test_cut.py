"""Cuts out of arrays, held against a look at every single voxel."""

from __future__ import annotations

import itertools
import random

import pytest
from rowmaker import Rows

from chassis.errors import InvalidInput, NotFound, PermissionDenied
from mikro_server.domain.kinds import LensKind
from mikro_server.models import CoordinateSystem, Lens, Transformation
from mikro_server.operations.author import Author
from mikro_server.operations.lens import array_lens_create, lens_delete, window_lens_create

pytestmark = pytest.mark.django_db

SHAPE = (9, 12)


@pytest.fixture
def made(mint):
    return Rows(mint.member(roles=["editor"]))


@pytest.fixture
def author(made):
    return Author(made.principal)


@pytest.fixture
def array(made):
    return made.array("cells", shape=[*SHAPE], descriptors={"@mikro/dtype": "uint16"})


@pytest.fixture
def cut(author):
    def make(**given):
        return Lens.objects.get(pk=array_lens_create(author=author, **given))

    return make


def bounds(lens, axes="yx", shape=SHAPE):
    """What a lens keeps of each axis, as Python slices it."""
    found = {one["axis"]: (one["start"], one["stop"], one["step"]) for one in lens.slices}
    return [found.get(axis, (0, size, 1)) for axis, size in zip(axes, shape, strict=True)]


def met(sides, size, scale, offset):
    """Positions whose cell, half a voxel to each side, meets a closed interval of the space."""
    low, high = sides
    kept = []
    for at in range(size):
        ends = sorted(scale * (at + half) + offset for half in (-0.5, 0.5))
        if (high is None or ends[0] <= high) and (low is None or ends[1] >= low):
            kept.append(at)
    return kept


@pytest.mark.parametrize("seed", range(12))
def test_a_box_keeps_the_voxels_whose_cells_it_meets(made, array, cut, seed):
    # Powers of two, so that every edge of a cell is an exact number.
    chance = random.Random(seed)
    scale = [chance.choice([0.25, 0.5, 2.0, -0.5, -2.0]) for _ in SHAPE]
    offset = [chance.choice([-3.0, 0.0, 1.25]) for _ in SHAPE]
    space = made.system()
    steps = [
        {"kind": "SCALE", "scale": scale},
        {"kind": "TRANSLATION", "translation": offset},
    ]
    made.edge(array.intrinsic_system, space, "SEQUENCE", {"steps": steps})
    for _ in range(6):
        windows, expected = [], []
        for axis, size, factor, shift in zip("yx", SHAPE, scale, offset, strict=True):
            ends = sorted(factor * chance.randrange(-2, size + 2) / 2 + shift for _ in range(2))
            sides = [chance.choice([end, end, None]) for end in ends]
            windows.append({"axis": axis, "min": sides[0], "max": sides[1]})
            expected.append(met(sides, size, factor, shift))
        box = {"coordinateSystem": space.pk, "windows": windows}
        if not all(expected):
            with pytest.raises(InvalidInput) as refused:
                cut(dataset_id=array.pk, box=box)
            assert refused.value.field == "box"
            continue
        lens = cut(dataset_id=array.pk, box=box)
        assert bounds(lens) == [(kept[0], kept[-1] + 1, 1) for kept in expected]
        assert lens.shape == [len(kept) for kept in expected]


def test_a_turned_space_cuts_the_other_axis(made, array, cut):
    space = made.system()
    swap = {"inputAxes": ["y", "x"], "outputAxes": ["x", "y"]}
    made.edge(array.intrinsic_system, space, "MAP_AXIS", swap)
    box = {"coordinateSystem": space.pk, "windows": [{"axis": "x", "min": 2, "max": 3}]}
    assert bounds(cut(dataset_id=array.pk, box=box)) == [(2, 4, 1), (0, 12, 1)]


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("UNMAPPABLE", {}),
        ("AFFINE", {"affine": [[1, 1, 0], [2, 2, 0]]}),
        (None, None),
    ],
    ids=["no map", "flat", "no edge"],
)
def test_a_space_the_pixels_do_not_reach_and_return_from_cuts_nothing(
    made, array, cut, kind, params
):
    space = made.system()
    if kind is not None:
        made.edge(array.intrinsic_system, space, kind, params)
    box = {"coordinateSystem": space.pk, "windows": []}
    with pytest.raises(InvalidInput) as refused:
        cut(dataset_id=array.pk, box=box)
    assert refused.value.field == "box"


@pytest.mark.parametrize("seed", range(6))
def test_a_shape_cuts_what_a_lens_keeps_of_its_box(made, array, cut, seed):
    chance = random.Random(seed)
    rois = made.collection()
    made.edge(rois.coordinate_system, array.intrinsic_system)
    for _ in range(5):
        steps = []
        for axis, size in zip("yx", SHAPE, strict=True):
            start = chance.randrange(size - 2)
            steps.append({"axis": axis, "start": start, "step": chance.choice([1, 2, 3])})
        outer = cut(dataset_id=array.pk, wanted=steps)
        corners = [sorted(chance.randrange(-1, size + 1) for _ in range(2)) for size in SHAPE]
        low, high = ([float(side[end]) for side in corners] for end in (0, 1))
        box = {"min": low, "max": high}
        shape = made.shape(rois, kind="RECTANGLE", vectors=[low, high], bbox=box)
        expected = [
            [at for at in range(*kept) if at in met(sides, size, 1, 0)]
            for kept, sides, size in zip(bounds(outer), corners, SHAPE, strict=True)
        ]
        if not all(expected):
            with pytest.raises(InvalidInput):
                cut(lens_id=outer.pk, annotation_id=shape.pk)
            continue
        inner = cut(lens_id=outer.pk, annotation_id=shape.pk)
        assert [[*range(*kept)] for kept in bounds(inner)] == expected
        assert [*inner.annotations.all()] == [shape]


def test_a_pinned_shape_cuts_its_timepoint_out(made, cut):
    film = made.array("film", "tyx", shape=[5, *SHAPE], descriptors={"@mikro/dtype": "uint8"})
    rois = made.collection(axes="tyx")
    made.edge(rois.coordinate_system, film.intrinsic_system)
    given = {"vectors": [[2, 3]], "bbox": {"min": [2, 3], "max": [2, 3]}}
    shape = made.shape(rois, **given, coordinates=[{"name": "t", "value": 4}])
    lens = cut(dataset_id=film.pk, annotation_id=shape.pk)
    # A point on a voxel's middle touches no other cell.
    assert bounds(lens, "tyx", (5, *SHAPE)) == [(4, 5, 1), (2, 3, 1), (3, 4, 1)]
    free = made.shape(rois, **given)
    lens = cut(dataset_id=film.pk, annotation_id=free.pk)
    assert bounds(lens, "tyx", (5, *SHAPE))[0] == (0, 5, 1)
    boxless = made.shape(rois, bbox=None)
    with pytest.raises(InvalidInput) as refused:
        cut(dataset_id=film.pk, annotation_id=boxless.pk)
    assert refused.value.field == "annotation"


def test_one_way_of_cutting_at_a_time(made, array, cut):
    rois = made.collection()
    made.edge(rois.coordinate_system, array.intrinsic_system)
    ways = {
        "wanted": [{"axis": "x", "stop": 3}],
        "box": {"coordinateSystem": array.intrinsic_system_id, "windows": []},
        "annotation_id": made.shape(rois).pk,
    }
    for size in (2, 3):
        for chosen in itertools.combinations(ways, size):
            with pytest.raises(InvalidInput) as refused:
                cut(dataset_id=array.pk, **{name: ways[name] for name in chosen})
            assert refused.value.field == "slices"
    lens = cut(dataset_id=array.pk, wanted=ways["wanted"])
    with pytest.raises(InvalidInput) as refused:
        cut(lens_id=lens.pk, box=ways["box"])
    assert refused.value.field == "box"
    for both in ({}, {"dataset_id": array.pk, "lens_id": lens.pk}):
        with pytest.raises(InvalidInput):
            cut(**both)


def test_however_it_is_reached_a_selection_is_one_row_one_space_and_one_edge(array, cut):
    first = cut(dataset_id=array.pk, wanted=[{"axis": "x", "start": 2, "stop": 8}])
    counts = Lens.objects.count(), CoordinateSystem.objects.count()
    wide = [{"axis": "x", "start": -10, "stop": -4}]
    assert cut(dataset_id=array.pk, wanted=wide) == first
    assert cut(lens_id=first.pk) == first
    assert cut(lens_id=first.pk, wanted=[{"axis": "x", "start": 0, "stop": 99}]) == first
    assert (Lens.objects.count(), CoordinateSystem.objects.count()) == counts
    [edge] = Transformation.objects.filter(input=first.coordinate_system)
    assert edge.output_id == array.intrinsic_system_id
    assert [axis.name for axis in first.coordinate_system.axes.all()] == ["y", "x"]


def test_a_name_is_given_once_and_asking_again_does_not_rename(array, cut):
    wanted = [{"axis": "x", "stop": 3}]
    assert cut(dataset_id=array.pk, wanted=wanted).name is None
    assert cut(dataset_id=array.pk, wanted=wanted, name=" left ").name == "left"
    assert cut(dataset_id=array.pk, wanted=wanted, name="other").name == "left"
    with pytest.raises(InvalidInput):
        cut(dataset_id=array.pk, wanted=wanted, name="\n")


def test_a_selection_goes_with_the_space_it_owns(made, array, cut, author):
    lens = cut(dataset_id=array.pk, wanted=[{"axis": "x", "stop": 3}])
    space = lens.coordinate_system_id
    lens_delete(author=author, lens_id=lens.pk)
    assert not CoordinateSystem.objects.filter(pk=space).exists()
    table = made.table()
    windows = [{"axis": "x", "min": 1}]
    pk = window_lens_create(
        author=author, kind=LensKind.TABLE, container_id=table.pk, windows=windows
    )
    lens_delete(author=author, lens_id=pk)
    # A window lies in the space of its table, which stays.
    assert CoordinateSystem.objects.filter(pk=table.coordinate_system_id).exists()


CONTAINERS = {
    LensKind.TABLE: ("table", "table_dataset"),
    LensKind.ANNOTATION: ("collection", "annotation_collection"),
}


@pytest.mark.parametrize("kind", CONTAINERS)
@pytest.mark.parametrize("seed", range(3))
def test_windows_of_windows_keep_the_points_that_lie_in_all_of_them(made, author, kind, seed):
    chance = random.Random(seed)
    make, column = CONTAINERS[kind]
    container = getattr(made, make)()
    points = [(chance.randrange(20), chance.randrange(20)) for _ in range(60)]
    kept, given = points, {"container_id": container.pk}
    for _ in range(4):
        windows = []
        for axis in chance.sample("yx", chance.randrange(3)):
            ends = sorted(float(chance.randrange(-2, 22)) for _ in range(2))
            low, high = (chance.choice([end, None]) for end in ends)
            windows.append({"axis": axis, "min": low, "max": high})
        inner = [point for point in kept if _inside(point, windows)]
        try:
            pk = window_lens_create(author=author, kind=kind, windows=windows, **given)
        except InvalidInput as refused:
            assert refused.field == "windows"
            assert inner == []
            return
        lens = Lens.objects.get(pk=pk)
        kept, given = inner, {"lens_id": pk}
        assert [point for point in points if _inside(point, lens.windows)] == kept
        assert (lens.kind, getattr(lens, column)) == (kind.value, container)
        assert lens.is_whole is (lens.windows == [])
        assert lens.coordinate_system_id == container.coordinate_system_id
        again = window_lens_create(
            author=author, kind=kind, container_id=container.pk, windows=lens.windows[::-1]
        )
        assert again == pk


def _inside(point, windows):
    place = dict(zip("yx", point, strict=True))
    return all(
        (one["min"] is None or one["min"] <= place[one["axis"]])
        and (one["max"] is None or place[one["axis"]] <= one["max"])
        for one in windows
    )


def test_a_lens_of_another_kind_is_not_cut(made, array, cut, author):
    pixels = cut(dataset_id=array.pk, wanted=[{"axis": "x", "stop": 3}])
    table = made.table()
    rows = window_lens_create(author=author, kind=LensKind.TABLE, container_id=table.pk)
    with pytest.raises(NotFound):
        cut(lens_id=rows)
    for kind in (LensKind.TABLE, LensKind.ANNOTATION):
        with pytest.raises(NotFound):
            window_lens_create(author=author, kind=kind, lens_id=pixels.pk)
    with pytest.raises(NotFound):
        window_lens_create(author=author, kind=LensKind.ANNOTATION, lens_id=rows)


def test_viewers_and_strangers_cut_nothing(mint, made, array):
    viewer = Author(mint.member(sub="9", roles=["viewer"]).principal)
    with pytest.raises(PermissionDenied):
        array_lens_create(author=viewer, dataset_id=array.pk)
    stranger = Author(mint.member(org="77", sub="77", roles=["admin"]).principal)
    space = made.system()
    with pytest.raises(NotFound):
        array_lens_create(author=stranger, dataset_id=array.pk)
    theirs = Rows(mint.member(org="77", sub="77")).array(
        shape=[*SHAPE], descriptors={"@mikro/dtype": "uint8"}
    )
    with pytest.raises(NotFound):
        box = {"coordinateSystem": space.pk, "windows": []}
        array_lens_create(author=stranger, dataset_id=theirs.pk, box=box)
    assert not Lens.objects.exists()
