"""What may be seen of each noun: ours and not in the trash, and nothing by any other id."""

from __future__ import annotations

import uuid

import pytest
from rowmaker import Rows

from chassis.clock import now
from chassis.errors import NotFound, PermissionDenied, Unauthenticated
from mikro_server import models
from mikro_server.domain.kinds import LensKind
from mikro_server.selectors import rows

pytestmark = pytest.mark.django_db


def _in_space(model):
    def make(made):
        return model.objects.create(
            **made.owner, coordinate_system=made.system(), store=made.store()
        )

    return make


NOUNS = {
    "folders": lambda made: made.folder(),
    "files": lambda made: made.file(),
    "arrays": lambda made: made.array(),
    "tables": lambda made: made.table(),
    "collections": lambda made: made.collection(),
    "annotations": lambda made: made.shape(made.collection()),
    "lenses": lambda made: made.lens(array_dataset=made.array()),
    "systems": lambda made: made.system(),
    "transformations": lambda made: made.edge(made.system(), made.system()),
    "metrics": lambda made: models.Metric.objects.create(
        **made.owner, key="k", target_identifier="@mikro/file", target_object="1"
    ),
    "stores": lambda made: made.store(),
    "scenes": lambda made: models.Scene.objects.create(
        **made.owner, name="scene", world=made.system()
    ),
    "meshes": _in_space(models.MeshCollection),
    "networks": _in_space(models.NetworkCollection),
    "fixtures": _in_space(models.Fixture),
    "sparse": _in_space(models.SparseDataset),
}
KEPT = [
    "folders",
    "files",
    "arrays",
    "tables",
    "collections",
    "scenes",
    "meshes",
    "networks",
    "fixtures",
    "sparse",
]


def seen(noun, principal):
    return getattr(rows, f"{noun}_visible_to")(principal)


@pytest.fixture
def made(mint):
    return Rows(mint.member(roles=["viewer"]))


@pytest.fixture
def foreign(mint):
    return Rows(mint.member(org="77", sub="77", roles=["admin"]))


def test_no_noun_is_left_out():
    assert {name.removesuffix("_visible_to") for name in vars(rows) if "_visible_to" in name} == {
        *NOUNS
    }


@pytest.mark.parametrize("noun", NOUNS)
def test_a_row_is_seen_in_its_organization_alone(made, foreign, mint, noun):
    ours, theirs = NOUNS[noun](made), NOUNS[noun](foreign)
    assert ours in seen(noun, made.principal)
    assert theirs not in seen(noun, made.principal)
    assert rows.row_get(seen(noun, made.principal), str(ours.pk)) == ours
    absent = uuid.uuid4() if noun == "annotations" else 10**12
    messages = set()
    for identifier in (theirs.pk, absent, "x", "", None):
        with pytest.raises(NotFound) as refused:
            rows.row_get(seen(noun, made.principal), identifier)
        messages.add(str(refused.value))
    assert len(messages) == 1
    with pytest.raises(PermissionDenied):
        seen(noun, mint.member(roles=[]).principal)
    with pytest.raises(Unauthenticated):
        seen(noun, None)


@pytest.mark.parametrize("noun", KEPT)
def test_what_is_in_the_trash_is_not_seen(made, noun):
    row = NOUNS[noun](made)
    row.trashed_at = now()
    row.save()
    assert row not in seen(noun, made.principal)
    row.trashed_at = None
    row.save()
    assert row in seen(noun, made.principal)


@pytest.mark.parametrize(
    ("kind", "column", "make"),
    [
        (LensKind.ARRAY, "array_dataset", "array"),
        (LensKind.TABLE, "table_dataset", "table"),
        (LensKind.ANNOTATION, "annotation_collection", "collection"),
    ],
)
def test_a_selection_is_seen_as_long_as_its_data_is(made, kind, column, make):
    container = getattr(made, make)()
    lens = made.lens(kind, **{column: container})
    assert lens in rows.lenses_visible_to(made.principal)
    container.trashed_at = now()
    container.save()
    assert lens not in rows.lenses_visible_to(made.principal)


def test_shapes_follow_their_collection(made):
    kept, thrown = made.collection(), made.collection()
    shapes = [made.shape(kept), made.shape(thrown)]
    thrown.trashed_at = now()
    thrown.save()
    assert [*rows.annotations_visible_to(made.principal)] == shapes[:1]
    with pytest.raises(NotFound):
        rows.row_get(rows.annotations_visible_to(made.principal), shapes[1].pk)
