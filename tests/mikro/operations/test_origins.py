"""Origins: of each source the one field its kind reads, and what is kept of the link."""

from __future__ import annotations

import itertools

import pytest
from rowmaker import Rows

from chassis.errors import InvalidInput, NotFound
from mikro_server.domain.kinds import FileLinkDirection, LensKind
from mikro_server.models import FileLink, Transformation
from mikro_server.operations.author import Author, stamp
from mikro_server.operations.lineage import derivations_write, exports_write, sources_write

pytestmark = pytest.mark.django_db

#: Kind of a source: the field that names it, how it is made, and the space it stands for.
SOURCES = {
    "LENS": (
        "lens",
        lambda made: made.lens(array_dataset=made.array(), coordinate_system=made.system()),
        lambda row: row.coordinate_system,
    ),
    "DATASET": ("dataset", lambda made: made.array(), lambda row: row.intrinsic_system),
    "TABLE_DATASET": (
        "tableDataset",
        lambda made: made.table(),
        lambda row: row.coordinate_system,
    ),
    "ANNOTATION_COLLECTION": (
        "annotationCollection",
        lambda made: made.collection(),
        lambda row: row.coordinate_system,
    ),
    "ANNOTATION": (
        "annotation",
        lambda made: made.shape(made.collection()),
        lambda row: row.collection.coordinate_system,
    ),
    "COORDINATE_SYSTEM": ("coordinateSystem", lambda made: made.system(), lambda row: row),
}
CONTAINERS = {
    "DATASET": "array_dataset",
    "TABLE_DATASET": "table_dataset",
    "ANNOTATION_COLLECTION": "annotation_collection",
}


@pytest.fixture
def made(mint):
    return Rows(mint.member(roles=["editor"]))


@pytest.fixture
def foreign(mint):
    return Rows(mint.member(org="77", sub="77"))


@pytest.fixture
def derive(made):
    author = Author(made.principal)

    def write(*sources):
        system = made.system()
        derivations_write(stamp(author), author, system, sources)
        return [*Transformation.objects.filter(input=system).order_by("pk")]

    return write


@pytest.mark.parametrize("kind", SOURCES)
def test_an_edge_leads_into_the_space_of_its_source(made, derive, kind):
    field, make, space = SOURCES[kind]
    row = make(made)
    [edge] = derive({"kind": kind, field: row.pk, "valueRelation": "TRANSFORMED"})
    assert edge.output == space(row)
    assert (edge.kind, edge.is_derivation) == ("UNMAPPABLE", True)
    assert edge.value_relation == "TRANSFORMED"
    assert edge.annotation == (row if kind == "ANNOTATION" else None)
    assert (edge.creator_id, edge.organization_id) == ("1", made.principal.organization)
    mapped = {"kind": "SCALE", "scale": [2.0, 2.0]}
    [edge] = derive({"kind": kind, field: row.pk, "transform": mapped})
    assert (edge.kind, edge.params) == ("SCALE", {"scale": [2.0, 2.0]})


@pytest.mark.parametrize(("kind", "other"), [*itertools.permutations(SOURCES, 2)])
def test_a_field_of_another_kind_is_refused(made, derive, kind, other):
    field, make, _ = SOURCES[kind]
    wrong = SOURCES[other][0]
    row = make(made)
    for given in ({wrong: row.pk}, {field: row.pk, wrong: row.pk}):
        with pytest.raises(InvalidInput) as refused:
            derive({"kind": kind, **given})
        assert refused.value.field == field
    assert not Transformation.objects.filter(is_derivation=True).exists()


@pytest.mark.parametrize("kind", SOURCES)
def test_a_source_of_others_is_no_source(made, foreign, derive, kind):
    field, make, _ = SOURCES[kind]
    theirs = make(foreign)
    messages = set()
    for identifier in (theirs.pk, "x", 10**12):
        with pytest.raises(NotFound) as refused:
            derive({"kind": kind, field: identifier})
        messages.add(refused.value.message)
    assert len(messages) == 1


def test_sources_are_kept_in_their_order_and_a_lens_needs_a_space(made, derive):
    rows = [made.array() for _ in range(4)]
    edges = derive(*({"kind": "DATASET", "dataset": row.pk} for row in rows[::-1]))
    assert [edge.output_id for edge in edges] == [row.intrinsic_system_id for row in rows[::-1]]
    bare = made.lens(LensKind.TABLE, table_dataset=made.table())
    with pytest.raises(InvalidInput) as refused:
        derive({"kind": "LENS", "lens": bare.pk})
    assert refused.value.field == "derivedFrom"


@pytest.mark.parametrize("kind", CONTAINERS)
def test_links_say_which_way_the_data_went(made, foreign, kind):
    author = Author(made.principal)
    field, make, _ = SOURCES[kind]
    row, file, export = make(made), made.file("raw"), made.file("export")
    more = {"seriesIdentifier": "series 2", "valueRelation": "TRANSFORMED"}
    sources_write(stamp(author), author, row, CONTAINERS[kind], [{"file": file.pk, **more}])
    exports_write(stamp(author), author, export, [{"kind": kind, field: row.pk}])
    read, written = FileLink.objects.order_by("pk")
    assert (read.file, written.file) == (file, export)
    assert (read.direction, written.direction) == (
        FileLinkDirection.SOURCE.value,
        FileLinkDirection.RENDITION.value,
    )
    assert (read.series_identifier, read.value_relation) == ("series 2", "TRANSFORMED")
    assert (written.series_identifier, written.value_relation) == (None, None)
    for link in (read, written):
        assert [
            getattr(link, column) for column in CONTAINERS.values() if getattr(link, column)
        ] == [row]
    theirs = make(foreign)
    with pytest.raises(NotFound):
        exports_write(stamp(author), author, export, [{"kind": kind, field: theirs.pk}])
    with pytest.raises(NotFound):
        sources_write(stamp(author), author, row, CONTAINERS[kind], [{"file": foreign.file().pk}])
    with pytest.raises(InvalidInput):
        exports_write(stamp(author), author, export, [{"kind": kind}])
    assert FileLink.objects.count() == 2
