"""Who gets which accelerator; above all: no card for two who want it alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import CARDS, MACHINE, container

from deployers.core.cards import cards_for, held_by, lost_race
from deployers.core.errors import NoCardFree
from deployers.core.hardware import qualifiers
from deployers.core.labels import GPUS
from deployers.core.model import Container, Gpu, GpuKind, State
from kabinet_server.domain.facts import Facts

ROCM = Gpu(GpuKind.ROCM, "/dev/dri/renderD128", 16_000, files=("/dev/dri/renderD128",))
TABLE = (*CARDS, ROCM)
FACTS = Facts(dict(qualifiers(replace(MACHINE, gpus=TABLE))))


def holding(*cards: str, **fields: object) -> Container:
    return container(labels={GPUS: ",".join(cards)}, **fields)


def chosen(*selectors: dict[str, object], held: tuple[Container, ...] = ()) -> list[str]:
    return [card.id for card in cards_for(selectors, TABLE, FACTS, held)]


@pytest.mark.parametrize(
    ("selectors", "cards"),
    [
        ([], []),
        ([{"kind": "ram", "min": 1}], []),
        ([{"kind": "cuda"}], ["GPU-a"]),
        ([{"kind": "cuda", "count": 2}], ["GPU-a", "GPU-b"]),
        ([{"kind": "rocm"}], ["/dev/dri/renderD128"]),
        ([{"kind": "cuda"}, {"kind": "rocm"}], ["GPU-a", "/dev/dri/renderD128"]),
        ([{"kind": "cuda"}, {"kind": "cuda", "memory": 100}], ["GPU-a"]),
        ([{"kind": "oneapi", "required": False}], []),
    ],
)
def test_what_a_flavour_gets(selectors: list[dict[str, object]], cards: list[str]) -> None:
    assert chosen(*selectors) == cards


def test_taken_cards_are_passed_over() -> None:
    assert chosen({"kind": "cuda"}, held=(holding("GPU-a"),)) == ["GPU-b"]


@pytest.mark.parametrize("state", [State.EXITED, State.DEAD, State.REMOVING])
def test_a_container_that_ended_holds_nothing(state: State) -> None:
    assert chosen({"kind": "cuda"}, held=(holding("GPU-a", state=state),)) == ["GPU-a"]


def test_too_few_cards_are_a_clear_refusal() -> None:
    with pytest.raises(NoCardFree, match="1 free, 2 needed"):
        chosen({"kind": "cuda", "count": 2}, held=(holding("GPU-b"),))


def test_cards_of_other_machines_do_not_count() -> None:
    assert held_by([holding("GPU-x")], TABLE, FACTS) == []


def test_shared_cards_take_several_up_to_the_limit() -> None:
    shared = Facts({**FACTS.values, "cuda.sharing": "shared:2"})
    one = {"kind": "cuda", "memory": 1000}
    first = cards_for([one], CARDS, shared, [])
    second = cards_for([one], CARDS, shared, [holding(first[0].id)])
    assert [card.id for card in (*first, *second)] == ["GPU-a", "GPU-a"]
    third = cards_for([one], CARDS, shared, [holding("GPU-a"), holding("GPU-a", id="c2")])
    assert [card.id for card in third] == ["GPU-b"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["start", "stop"]), st.integers(1, 2), st.integers(0, 5)),
        max_size=30,
    )
)
def test_no_two_exclusive_apps_are_ever_on_one_card(steps: list[tuple[str, int, int]]) -> None:
    running: list[Container] = []
    for number, (verb, count, which) in enumerate(steps):
        if verb == "stop" and running:
            running.pop(which % len(running))
            continue
        try:
            cards = cards_for([{"kind": "cuda", "count": count}], CARDS, FACTS, running)
        except NoCardFree:
            held = {card for one in running for card in one.labels[GPUS].split(",")}
            assert len(CARDS) - len(held) < count
            continue
        assert len(cards) == count
        running.append(holding(*(card.id for card in cards), id=f"c{number}"))
    given_away = [card for one in running for card in one.labels[GPUS].split(",")]
    assert len(given_away) == len(set(given_away))


@given(st.permutations([1, 2, 3]))
def test_of_several_that_chose_one_card_at_once_exactly_one_keeps_it(order: list[int]) -> None:
    """Each is made, then looks at all made so far; only the oldest stays."""
    made: list[Container] = []
    stayed = []
    for number in order:
        mine = holding("GPU-a", id=f"c{number}", state=State.CREATED, created_at=str(len(made)))
        made.append(mine)
        if not lost_race(mine, made, CARDS, FACTS):
            stayed.append(mine.id)
    assert stayed == [made[0].id]


def test_a_race_for_a_shared_card_has_no_loser() -> None:
    shared = Facts({**FACTS.values, "cuda.sharing": "shared"})
    older = holding("GPU-a", id="c1", created_at="1")
    mine = holding("GPU-a", id="c2", created_at="2", state=State.CREATED)
    assert lost_race(mine, [older, mine], CARDS, FACTS)
    assert not lost_race(mine, [older, mine], CARDS, shared)
    assert not lost_race(mine, [replace(older, state=State.EXITED), mine], CARDS, FACTS)
