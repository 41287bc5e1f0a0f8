"""Descriptors as conditions: every declared key, and nothing else."""

from __future__ import annotations

import pytest

from chassis.errors import InvalidInput
from mikro_server.domain import structure
from mikro_server.domain.kinds import AxisType
from mikro_server.domain.kinds import DescriptorOperator as Op
from mikro_server.models import ArrayDataset
from mikro_server.selectors.facts import DECLARED, Constraint, satisfying


def sql(*constraints: Constraint) -> str:
    return str(ArrayDataset.objects.filter(satisfying(constraints)).query)


def test_what_arrays_state_of_themselves_can_be_asked_for():
    facts = structure.array_descriptors([AxisType.SPACE], [4], "uint8", "MASK")
    assert set(facts) <= DECLARED
    for key in facts:
        assert key in sql(Constraint(key, Op.EXISTS))


@pytest.mark.parametrize("key", ["", "@mikro/", "@mikro/colour", "n_channels", "@other/n_channels"])
@pytest.mark.parametrize("operator", list(Op))
def test_a_key_nobody_declares_is_refused(key, operator):
    with pytest.raises(InvalidInput) as refused:
        satisfying([Constraint(key, operator, 1)])
    assert refused.value.field == "requires"


def test_nothing_required_is_no_condition():
    assert not satisfying([])


def test_all_constraints_must_hold():
    both = sql(
        Constraint("@mikro/n_channels", Op.EQUALS, 2), Constraint("@mikro/dtype", Op.EQUALS, "u1")
    )
    assert " AND " in both
    assert "n_channels" in both
    assert "dtype" in both


@pytest.mark.parametrize("operator", [Op.GTE, Op.LTE])
@pytest.mark.parametrize("value", ["2", None, [2], True, {"a": 1}])
def test_an_order_is_one_of_numbers(operator, value):
    with pytest.raises(InvalidInput):
        satisfying([Constraint("@mikro/n_channels", operator, value)])


@pytest.mark.parametrize("operator", [Op.IN, Op.NOT_IN])
@pytest.mark.parametrize("value", ["abc", None, 3, {"a": 1}])
def test_one_of_several_needs_several(operator, value):
    with pytest.raises(InvalidInput):
        satisfying([Constraint("@mikro/n_channels", operator, value)])


def test_a_prefix_leads_to_the_column_of_a_relation():
    condition = satisfying([Constraint("@mikro/dtype", Op.EQUALS, "uint8")], "array_dataset__")
    assert "array_dataset__descriptors" in str(condition)
