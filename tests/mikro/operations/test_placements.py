"""Placements: what changes them is counted, and who may take them away."""

from __future__ import annotations

import pytest
from rowmaker import Rows

from chassis.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from mikro_server.models import CoordinateSystem, Scene, Transformation
from mikro_server.operations import coordinate
from mikro_server.operations.author import Author
from mikro_server.operations.coordinate import AxisDraft

pytestmark = pytest.mark.django_db

SCALE = {"kind": "SCALE", "scale": [2.0, 3.0]}
AXES = [AxisDraft("y", "SPACE"), AxisDraft("x", "SPACE")]


@pytest.fixture
def made(mint):
    return Rows(mint.member(roles=["editor"]))


@pytest.fixture
def author(made):
    return Author(made.principal)


@pytest.fixture
def colleague(mint):
    rows = Rows(mint.member(sub="9", roles=["editor"]))
    return Author(rows.principal)


def version(system):
    return CoordinateSystem.objects.values_list("transform_version", flat=True).get(pk=system.pk)


@pytest.fixture
def placed(made, author):
    """Two spaces and an edge between them."""
    start, end = made.system(), made.system(is_shared=True)
    pk = coordinate.edge_create(author=author, input_id=start.pk, output_id=end.pk, transform=SCALE)
    return start, end, pk


CHANGES = {
    "another edge": (
        lambda who, start, end, pk: coordinate.edge_create(
            author=who, input_id=start.pk, output_id=end.pk, transform=SCALE
        ),
        1,
    ),
    "numbers": (
        lambda who, start, end, pk: coordinate.edge_update(
            author=who, edge_id=pk, changes={"scale": [4.0, 5.0]}
        ),
        1,
    ),
    "a name": (
        lambda who, start, end, pk: coordinate.edge_update(
            author=who, edge_id=pk, changes={"name": "better"}
        ),
        0,
    ),
    "removal": (lambda who, start, end, pk: coordinate.edge_delete(author=who, edge_id=pk), 1),
    "clearing": (
        lambda who, start, end, pk: coordinate.system_clear(author=who, system_id=end.pk),
        1,
    ),
    "unregistering": (
        lambda who, start, end, pk: coordinate.registration_delete(
            author=who, source={"coordinateSystem": start.pk}, world=end.pk
        ),
        1,
    ),
    "the space itself": (
        lambda who, start, end, pk: coordinate.system_update(
            author=who, system_id=end.pk, changes={"name": "renamed"}
        ),
        0,
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_space_counts_the_changes_of_what_is_placed_in_it(author, placed, change):
    start, end, _ = placed
    before = version(end)
    assert before == 1
    act, grows = CHANGES[change]
    act(author, *placed)
    assert version(end) == before + grows
    # The other end is not placed anywhere anew.
    assert version(start) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"scale": [1.0]},
        {"scale": [0.0, 1.0]},
        {"translation": [1.0, 1.0]},
        {"name": ""},
        {"scale": [float("inf"), 1.0]},
    ],
)
def test_a_refused_refinement_counts_for_nothing(author, placed, changes):
    _, end, pk = placed
    with pytest.raises(InvalidInput):
        coordinate.edge_update(author=author, edge_id=pk, changes=changes)
    edge = Transformation.objects.get(pk=pk)
    assert (edge.params, edge.version, version(end)) == ({"scale": [2.0, 3.0]}, 1, 1)


def test_clearing_leaves_derivations_and_other_spaces_alone(made, author, placed):
    start, end, pk = placed
    other = made.system(is_shared=True)
    kept = [
        made.derived(made.system(), end).pk,
        made.edge(start, other).pk,
        made.edge(end, other).pk,
    ]
    gone = [pk, made.edge(made.system(), end, "TRANSLATION", {"translation": [1, 1]}).pk]
    assert coordinate.system_clear(author=author, system_id=end.pk) == sorted(gone)
    assert set(Transformation.objects.values_list("pk", flat=True)) == set(kept)
    assert version(other) == 0
    assert coordinate.system_clear(author=author, system_id=end.pk) == []


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("dataset", "array"),
        ("tableDataset", "table"),
        ("annotationCollection", "collection"),
        ("coordinateSystem", "system"),
    ],
)
def test_each_kind_of_thing_is_placed_by_its_space_and_taken_out_again(made, author, field, make):
    thing = getattr(made, make)()
    system = thing if make == "system" else getattr(thing, "intrinsic_system", None)
    system = system or thing.coordinate_system
    given = {field: thing.pk}
    assert coordinate.placed_system(author, given) == system
    world = coordinate.system_create(
        author=author, name="world", axes=AXES, registrations=[{**given, "transform": SCALE}]
    )
    [edge] = Transformation.objects.filter(output=world)
    assert (edge.input_id, edge.kind, edge.is_derivation) == (system.pk, "SCALE", False)
    found = coordinate.registration_delete(author=author, source=given, world=world)
    assert found == [edge.pk]
    with pytest.raises(NotFound):
        coordinate.placed_system(author, {field: 10**12})


