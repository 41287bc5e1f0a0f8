"""The one cut every read goes through, and ids as strangers send them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidInput, NotFound, PermissionDenied, Unauthenticated
from mikro_server.models import Folder
from mikro_server.selectors.scope import only_one, pk_of, pks_of, uuid_of, uuids_of, visible


@given(st.integers(0, 10**18 - 1))
def test_a_number_is_the_id_it_names(number):
    assert pk_of(number) == pk_of(str(number)) == number
    assert pks_of([number, str(number)]) == [number, number]


@given(st.text(max_size=30))
def test_whatever_is_sent_is_an_id_or_the_id_of_nothing(text):
    try:
        found = pk_of(text)
    except NotFound:
        assert pks_of([text]) == []
        return
    assert 0 <= found < 10**18
    assert pks_of([text]) == [found]


@pytest.mark.parametrize(
    "value", ["", " 1", "1 ", "-1", "+1", "1.0", "1e3", "٣", "²", "0x1", "9" * 19, None, True, [1]]
)
def test_what_only_looks_like_a_number_is_none(value):
    with pytest.raises(NotFound):
        pk_of(value)
    assert pks_of([value]) == []


@given(st.uuids())
def test_a_uuid_is_read_however_it_is_written(value):
    assert uuid_of(str(value)) == uuid_of(value.hex) == uuid_of(value) == value
    assert uuids_of([str(value), "x", value.hex]) == [value, value]


@pytest.mark.parametrize(
    "value", ["", "x", "1", None, "0" * 31, "g" * 32, "c585d275-a484-4786-8c70-aabc21cd76a20"]
)
def test_what_is_no_uuid_is_the_id_of_nothing(value):
    with pytest.raises(NotFound):
        uuid_of(value)
    assert uuids_of([value]) == []


def test_exactly_one_argument_is_given():
    assert only_one(a=None, b="7") == ("b", "7")
    assert only_one(a=0, b=None) == ("a", 0)
    for given_ in ({"a": None, "b": None}, {"a": 1, "b": 2}):
        with pytest.raises(InvalidInput) as refused:
            only_one(**given_)
        assert refused.value.field == "a"
        assert "a, b" in refused.value.message


def test_rows_are_cut_to_the_organization_of_somebody_with_a_role(mint):
    member = mint.member(roles=["viewer"]).principal
    sql = str(visible(member, Folder.objects.all()).query)
    assert '"organization_id" = 1' in sql.replace("'1'", "1")
    with pytest.raises(PermissionDenied):
        visible(mint.member(roles=[]).principal, Folder.objects.all())
    with pytest.raises(Unauthenticated):
        visible(None, Folder.objects.all())
