"""Conditions over descriptors, in a real database, held to a plain reading of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.definitions.descriptors import Constraint, satisfying
from chassis.errors import InvalidInput

KEYS = ("@a/kind", "@a/size", "@a/tags")


class Box(models.Model):
    """Something with descriptors."""

    descriptors = models.JSONField()

    class Meta:
        app_label = "sample"
        managed = False

    def __str__(self) -> str:
        return str(self.descriptors)


class Lid(models.Model):
    """Something on a box."""

    box = models.ForeignKey(Box, models.CASCADE, db_constraint=False)

    class Meta:
        app_label = "sample"
        managed = False

    def __str__(self) -> str:
        return str(self.box_id)


ROWS: dict[str, dict[str, Any]] = {
    "empty": {},
    "small": {"@a/kind": "MASK", "@a/size": 1, "@a/tags": ["red"]},
    "large": {"@a/kind": "IMAGE", "@a/size": 10.5, "@a/tags": ["red", "blue"]},
    "odd": {"@a/kind": None, "@a/size": "5", "@a/tags": []},
    "flag": {"@a/kind": True, "@a/size": True},
}
ALL = set(ROWS)


@pytest.fixture
def boxes(db: None) -> dict[int, str]:
    with connection.schema_editor() as editor:
        editor.create_model(Box)
        editor.create_model(Lid)
    names = {}
    for name, descriptors in ROWS.items():
        box = Box.objects.create(descriptors=descriptors)
        Lid.objects.create(box=box)
        names[box.pk] = name
    return names


def meeting(boxes: dict[int, str], *constraints: Constraint) -> set[str]:
    """The boxes that meet the constraints; asked of the boxes and through their lids."""
    found = Box.objects.filter(satisfying(constraints, KEYS))
    names = {boxes[number] for number in found.values_list("pk", flat=True)}
    lids = Lid.objects.filter(satisfying(constraints, KEYS, "box__"))
    assert {boxes[number] for number in lids.values_list("box", flat=True)} == names
    return names


@pytest.mark.parametrize(
    ("key", "operator", "value", "names"),
    [
        ("@a/kind", "EQUALS", "MASK", {"small"}),
        ("@a/kind", "MATCHES", "MASK", {"small"}),
        ("@a/kind", "EQUALS", "mask", set()),
        ("@a/kind", "EQUALS", None, {"odd"}),
        ("@a/kind", "EQUALS", True, {"flag"}),
        ("@a/kind", "EQUALS", "true", set()),
        ("@a/size", "EQUALS", 1, {"small"}),
        ("@a/size", "EQUALS", 1.0, {"small"}),
        ("@a/size", "EQUALS", 5, set()),
        ("@a/kind", "NOT_EQUALS", "MASK", {"large", "odd", "flag"}),
        ("@a/tags", "NOT_EQUALS", "red", {"small", "large", "odd"}),
        ("@a/kind", "EXISTS", None, ALL - {"empty"}),
        ("@a/kind", "EXISTS", True, ALL - {"empty"}),
        ("@a/tags", "EXISTS", False, {"empty", "flag"}),
        ("@a/size", "GTE", 1, {"small", "large"}),
        ("@a/size", "GTE", 1.5, {"large"}),
        ("@a/size", "GTE", 11, set()),
        ("@a/size", "LTE", 10.5, {"small", "large"}),
        ("@a/size", "LTE", 0, set()),
        ("@a/kind", "GTE", 0, set()),
        ("@a/kind", "LTE", 0, set()),
        ("@a/tags", "CONTAINS", "red", {"small", "large"}),
        ("@a/tags", "CONTAINS", "blue", {"large"}),
        ("@a/tags", "CONTAINS", "re", set()),
        ("@a/kind", "IN", ["MASK", "IMAGE"], {"small", "large"}),
        ("@a/kind", "IN", [None], {"odd"}),
        ("@a/size", "IN", [1, "5"], {"small", "odd"}),
        ("@a/kind", "IN", [], set()),
        ("@a/kind", "NOT_IN", ["MASK", "IMAGE"], {"odd", "flag"}),
        ("@a/kind", "NOT_IN", [], ALL - {"empty"}),
        ("@a/tags", "NOT_IN", ["x"], {"small", "large", "odd"}),
    ],
)
def test_an_operator_means_what_it_says(
    boxes: dict[int, str], key: str, operator: str, value: Any, names: set[str]
) -> None:
    assert meeting(boxes, Constraint(key, operator, value)) == names


def test_all_constraints_hold_together_and_none_is_no_condition(boxes: dict[int, str]) -> None:
    assert meeting(boxes) == ALL
    tagged, sized = Constraint("@a/tags", "CONTAINS", "red"), Constraint("@a/size", "GTE", 5)
    assert meeting(boxes, tagged, sized) == {"large"}
    assert meeting(boxes, tagged, Constraint("@a/tags", "EXISTS", False)) == set()


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        (Constraint("@b/kind", "EXISTS"), "'@b/kind'"),
        (Constraint("", "EQUALS", 1), "has the descriptor"),
        (Constraint("@a/size", "GTE", "1"), "GTE compares with a number"),
        (Constraint("@a/size", "LTE", None), "LTE compares with a number"),
        (Constraint("@a/size", "GTE", True), "GTE compares with a number"),
        (Constraint("@a/kind", "IN", "MASK"), "IN compares with a list"),
        (Constraint("@a/kind", "IN", None), "IN compares with a list"),
        (Constraint("@a/kind", "NOT_IN", {"a": 1}), "NOT_IN compares with a list"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(constraint: Constraint, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as refused:
        satisfying([Constraint("@a/kind", "EXISTS"), constraint], KEYS)
    assert refused.value.field == "requires"


def _holds(one: Constraint, facts: dict[str, Any]) -> bool:
    """Read a constraint over scalars as the words say."""
    if one.operator == "EXISTS":
        return (one.key in facts) is (one.value is not False)
    if one.key not in facts:
        return False
    fact = facts[one.key]
    same = [_same(fact, value) for value in (one.value if _is_list(one) else [one.value])]
    if one.operator in {"GTE", "LTE"}:
        if isinstance(fact, bool) or not isinstance(fact, int | float):
            return False
        return fact >= one.value if one.operator == "GTE" else fact <= one.value
    return any(same) is (one.operator in {"EQUALS", "IN"})


def _is_list(one: Constraint) -> bool:
    return one.operator in {"IN", "NOT_IN"}


def _same(fact: Any, value: Any) -> bool:
    return isinstance(fact, bool) is isinstance(value, bool) and bool(fact == value)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, -1.5]),
    st.sampled_from("ab"),
)
FACTS = st.dictionaries(st.sampled_from(KEYS), SCALARS)
CONSTRAINTS = st.one_of(
    st.builds(
        Constraint, st.sampled_from(KEYS), st.sampled_from(["EQUALS", "NOT_EQUALS"]), SCALARS
    ),
    st.builds(Constraint, st.sampled_from(KEYS), st.just("EXISTS"), st.sampled_from([None, False])),
    st.builds(
        Constraint, st.sampled_from(KEYS), st.sampled_from(["GTE", "LTE"]), st.integers(-3, 3)
    ),
    st.builds(
        Constraint,
        st.sampled_from(KEYS),
        st.sampled_from(["IN", "NOT_IN"]),
        st.lists(SCALARS, max_size=3),
    ),
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(FACTS, min_size=1, max_size=5), one=CONSTRAINTS)
def test_the_database_reads_constraints_as_the_words_say(
    boxes: dict[int, str], rows: list[dict[str, Any]], one: Constraint
) -> None:
    Box.objects.all().delete()
    made = Box.objects.bulk_create([Box(descriptors=facts) for facts in rows])
    found = set(Box.objects.filter(satisfying([one], KEYS)).values_list("pk", flat=True))
    assert found == {box.pk for box in made if _holds(one, box.descriptors)}
