"""Inputs: fields that may be left out, and inputs as plain values."""

from __future__ import annotations

from enum import Enum

import pytest
import strawberry

from chassis.graphql.inputs import flag, listing, maybe, plain


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.input
class Dot:
    x: int
    colour: Colour | None = maybe("Its colour.")


@strawberry.input
class Drawing:
    name: str
    dots: list[Dot] = listing("What is on it.")
    public: bool = flag("Whether all may see it.")
    framed: bool = flag("Whether it has a frame.", default=True)


def test_what_is_left_out_has_its_default() -> None:
    drawing = Drawing(name="a")
    assert (drawing.dots, drawing.public, drawing.framed) == ([], False, True)
    assert Dot(x=1).colour is None


def test_lists_are_not_shared() -> None:
    Drawing(name="a").dots.append(Dot(x=1))
    assert Drawing(name="b").dots == []


def test_an_input_becomes_plain_all_the_way_down() -> None:
    drawing = Drawing(name="a", dots=[Dot(x=1, colour=Colour.RED), Dot(x=2)])
    assert plain(drawing) == {
        "name": "a",
        "dots": [{"x": 1, "colour": "red"}, {"x": 2, "colour": None}],
        "public": False,
        "framed": True,
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (3, 3),
        ("text", "text"),
        (Colour.BLUE, "blue"),
        ((1, Colour.RED), [1, "red"]),
        ([[Dot(x=1)]], [[{"x": 1, "colour": None}]]),
        ({"kept": Colour}, {"kept": Colour}),
        (Dot, Dot),
    ],
)
def test_other_values_stay_or_lose_their_enumeration(value: object, expected: object) -> None:
    assert plain(value) == expected


def test_descriptions_are_published() -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def take(self, drawing: Drawing) -> bool:
            return True

    sdl = strawberry.Schema(Query).as_str()
    assert '"""What is on it."""' in sdl and "dots: [Dot!]! = []" in sdl
    assert "framed: Boolean! = true" in sdl and "colour: Colour = null" in sdl
