"""For whom the tokens of tasks are made."""

from __future__ import annotations

import pytest

from rekuest_server.domain.audience import audience_of


@pytest.mark.parametrize(
    ("declared", "identifiers", "audience"),
    [
        (None, [], ()),
        (None, ["@mikro/image", "@mikro/table", "@elektro/trace"], ("elektro", "mikro")),
        (None, ["mikro/image", "@/x", ""], ("mikro",)),
        ([], ["@mikro/image"], ()),
        (["b", "a"], ["@mikro/image"], ("b", "a")),
    ],
)
def test_the_declared_audience_wins_over_the_packages_of_the_ports(
    declared: list[str] | None, identifiers: list[str], audience: tuple[str, ...]
) -> None:
    assert audience_of(declared, identifiers) == audience
