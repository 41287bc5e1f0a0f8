"""Resolution of requirements, as an algebra."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fakts_server.domain.requirement import (
    GrantStatus,
    Offer,
    Requirement,
    compose,
    missing_sentence,
    resolve,
)

SERVICES = st.sampled_from(["live.a", "live.b", "live.c", "live.d"])
KEYS = st.sampled_from(["k1", "k2", "k3", "k4", "k5"])
REQUIREMENTS = st.lists(
    st.builds(Requirement, key=KEYS, service=SERVICES, optional=st.booleans()),
    unique_by=lambda item: item.key,
)
OFFERS = st.lists(
    st.builds(
        Offer,
        instance_id=st.integers(1, 99),
        identifier=st.sampled_from(["i1", "i2", "i3", "i4"]),
        service=SERVICES,
        is_default=st.booleans(),
    ),
    unique_by=(lambda item: item.instance_id, lambda item: (item.service, item.identifier)),
)


@given(REQUIREMENTS, OFFERS, st.sets(KEYS))
def test_every_requirement_gets_one_status(requirements, offers, declined):
    composition = compose(resolve(requirements, offers), declined)
    assert set(composition.statuses) == {item.key for item in requirements}
    granted = {key for key, status in composition.statuses.items() if status is GrantStatus.GRANTED}
    assert granted == set(composition.granted)


@given(REQUIREMENTS, OFFERS, st.sets(KEYS))
def test_only_optional_requirements_can_be_declined(requirements, offers, declined):
    statuses = compose(resolve(requirements, offers), declined).statuses
    for item in requirements:
        if statuses[item.key] is GrantStatus.DENIED:
            assert item.optional
            assert item.key in declined


@given(REQUIREMENTS, OFFERS)
def test_a_granted_instance_is_of_the_asked_service(requirements, offers):
    asked = {item.key: item.service for item in requirements}
    for key, offer in compose(resolve(requirements, offers)).granted.items():
        assert offer.service == asked[key]
        assert offer in offers


@given(REQUIREMENTS, OFFERS, st.randoms())
def test_the_order_of_offers_does_not_matter(requirements, offers, random):
    shuffled = list(offers)
    random.shuffle(shuffled)
    assert resolve(requirements, offers) == resolve(requirements, shuffled)


@given(REQUIREMENTS, OFFERS, st.builds(Offer, st.just(1000), st.just("z"), SERVICES))
def test_a_further_offer_never_takes_a_service_away(requirements, offers, more):
    before = compose(resolve(requirements, offers))
    after = compose(resolve(requirements, [*offers, more]))
    assert set(before.granted) <= set(after.granted)
    assert set(after.missing) <= set(before.missing)


@given(REQUIREMENTS, OFFERS, st.sets(KEYS))
def test_missing_are_exactly_the_required_without_an_offer(requirements, offers, declined):
    served = {offer.service for offer in offers}
    composition = compose(resolve(requirements, offers), declined)
    expected = [r for r in requirements if not r.optional and r.service not in served]
    assert list(composition.missing) == expected


def test_the_default_instance_wins_over_the_first_by_name():
    offers = [Offer(1, "a", "live.x"), Offer(2, "b", "live.x", is_default=True)]
    [match] = resolve([Requirement("k", "live.x")], offers)
    assert match.offer is offers[1]


def test_the_sentence_names_service_and_key():
    text = missing_sentence([Requirement("kab", "live.arkitekt.kabinet")])
    assert "live.arkitekt.kabinet (as kab)" in text
