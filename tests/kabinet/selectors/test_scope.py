"""The cut every read goes through, and ids as callers send them."""

from __future__ import annotations

import pytest
from crowd import crowd
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import NotFound, PermissionDenied
from kabinet_server import models
from kabinet_server.selectors import rows
from kabinet_server.selectors.scope import by_id, number_of, numbers_of, one

READS = {
    rows.apps_visible_to: models.App,
    rows.releases_visible_to: models.Release,
    rows.flavours_visible_to: models.Flavour,
    rows.all_flavours_visible_to: models.Flavour,
    rows.definitions_visible_to: models.Definition,
    rows.github_repos_visible_to: models.GithubRepo,
    rows.oci_repos_visible_to: models.OciRepo,
    rows.backends_visible_to: models.Backend,
    rows.resources_visible_to: models.Resource,
    rows.deployments_visible_to: models.Deployment,
    rows.pods_visible_to: models.Pod,
    rows.approvals_visible_to: models.ReleaseApproval,
}


@given(st.integers(0, 10**18 - 1))
def test_the_id_of_a_row_is_read_back(number):
    assert number_of(str(number)) == number_of(number) == number


@given(st.one_of(st.text(), st.integers(max_value=-1), st.floats(), st.none(), st.booleans()))
def test_what_is_no_number_of_plain_digits_is_no_id(value):
    text = str(value)
    plain = bool(text) and set(text) <= set("0123456789") and len(text) < 19
    assert (number_of(value) is not None) == plain


@given(st.lists(st.one_of(st.integers(0, 10**6), st.sampled_from(["x", "", "-1", "\u0661"]))))
def test_of_many_ids_those_that_can_be_one_are_kept_in_order(values):
    assert numbers_of(values) == [value for value in values if isinstance(value, int)]


@pytest.mark.parametrize("read", READS, ids=lambda read: read.__name__)
def test_a_read_is_cut_to_the_organization_and_needs_a_role(read, db, mint):
    crowd(2)
    crowd(2, organization="2")
    model = READS[read]
    for organization in ("1", "2"):
        who = mint.member(sub="1", org=organization, roles=["viewer"]).principal
        found = set(read(who).values_list("organization", flat=True))
        assert found == {organization}
        assert read(who).count() == model.objects.filter(organization=organization).count()
        own = model.objects.filter(organization=organization).first()
        foreign = model.objects.exclude(organization=organization).first()
        assert one(read(who), str(own.pk)) == own
        for value in (foreign.pk, "x", None, "", 10**30):
            assert not by_id(read(who), value).exists()
            with pytest.raises(NotFound):
                one(read(who), value)
    with pytest.raises(PermissionDenied):
        read(mint.member(sub="1", org="1", roles=[]).principal)
    nobody = mint.member(sub="1", org="3", active_org="third").principal
    assert not read(nobody).exists()
