"""What is known of a microscope is kept as it was said, whichever parts of it are said."""

from __future__ import annotations

import itertools

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull
from lab import TCYX, YX

from mikro_server.graphql.schema import SCHEMA
from mikro_server.models import CoordinateAnchor

ANCHOR = SCHEMA._schema.get_type("CoordinateAnchorInput")
#: Kept apart: it becomes columns of the dataset, and its times are normalized.
OTHERWISE = {"axisAnchors", "acquisitionWindow"}
SPOKES = sorted(set(ANCHOR.fields) - OTHERWISE)


def inner(kind):
    """A type without what says that it must be given."""
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def said(kind, counter, *, whole):
    """A value of a type: with every field, or with those that must be given alone."""
    kind = inner(kind)
    if isinstance(kind, GraphQLList):
        return [said(kind.of_type, counter, whole=whole) for _ in range(2)]
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: said(field.type, counter, whole=whole)
            for name, field in kind.fields.items()
            if whole or isinstance(field.type, GraphQLNonNull)
        }
    number = next(counter)
    if isinstance(kind, GraphQLEnumType):
        return [*kind.values][number % len(kind.values)]
    return {
        "Float": number + 0.5,
        "Int": number,
        "Boolean": number % 2 == 0,
    }.get(kind.name, f"{kind.name} {number}")


async def kept(lab, spokes, axes=YX, shape=(64, 96), pins=()):
    anchor = {"axisAnchors": [*pins], **spokes}
    made = await lab.array("seen", shape, axes, anchors=[anchor])
    return await CoordinateAnchor.objects.aget(dataset=made["id"])


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "least"])
@pytest.mark.parametrize("spoke", SPOKES)
async def test_each_spoke_is_kept_word_for_word(lab, spoke, whole):
    value = said(ANCHOR.fields[spoke].type, itertools.count(1), whole=whole)
    row = await kept(lab, {spoke: value})
    # A spoke of which nothing was said is none.
    assert row.spokes == ({spoke: value} if value else {})


async def test_all_of_them_together_are_read_back_by_the_interface(lab):
    counter = itertools.count(1)
    spokes = {name: said(ANCHOR.fields[name].type, counter, whole=True) for name in SPOKES}
    pins = [{"axis": "c", "value": 1}, {"axis": "t", "value": 0}]
    row = await kept(lab, spokes, TCYX, (1, 2, 8, 8), pins)
    document = "query($id: ID!) { arrayDataset(id: $id) { anchors { coordinates spokes } } }"
    answer = (await lab.graphql(document, lab.member, id=str(row.dataset_id))).ok()
    [anchor] = answer["arrayDataset"]["anchors"]
    assert anchor == {"coordinates": {"c": 1, "t": 0}, "spokes": spokes}


async def test_what_must_be_said_is_asked_for(lab):
    """Each record is put into its place without one of its fields; none of them is taken."""
    tried = 0
    for spoke in SPOKES:
        whole = {spoke: said(ANCHOR.fields[spoke].type, itertools.count(1), whole=True)}
        for path, kind in places(ANCHOR.fields[spoke].type, (spoke,)):
            for name, field in kind.fields.items():
                if not isinstance(field.type, GraphQLNonNull):
                    continue
                tried += 1
                broken = without(whole, (*path, name))
                given = {"data": "1", "scales": [], "name": "x", "axes": YX}
                anchors = [{"axisAnchors": [], **broken}]
                answer = await lab.ask("CreateArrayDataset", input={**given, "anchors": anchors})
                assert answer.errors, (*path, name)
                assert name in answer.errors[0]["message"], answer.errors
    assert tried > 20
    assert not await CoordinateAnchor.objects.aexists()


def places(kind, path):
    """Every record inside a value, with the way to it; of a list the first one."""
    kind = inner(kind)
    if isinstance(kind, GraphQLList):
        yield from places(kind.of_type, (*path, 0))
    elif isinstance(kind, GraphQLInputObjectType):
        yield path, kind
        for name, field in kind.fields.items():
            yield from places(field.type, (*path, name))


def without(value, path):
    """A copy of a value without what lies at a path."""
    first, *rest = path
    if isinstance(value, list):
        return [without(one, rest) if at == first else one for at, one in enumerate(value)]
    if rest:
        return {**value, first: without(value[first], rest)}
    return {name: one for name, one in value.items() if name != first}


@pytest.mark.parametrize(
    ("spoke", "value"),
    [
        ("label", {"label": 7}),
        ("label", "DAPI"),
        ("label", {"label": "DAPI", "colour": "blue"}),
        ("stage", {"x": "1 um"}),
        ("microscope", {"devices": [], "temperature": ""}),
        ("microscope", {"devices": [], "temperature": True}),
        ("valueHistogram", {"histogram": ["many"], "bins": []}),
        ("phasorHistogram", {"axis": "h", "counts": [], "harmonic": 1.5}),
        ("lightGraph", {"elements": [{"label": "a", "kind": "TELESCOPE"}], "edges": []}),
    ],
)
async def test_what_no_microscope_says_is_refused(lab, spoke, value):
    given = {"data": "1", "scales": [], "name": "x", "axes": YX}
    anchors = [{"axisAnchors": [], spoke: value}]
    answer = await lab.ask("CreateArrayDataset", input={**given, "anchors": anchors})
    assert answer.codes == ["INVALID_INPUT"]
    assert spoke in answer.errors[0]["message"]