@pytest.mark.parametrize("source", [{}, {"dataset": 1, "tableDataset": 1}, {"dataset": None}])
def test_one_thing_is_placed_at_a_time(author, source):
    with pytest.raises(InvalidInput):
        coordinate.placed_system(author, source)


def test_a_registration_that_does_not_fit_makes_no_space(made, author):
    volume = made.array("volume", "zyx")
    for wrong in (
        {"dataset": volume.pk},
        {"dataset": volume.pk, "transform": SCALE},
        {"dataset": 10**12},
        {},
    ):
        with pytest.raises((InvalidInput, NotFound)):
            coordinate.system_create(author=author, name="w", axes=AXES, registrations=[wrong])
    assert not CoordinateSystem.objects.filter(name="w").exists()


def test_colleagues_use_a_space_and_do_not_clear_it(colleague, placed, mint):
    _, end, pk = placed
    for act in (
        lambda: coordinate.system_clear(author=colleague, system_id=end.pk),
        lambda: coordinate.edge_delete(author=colleague, edge_id=pk),
        lambda: coordinate.registration_delete(
            author=colleague, source={"coordinateSystem": placed[0].pk}, world=end.pk
        ),
        lambda: coordinate.system_delete(author=colleague, system_id=end.pk),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert Transformation.objects.filter(pk=pk).exists()
    coordinate.edge_update(author=colleague, edge_id=pk, changes={"name": "seen by eve"})
    stranger = Author(mint.member(org="77", sub="77", roles=["admin"]).principal)
    with pytest.raises(NotFound):
        coordinate.edge_update(author=stranger, edge_id=pk, changes={"name": "x"})
    with pytest.raises(NotFound):
        coordinate.system_clear(author=stranger, system_id=end.pk)


def test_a_space_in_use_or_of_data_is_not_removed(made, author, placed):
    start, end, pk = placed
    for system in (start, made.array().intrinsic_system):
        for act in (coordinate.system_delete, coordinate.system_clear):
            with pytest.raises(Conflict):
                act(author=author, system_id=system.pk)
    with pytest.raises(Conflict):
        coordinate.system_delete(author=author, system_id=end.pk)
    coordinate.edge_delete(author=author, edge_id=pk)
    scene = Scene.objects.create(**made.owner, name="scene", world=end)
    with pytest.raises(Conflict):
        coordinate.system_delete(author=author, system_id=end.pk)
    scene.delete()
    assert coordinate.system_delete(author=author, system_id=end.pk) == end.pk


def test_a_reference_names_the_app_that_gave_it(author, made):
    pk = coordinate.system_create(author=author, name="a", axes=AXES, reference="slide")
    assert CoordinateSystem.objects.get(pk=pk).reference_app == author.principal.app
    plain = coordinate.system_create(author=author, name="b", axes=AXES)
    assert CoordinateSystem.objects.get(pk=plain).reference_app is None


@pytest.mark.parametrize("count", [0, 33])
def test_a_space_has_as_many_axes_as_can_be_kept(author, count):
    axes = [AxisDraft(f"a{number}", "INDEX") for number in range(count)]
    with pytest.raises(InvalidInput) as refused:
        coordinate.system_create(author=author, name="x", axes=axes)
    assert refused.value.field == "axes"
    most = [AxisDraft(f"a{number}", "INDEX") for number in range(32)]
    pk = coordinate.system_create(author=author, name="x", axes=most)
    assert [axis.name for axis in CoordinateSystem.objects.get(pk=pk).axes.all()] == [
        axis.name for axis in most
    ]
