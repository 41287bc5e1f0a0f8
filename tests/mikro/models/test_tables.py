"""The tables: as the migrations make them, and what they refuse whatever the code does."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from mikro_server import models
from mikro_server.domain.store_state import StoreState

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    organization = models.Organization.objects.create(id="1", slug="first")
    return {
        "organization": organization,
        "creator": models.User.objects.create(id="1", preferred_username="ada"),
        "client": models.Client.objects.create(id="app"),
    }


def store(owner, key="1/a", **more):
    given = {"kind": "zarr", "bucket": "b", "key": key, "max_bytes": 1, **more}
    return models.Store.objects.create(**owner, expires_at="2030-01-01T00:00:00Z", **given)


def dataset(owner, name="cells", **more):
    system = models.CoordinateSystem.objects.create(**owner, name=name)
    given = {"shape": [4, 4], "axis_names": ["y", "x"], **more}
    return models.ArrayDataset.objects.create(**owner, name=name, intrinsic_system=system, **given)


def refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_no_migration_is_missing():
    call_command("makemigrations", "mikro", check=True, dry_run=True, verbosity=0)


def test_a_key_belongs_to_one_store(owner):
    store(owner)
    refused(lambda: store(owner))
    store(owner, "1/b")


def test_a_store_belongs_to_one_level_and_a_level_is_there_once(owner):
    one, other = store(owner, "1/a"), store(owner, "1/b")
    cells = dataset(owner)
    given = {
        "organization": owner["organization"],
        "dataset": cells,
        "shape": [4, 4],
        "chunk_shape": [4, 4],
        "scale_factors": [1, 1],
    }
    models.DataArray.objects.create(store=one, level=0, **given)
    refused(lambda: models.DataArray.objects.create(store=one, level=1, **given))
    refused(lambda: models.DataArray.objects.create(store=other, level=0, **given))
    models.DataArray.objects.create(store=other, level=1, **given)
    assert [row.level for row in cells.data_arrays.all()] == [0, 1]
    # A store that data lies in is not deleted under it.
    with pytest.raises(ProtectedError):
        one.delete()


def test_axes_have_a_place_and_a_name_of_their_own(owner):
    system = models.CoordinateSystem.objects.create(**owner, name="s")
    models.Axis.objects.create(system=system, order=0, name="y", type="SPACE")
    refused(lambda: models.Axis.objects.create(system=system, order=0, name="x", type="SPACE"))
    refused(lambda: models.Axis.objects.create(system=system, order=1, name="y", type="SPACE"))


def test_the_same_selection_is_one_row(owner):
    given = {"kind": "ARRAY", "label": "l", "selection": "mark", "array_dataset": dataset(owner)}
    models.Lens.objects.create(**owner, **given)
    refused(lambda: models.Lens.objects.create(**owner, **given))


def test_a_metric_is_corrected_once(owner):
    given = {"key": "k", "target_identifier": "@mikro/file", "target_object": "1"}
    first = models.Metric.objects.create(**owner, **given)
    models.Metric.objects.create(**owner, **given, supersedes=first)
    refused(lambda: models.Metric.objects.create(**owner, **given, supersedes=first))


def test_a_task_of_a_broker_is_one_row_in_each_organization(owner):
    given = {"issuer": "rekuest", "task_id": "1", "root_task_id": "1"}
    models.Task.objects.create(organization=owner["organization"], **given)
    refused(lambda: models.Task.objects.create(organization=owner["organization"], **given))
    other = models.Organization.objects.create(id="2", slug="second")
    models.Task.objects.create(organization=other, **given)


def test_words_follow_the_name_by_themselves(owner):
    made = dataset(owner, "Nuclei_2026-05.zarr", description="bright; DAPI")
    assert set(words(made)) == {"nuclei", "2026", "05", "zarr", "bright", "dapi"}
    models.ArrayDataset.objects.filter(pk=made.pk).update(name="renamed")
    assert set(words(made)) == {"renamed", "bright", "dapi"}


def words(row) -> list[str]:
    found = models.ArrayDataset.objects.values_list("words", flat=True).get(pk=row.pk)
    return [part.split(":")[0].strip("'") for part in found.split(" ")]


@pytest.mark.parametrize(
    ("table", "index"),
    [
        ("arraydataset", "array_words"),
        ("tabledataset", "table_words"),
        ("file", "file_words"),
        ("folder", "folder_words"),
        ("annotationcollection", "annotation_words"),
        ("arraydataset", "array_newest"),
        ("file", "file_newest"),
        ("store", "store_expiring"),
        ("store", "store_trashed"),
    ],
)
def test_what_is_searched_and_swept_has_an_index(table, index):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, f"mikro_{table}")
    assert found[index]["index"]


def test_rows_say_what_they_are(owner):
    made = store(owner)
    assert (str(made), made.path) == ("1/a", "b/1/a")
    assert made.state == StoreState.REQUESTED
    assert str(dataset(owner)) == "cells"
    assert str(owner["organization"]) == "first"
    assert str(owner["creator"]) == "ada"
    assert str(owner["client"]) == "app"
    usage = models.Usage.objects.create(
        organization=owner["organization"], user=owner["creator"], stored_bytes=7
    )
    assert str(usage) == "1/1: 7"
