"""What changed between two versions of an app."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fakts_server.domain.change import Ask, Change, change_between
from fakts_server.domain.requirement import Requirement

NAMES = st.sampled_from(["a", "b", "c"])
REQUIREMENTS = st.builds(Requirement, key=NAMES, service=NAMES, optional=st.booleans())
ASKS = st.builds(
    Ask,
    version=NAMES,
    scopes=st.frozensets(NAMES),
    requirements=st.lists(REQUIREMENTS, max_size=4).map(tuple),
)


def need(service, *, optional=False):
    return Requirement(service, service, optional)


@given(ASKS)
def test_nothing_changes_by_itself(ask):
    assert change_between(ask, ask).is_empty


@given(ASKS, ASKS)
def test_what_is_new_one_way_is_gone_the_other(one, other):
    there, back = change_between(one, other), change_between(other, one)
    assert there.new_scopes == back.gone_scopes
    assert there.new_services == back.gone_services
    assert set(there.new_scopes) == other.scopes - one.scopes


@given(ASKS, ASKS)
def test_asking_for_more_is_never_overlooked(one, other):
    services = {item.service for item in one.requirements}
    more = other.scopes - one.scopes or {
        item.service for item in other.requirements if item.service not in services
    }
    if more:
        assert change_between(one, other).asks_for_more


def test_a_service_that_becomes_required_counts_as_more():
    before = Ask("1", frozenset(), (need("mikro", optional=True), need("rekuest")))
    now = Ask("2", frozenset(), (need("mikro"), need("rekuest", optional=True)))
    change = change_between(before, now)
    assert change.now_required == ["mikro"]
    assert change.version_before == "1"
    assert change.asks_for_more


def test_less_is_told_and_is_not_more():
    before = Ask("1", frozenset({"read", "write"}), (need("mikro"),))
    change = change_between(before, Ask("1", frozenset({"read"})))
    assert change == Change(gone_scopes=["write"], gone_services=["mikro"])
    assert not change.asks_for_more
