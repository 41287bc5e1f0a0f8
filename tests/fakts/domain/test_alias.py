"""Aliases as clients get them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fakts_server.domain.alias import AliasKind, AliasRule, render, render_all
from fakts_server.domain.origin import Origin

ORIGIN = Origin("https", "lab.example.org", 8443)
RULES = st.builds(
    AliasRule,
    id=st.integers(1, 10**6).map(str),
    kind=st.sampled_from(AliasKind),
    path=st.sampled_from(["", "rekuest"]),
    challenge=st.just("ht"),
    host=st.sampled_from(["", "h"]),
    port=st.none() | st.integers(1, 65535),
    ssl=st.booleans(),
    reach=st.sampled_from([None, "loopback", "internal", "lan", "mesh", "public"]),
)


def test_a_relative_alias_takes_the_callers_origin():
    found = render(AliasRule("12", AliasKind.RELATIVE, "rekuest", "ht"), ORIGIN)
    assert (found.host, found.port, found.ssl) == ("lab.example.org", 8443, True)
    assert (found.id, found.path, found.kind) == ("12", "rekuest", "absolute")


def test_an_absolute_alias_stays_as_it_is():
    rule = AliasRule("1", AliasKind.ABSOLUTE, "", "ht", host="10.0.0.9", port=9000, reach="lan")
    found = render(rule, ORIGIN)
    assert (found.host, found.port, found.ssl, found.reach) == ("10.0.0.9", 9000, False, "lan")
    assert found.path is None


@given(RULES)
def test_a_client_can_read_every_alias(rule):
    found = render(rule, ORIGIN)
    assert isinstance(found.id, str)
    assert found.challenge is not None
    assert found.kind in {"absolute", "docker"}
    assert found.reach in {None, "loopback", "internal", "lan", "mesh", "public"}


@given(st.lists(RULES, unique_by=lambda rule: rule.id), st.randoms())
def test_the_order_of_aliases_is_stable(rules, random):
    shuffled = list(rules)
    random.shuffle(shuffled)
    assert render_all(rules, ORIGIN) == render_all(shuffled, ORIGIN)
    kinds = [item.kind for item in render_all(rules, ORIGIN)]
    assert kinds == sorted(kinds)  # docker ones last
