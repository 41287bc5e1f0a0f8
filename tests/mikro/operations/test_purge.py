"""The end of things: what the window keeps, what goes with what, and what stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from rowmaker import Rows

from chassis.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from mikro_server import models
from mikro_server.domain.kinds import FileLinkDirection, LensKind
from mikro_server.operations import hygiene, trash
from mikro_server.operations.author import Author

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WINDOW = 1000
MAKERS = {
    "arraydataset": "array",
    "tabledataset": "table",
    "file": "file",
    "folder": "folder",
    "annotationcollection": "collection",
}


@pytest.fixture
def made(mint):
    return Rows(mint.member(roles=["editor"]))


@pytest.fixture
def author(made):
    return Author(made.principal)


@pytest.fixture(autouse=True)
def today(monkeypatch, configured):
    configured(trash={"window_seconds": WINDOW}, uploads={"expire_seconds": 2 * WINDOW})
    monkeypatch.setattr(trash, "now", lambda: NOW)
    monkeypatch.setattr(hygiene, "now", lambda: NOW)


def make(made, kind, **more):
    return getattr(made, MAKERS[kind])(**more)


def ago(seconds):
    return NOW - timedelta(seconds=seconds)


def test_everything_that_can_be_thrown_away_is_tried():
    assert set(MAKERS) == set(trash.KEPT)


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(
    ("age", "due"), [(0, False), (WINDOW - 1, False), (WINDOW, True), (10 * WINDOW, True)]
)
def test_the_window_ends_to_the_second(made, kind, age, due):
    row = make(made, kind, trashed_at=ago(age))
    make(made, kind)
    assert trash.things_due() == ([row] if due else [])


@pytest.mark.parametrize("kind", MAKERS)
def test_a_thing_goes_and_comes_back_with_its_stores(made, author, kind):
    row, beside = make(made, kind), make(made, kind)
    if kind == "arraydataset":
        for level in (0, 1):
            made.level(row, level, 1)
        made.level(beside, 0, 1)
    model, way = trash.KEPT[kind]
    stores = models.Store.objects.filter(**{way: row}) if way else models.Store.objects.none()
    count = {"arraydataset": 2, "tabledataset": 1, "file": 1}.get(kind, 0)
    assert trash.thing_trash(author=author, kind=kind, identifier=row.pk) == row.pk
    found = model.objects.get(pk=row.pk)
    assert (found.trashed_at, found.trashed_by_id) == (NOW, author.principal.subject)
    assert [(one.state, one.trashed_at) for one in stores.all()] == [("trashed", NOW)] * count
    assert [one.pk for one in trash.trashed_of(author, kind)] == [row.pk]
    with pytest.raises(NotFound):
        trash.thing_trash(author=author, kind=kind, identifier=row.pk)
    assert trash.thing_restore(author=author, kind=kind, identifier=row.pk) == row.pk
    found = model.objects.get(pk=row.pk)
    assert (found.trashed_at, found.trashed_by_id) == (None, None)
    assert [(one.state, one.trashed_at) for one in stores.all()] == [("attached", None)] * count
    with pytest.raises(NotFound):
        trash.thing_restore(author=author, kind=kind, identifier=row.pk)
    assert not models.Store.objects.filter(state="trashed").exists()


@pytest.mark.parametrize("kind", MAKERS)
def test_the_trash_is_of_makers_and_admins(made, author, mint, kind):
    row = make(made, kind)
    colleague = Author(Rows(mint.member(sub="9", roles=["editor"])).principal)
    stranger = Author(Rows(mint.member(org="77", sub="77", roles=["admin"])).principal)
    admin = Author(Rows(mint.member(sub="8", roles=["admin"])).principal)
    given = {"kind": kind, "identifier": row.pk}
    for act in (trash.thing_trash, trash.thing_restore):
        with pytest.raises(NotFound):
            act(author=stranger, **given)
        with pytest.raises(PermissionDenied):
            act(author=colleague, **given)
        act(author=admin, **given)


@pytest.mark.parametrize(
    ("what", "place"),
    [(kind, "parent" if kind == "folder" else "folder") for kind in MAKERS],
)
def test_a_folder_goes_only_when_nothing_lies_in_it(made, author, what, place):
    folder = made.folder()
    row = make(made, what, **{place: folder})
    with pytest.raises(Conflict):
        trash.thing_trash(author=author, kind="folder", identifier=folder.pk)
    trash.thing_trash(author=author, kind=what, identifier=row.pk)
    trash.thing_trash(author=author, kind="folder", identifier=folder.pk)
    # What comes back out of a folder that is gone lies at the root.
    trash.thing_restore(author=author, kind=what, identifier=row.pk)
    row.refresh_from_db()
    assert getattr(row, place) is None


def test_a_trash_of_nothing_is_refused(author):
    with pytest.raises(InvalidInput) as refused:
        trash.trashed_of(author, "lens")
    assert refused.value.field == "kind"
    assert all(kind in refused.value.message for kind in MAKERS)


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("arraydataset", "array_dataset"),
        ("tabledataset", "table_dataset"),
        ("annotationcollection", "annotation_collection"),
    ],
)
def test_data_takes_its_space_its_edges_and_its_lenses_along(made, kind, column):
    row, other = make(made, kind), make(made, kind)
    file = made.file()
    for one in (row, other):
        made.link(file, FileLinkDirection.SOURCE, **{column: one})
    lens_kind = {"arraydataset": LensKind.ARRAY, "tabledataset": LensKind.TABLE}
    system = getattr(row, "intrinsic_system", None) or row.coordinate_system
    cut = made.system() if kind == "arraydataset" else system
    made.lens(
        lens_kind.get(kind, LensKind.ANNOTATION),
        coordinate_system=system,
        is_whole=True,
        **{column: row},
    )
    made.lens(lens_kind.get(kind, LensKind.ANNOTATION), coordinate_system=cut, **{column: row})
    kept = made.lens(lens_kind.get(kind, LensKind.ANNOTATION), **{column: other})
    world = made.system(is_shared=True)
    for one in {system, cut}:
        made.edge(one, world)
    trash.thing_purge(row)
    assert [*models.Lens.objects.all()] == [kept]
    assert not models.CoordinateSystem.objects.filter(pk__in=[system.pk, cut.pk]).exists()
    assert not models.Transformation.objects.exists()
    assert models.CoordinateSystem.objects.filter(pk=world.pk).exists()
    assert [getattr(link, column) for link in models.FileLink.objects.all()] == [other]
    assert models.File.objects.filter(pk=file.pk).exists()


def test_a_column_forgets_a_table_that_is_gone_and_stays(made):
    keys, values = made.table("keys"), made.table("values")
    column = models.Column.objects.create(
        table=values, order=0, name="key", dtype="BIGINT", role="ATTRIBUTE", references=keys
    )
    trash.thing_purge(keys)
    column.refresh_from_db()
    assert column.references is None


def test_a_file_goes_and_the_data_read_out_of_it_stays(made):
    file, array = made.file(), made.array()
    made.link(file, FileLinkDirection.SOURCE, array_dataset=array)
    store = file.store_id
    trash.thing_purge(file)
    assert models.ArrayDataset.objects.filter(pk=array.pk).exists()
    assert not models.FileLink.objects.exists()
    # The objects are the sweep's to remove; until then the row says where they are.
    assert models.Store.objects.filter(pk=store).exists()


@pytest.mark.parametrize(
    ("state", "columns", "due"),
    [
        ("requested", {"expires_at": ago(0)}, True),
        ("requested", {"expires_at": ago(-1)}, False),
        ("populated", {"populated_at": ago(2 * WINDOW)}, True),
        ("populated", {"populated_at": ago(2 * WINDOW - 1)}, False),
        ("populated", {"populated_at": ago(0), "expires_at": ago(10**6)}, False),
        ("trashed", {"trashed_at": ago(WINDOW)}, True),
        ("trashed", {"trashed_at": ago(WINDOW - 1)}, False),
        ("attached", {"expires_at": ago(10**6), "populated_at": ago(10**6)}, False),
        ("gone", {"trashed_at": ago(10**6), "expires_at": ago(10**6)}, False),
    ],
)
@pytest.mark.parametrize("held", [False, True])
def test_a_store_is_due_by_its_state_and_never_while_something_holds_it(
    made, state, columns, due, held
):
    store = made.store(state=state)
    models.Store.objects.filter(pk=store.pk).update(**columns)
    if held:
        models.File.objects.create(**made.owner, name="file", store=store)
    assert hygiene.stores_due() == ([store] if due and not held else [])
