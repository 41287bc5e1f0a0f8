"""Who holds which card: no two that want it alone ever do."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kabinet_server.domain.facts import Facts
from kabinet_server.domain.kinds import LeaseMode
from kabinet_server.domain.leases import (
    Demand,
    Device,
    Held,
    allocate,
    demand_of,
    devices_of,
    free_share,
    sharing,
)

ALONE, TOGETHER, SLICE = LeaseMode.EXCLUSIVE, LeaseMode.SHARED, LeaseMode.SLICE
TWO = Facts({"cuda.devices": "GPU-a:24000, GPU-b:8000", "cuda.count": "2"})
SHARED = Facts({"cuda.devices": "GPU-a:24000,GPU-b:8000", "cuda.sharing": "shared:2"})
SLICES = Facts({"cuda.slices": "MIG-1:5000,MIG-2:10000", "cuda.sharing": "slice"})


def cuda(count=1, memory=0.0, **amounts):
    return Demand({"cuda": count}, {"cuda": memory}, **amounts)


def devices(allocation):
    assert allocation.problem is None, allocation.problem
    return [one.device for one in allocation.leases if one.device]


def test_cards_are_read_with_their_memory_in_order():
    assert devices_of("cuda", TWO) == [Device("GPU-a", 24000), Device("GPU-b", 8000)]
    numbered = Facts({"cuda.count": "2", "cuda.memory": "9000"})
    assert devices_of("cuda", numbered) == [Device("0", 9000), Device("1", 9000)]
    assert devices_of("cuda", SLICES) == [Device("MIG-1", 5000), Device("MIG-2", 10000)]
    assert devices_of("cuda", Facts({"cuda.devices": "a,,a: 1"})) == [Device("a")]
    assert devices_of("rocm", TWO) == []


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        (None, (ALONE, 1)),
        ("exclusive", (ALONE, 1)),
        ("Shared:3", (TOGETHER, 3)),
        ("shared", (TOGETHER, 4)),
        ("shared:none", (TOGETHER, 4)),
        ("slice", (SLICE, 1)),
        ("whatever", (ALONE, 1)),
    ],
)
def test_the_mode_is_read_and_in_doubt_a_card_is_held_alone(word, mode):
    assert sharing("cuda", Facts({} if word is None else {"cuda.sharing": word})) == mode


def test_a_card_held_alone_is_not_given_again():
    held = [Held("cuda", "GPU-a", ALONE)]
    assert devices(allocate(cuda(), TWO, held)) == ["GPU-b"]
    both = [*held, Held("cuda", "GPU-b", ALONE)]
    assert allocate(cuda(), TWO, both).problem == "cuda: 0 free, 1 needed"
    assert allocate(cuda(2), TWO, held).problem == "cuda: 1 free, 2 needed"


def test_a_card_needs_the_memory_that_is_asked_for():
    assert devices(allocate(cuda(memory=10000), TWO, [])) == ["GPU-a"]
    assert allocate(cuda(2, memory=10000), TWO, []).problem == "cuda: 1 free, 2 needed"


def test_a_shared_card_takes_as_many_as_it_may_and_as_its_memory_holds():
    one = Held("cuda", "GPU-a", TOGETHER, 20000)
    assert devices(allocate(cuda(memory=4000), SHARED, [one])) == ["GPU-a"]
    assert devices(allocate(cuda(memory=5000), SHARED, [one])) == ["GPU-b"]
    full = [one, Held("cuda", "GPU-a", TOGETHER, 0)]
    assert devices(allocate(cuda(), SHARED, full)) == ["GPU-b"]


def test_used_cards_are_filled_before_whole_ones_are_broken():
    held = [Held("cuda", "GPU-b", TOGETHER, 100)]
    assert devices(allocate(cuda(memory=100), SHARED, held)) == ["GPU-b"]


def test_a_change_of_policy_shares_no_card_that_is_held_alone():
    held = [Held("cuda", "GPU-a", ALONE), Held("cuda", "GPU-b", ALONE)]
    assert allocate(cuda(), SHARED, held).problem is not None
    shared = [Held("cuda", "GPU-a", TOGETHER), Held("cuda", "GPU-b", TOGETHER)]
    assert allocate(cuda(), TWO, shared).problem is not None


def test_slices_are_given_by_their_own_names():
    assert devices(allocate(cuda(memory=8000), SLICES, [])) == ["MIG-2"]
    assert devices(allocate(cuda(), SLICES, [Held("cuda", "MIG-1", SLICE)])) == ["MIG-2"]


def test_a_container_gets_the_cards_it_was_made_with_or_none():
    assert devices(allocate(cuda(), TWO, [], wanted=["GPU-b"])) == ["GPU-b"]
    held = [Held("cuda", "GPU-b", ALONE)]
    assert allocate(cuda(), TWO, held, wanted=["GPU-b"]).problem is not None


def test_cores_and_memory_are_counted_where_they_are_declared():
    facts = Facts({"cpu.count": "4", "ram.total": "1000"})
    demand = Demand({}, {}, cpu=3, ram=500)
    first = allocate(demand, facts, [])
    assert [(one.kind, one.amount) for one in first.leases] == [("cpu", 3), ("ram", 500)]
    assert allocate(demand, facts, first.leases).problem == "cpu: 1 free, 3 needed"
    assert allocate(demand, Facts({}), first.leases).problem is None
    assert allocate(Demand({}, {}), facts, first.leases).leases == ()


def test_what_a_flavour_takes_is_read_from_its_selectors():
    selectors = [
        {"kind": "cuda", "required": True, "count": 2, "memory": 4000},
        {"kind": "cuda", "required": True, "count": None, "memory": 6000},
        {"kind": "rocm", "required": False},
        {"kind": "cpu", "required": True, "min_count": 4},
        {"kind": "cpu", "required": False, "min_count": 40},
        {"kind": "ram", "min": 100},
        {"kind": "label", "key": "site"},
    ]
    demand = demand_of(selectors, TWO)
    assert demand == Demand({"cuda": 2}, {"cuda": 6000.0}, cpu=4.0, ram=100.0)
    liked = demand_of([{"kind": "cuda", "required": False}], TWO)
    assert liked.devices == {"cuda": 1}
    assert demand_of([{"kind": "cuda", "required": False}], Facts({})).devices == {}


def test_what_is_left_is_that_of_the_scarcest():
    facts = Facts({"cpu.count": "4", "ram.total": "1000", "cuda.count": "2"})
    assert free_share(facts, []) == 1
    assert free_share(facts, [Held("cpu", amount=1)]) == 0.75
    assert free_share(facts, [Held("cpu", amount=1), Held("cuda", "0", ALONE)]) == 0.5
    assert free_share(facts, [Held("ram", amount=5000)]) == 0
    assert free_share(Facts({}), []) == 1


class Cards(RuleBasedStateMachine):
    """Containers come and go while the policy changes under them."""

    def __init__(self):
        super().__init__()
        self.policy = "exclusive"
        self.containers = []

    @property
    def facts(self):
        return Facts(
            {
                "cuda.devices": "a:100,b:100,c:50",
                "cuda.slices": "s1:25,s2:25",
                "cuda.sharing": self.policy,
                "cpu.count": "8",
            }
        )

    @rule(policy=st.sampled_from(["exclusive", "shared:2", "slice"]))
    def change(self, policy):
        self.policy = policy

    @rule(count=st.integers(1, 3), memory=st.integers(0, 60), cpu=st.integers(0, 4))
    def start(self, count, memory, cpu):
        held = [lease for container in self.containers for lease in container]
        allocation = allocate(cuda(count, float(memory), cpu=cpu), self.facts, held)
        if allocation.problem is None:
            assert len([one for one in allocation.leases if one.device]) == count
            self.containers.append(allocation.leases)
        else:
            assert allocation.leases == ()

    @rule(data=st.data())
    def stop(self, data):
        if self.containers:
            self.containers.pop(data.draw(st.integers(0, len(self.containers) - 1)))

    @invariant()
    def nobody_shares_what_is_held_alone(self):
        held = [lease for container in self.containers for lease in container if lease.device]
        users = Counter(lease.device for lease in held)
        for lease in held:
            if lease.mode is not TOGETHER:
                assert users[lease.device] == 1
            else:
                assert users[lease.device] <= 2
        for device in "abc":
            assert sum(one.amount for one in held if one.device == device) <= 100

    @invariant()
    def no_more_cores_are_given_than_there_are(self):
        held = [lease for container in self.containers for lease in container]
        assert sum(lease.amount for lease in held if lease.kind == "cpu") <= 8


TestCards = Cards.TestCase


@given(st.integers(1, 4), st.lists(st.sampled_from("abcd"), unique=True))
def test_no_device_is_given_twice_to_one_container(count, taken):
    facts = Facts({"cuda.devices": "a,b,c,d"})
    held = [Held("cuda", device, ALONE) for device in taken]
    allocation = allocate(cuda(count), facts, held)
    if count > 4 - len(taken):
        assert allocation.problem is not None
    else:
        given_devices = devices(allocation)
        assert len(set(given_devices)) == count
        assert not set(given_devices) & set(taken)
