"""The matching of flavours and resources: the agreed cases, the outcomes, and its algebra."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet_server.domain.facts import Facts
from kabinet_server.domain.matching import (
    FlavourFacts,
    ResourceFacts,
    accelerated,
    match_flavours,
    match_selectors,
    scarce,
)

BIG = {
    "cpu.count": "16",
    "cpu.frequency": "3600",
    "cpu.arch": "x86_64",
    "ram.total": "64000",
    "cuda.count": "2",
    "cuda.computeCapability": "8.9",
    "cuda.version": "12.10",
    "cuda.memory": "24000",
    "site": "lab1",
    "empty": "",
}
AMD = {"rocm.count": "1", "rocm.apiVersion": "6.1", "cpu.arch": "amd64", "cpu.count": "8"}


def sel(kind, *, required=True, weight=1, **demands):
    return {"kind": kind, "required": required, "weight": weight, **demands}


SOFT_CUDA = sel("cuda", required=False, weight=10)
CASES = [
    ("no selectors", [], BIG, 0),
    ("cpu, nothing set", [sel("cpu")], {}, 0),
    ("ram, nothing set", [sel("ram")], {}, 0),
    ("cpu minCount 16 of 16", [sel("cpu", min_count=16)], BIG, 0),
    ("cpu minCount 17 of 16", [sel("cpu", min_count=17)], BIG, "cpu.count: 16 < 17"),
    (
        "cpu minCount on undeclared",
        [sel("cpu", min_count=1)],
        {},
        "cpu.count: not declared by the resource",
    ),
    ("arch amd64 on x86_64", [sel("cpu", arch="amd64")], BIG, 0),
    ("arch arm64/v8 on aarch64", [sel("cpu", arch="linux/arm64/v8")], {"cpu.arch": "aarch64"}, 0),
    (
        "arch amd64 on aarch64",
        [sel("cpu", arch="amd64")],
        {"cpu.arch": "aarch64"},
        "cpu.arch: aarch64 != amd64",
    ),
    ("ram 64000 of 64000", [sel("ram", min=64000)], BIG, 0),
    (
        "ram 16000 of 8000",
        [sel("ram", min=16000)],
        {"ram.total": "8000"},
        "ram.total: 8000 < 16000",
    ),
    ("cuda bare, gpu=true only", [sel("cuda")], {"gpu": "true"}, 0),
    ("cuda bare, gpu=false", [sel("cuda")], {"gpu": "false"}, "cuda.count: 0 < 1"),
    ("cuda bare, nothing declared", [sel("cuda")], {}, "cuda.count: 0 < 1"),
    ("cuda count 2, gpu=true only", [sel("cuda", count=2)], {"gpu": "true"}, "cuda.count: 1 < 2"),
    ("cuda cc 8.6 of 8.9", [sel("cuda", compute_capability="8.6")], BIG, 0),
    (
        "cuda cc 8.10 of 8.9 (numeric, not text)",
        [sel("cuda", compute_capability="8.10")],
        BIG,
        "cuda.computeCapability: 8.9 < 8.10",
    ),
    ("cuda version 12.9 of 12.10", [sel("cuda", cuda_version="12.9")], BIG, 0),
    ("cuda version 12 of 12.10", [sel("cuda", cuda_version="12")], BIG, 0),
    (
        "cuda cc on gpu=true only",
        [sel("cuda", compute_capability="7.0")],
        {"gpu": "true"},
        "cuda.computeCapability: not declared by the resource",
    ),
    (
        "cuda cc unreadable demand",
        [sel("cuda", compute_capability="ampere")],
        BIG,
        "cuda.computeCapability: demand 'ampere' cannot be read",
    ),
    ("cuda memory 24000 of 24000", [sel("cuda", memory=24000)], BIG, 0),
    ("cuda count 3 of 2", [sel("cuda", count=3)], BIG, "cuda.count: 2 < 3"),
    ("cuda count 0 (read as 1)", [sel("cuda", count=0)], BIG, 0),
    ("rocm bare on AMD", [sel("rocm")], AMD, 0),
    ("rocm bare on NVIDIA", [sel("rocm")], BIG, "rocm.count: 0 < 1"),
    ("rocm 6.2 of 6.1", [sel("rocm", api_version="6.2")], AMD, "rocm.apiVersion: 6.1 < 6.2"),
    ("oneapi bare on nothing", [sel("oneapi")], {}, "oneapi.count: 0 < 1"),
    ("label exists", [sel("label", key="site")], BIG, 0),
    ("label equal", [sel("label", key="site", value="lab1")], BIG, 0),
    (
        "label other case",
        [sel("label", key="site", value="Lab1")],
        BIG,
        "label site: 'lab1' != 'Lab1'",
    ),
    ("label absent", [sel("label", key="zone")], BIG, "label zone: absent"),
    ("label null value, empty qualifier", [sel("label", key="empty", value=None)], BIG, 0),
    ('label "" value, empty qualifier', [sel("label", key="empty", value="")], BIG, 0),
    ("soft cuda absent: fits, 0", [SOFT_CUDA], {}, 0),
    ("soft cuda present: fits, 10", [SOFT_CUDA], BIG, 10),
    ("hard weight ignored", [sel("cuda", weight=50)], BIG, 0),
    (
        "two soft add up",
        [sel("cuda", required=False, weight=3), sel("ram", required=False, weight=4)],
        BIG,
        7,
    ),
    ("negative soft weight repels", [sel("label", key="site", required=False, weight=-3)], BIG, -3),
    (
        "two hard of one kind are ANDed",
        [sel("ram", min=1), sel("ram", min=99999)],
        BIG,
        "ram.total: 64000 < 99999",
    ),
    (
        "hard fails, soft holds",
        [sel("rocm"), sel("ram", required=False, weight=9)],
        BIG,
        "rocm.count: 0 < 1",
    ),
]


@pytest.mark.parametrize(
    ("selectors", "qualifiers", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_the_agreed_cases(selectors, qualifiers, expected):
    verdict = match_selectors(selectors, Facts(qualifiers))
    if isinstance(expected, str):
        assert (verdict.fits, verdict.reason) == (False, expected)
    else:
        assert (verdict.fits, verdict.score, verdict.reason) == (True, expected, "")


def test_there_are_forty_one_of_them():
    assert len(CASES) == 41
    assert len({case[0] for case in CASES}) == 41


@pytest.mark.parametrize(
    ("selector", "qualifiers", "reason"),
    [
        (sel("cpu", frequency=4000.0), BIG, "cpu.frequency: 3600 < 4000"),
        (sel("cpu", arch="amd64"), {}, "cpu.arch: not declared by the resource"),
        (
            sel("ram", min=1),
            {"ram.total": "lots"},
            "ram.total: declared as 'lots', which cannot be read",
        ),
        (
            sel("cuda", cuda_version="12"),
            {"cuda.count": "1", "cuda.version": "new"},
            "cuda.version: declared as 'new', which cannot be read",
        ),
        (sel("cuda", cuda_cores=9000), BIG, "cuda.cores: not declared by the resource"),
        (sel("rocm", api_thing="xnack"), AMD, "label rocm.apiThing: absent"),
        (
            sel("oneapi", oneapi_version="2025"),
            {"oneapi.count": "1", "oneapi.version": "2024.2"},
            "oneapi.version: 2024.2 < 2025",
        ),
        (sel("service", key="x"), BIG, "service: this kind of selector is not known"),
    ],
)
def test_further_reasons(selector, qualifiers, reason):
    assert match_selectors([selector], Facts(qualifiers)).reasons == (reason,)


def test_every_reason_is_told():
    selectors = [sel("rocm"), sel("ram", min=10**6)]
    verdict = match_selectors(selectors, Facts(BIG), platforms=["linux/arm64"])
    assert verdict.reasons == (
        "rocm.count: 0 < 1",
        "ram.total: 64000 < 1000000",
        "platform: x86_64 is not among linux/arm64",
    )


def test_an_unknown_wish_of_a_later_spec_adds_nothing():
    verdict = match_selectors([sel("npu", required=False, weight=5)], Facts(BIG))
    assert (verdict.fits, verdict.score) == (True, 0)


VANILLA = FlavourFacts(1, "vanilla")
CUDA = FlavourFacts(2, "cuda", [sel("cuda")])
ROCM = FlavourFacts(3, "rocm", [sel("rocm")])
WISHES = FlavourFacts(2, "cuda", [SOFT_CUDA])


def on(qualifiers, number=1, **more):
    return ResourceFacts(number, Facts(qualifiers), **more)


@pytest.mark.parametrize(
    ("flavours", "qualifiers", "chosen"),
    [
        ([VANILLA, CUDA], BIG, "cuda"),
        ([VANILLA, CUDA], {"cpu.arch": "amd64"}, "vanilla"),
        ([VANILLA, CUDA], AMD, "vanilla"),
        ([VANILLA, CUDA, ROCM], AMD, "rocm"),
        ([VANILLA, WISHES], {}, "vanilla"),
        ([VANILLA, WISHES], BIG, "cuda"),
    ],
    ids=["card", "no card", "other card", "AMD card", "wish without card", "wish with card"],
)
def test_the_right_flavour_is_chosen(flavours, qualifiers, chosen):
    placement = match_flavours(flavours, [on(qualifiers)])
    assert placement.fits[0].flavour.name == chosen
    assert placement.nearest is None


def test_what_was_passed_over_is_told_with_its_reason():
    placement = match_flavours([VANILLA, CUDA], [on({})])
    assert [one.flavour.name for one in placement.misfits] == ["cuda"]
    assert placement.explanation() == "cuda: cuda.count: 0 < 1"


def test_nothing_fits_and_the_nearest_is_named():
    placement = match_flavours([CUDA, FlavourFacts(4, "big", [sel("cuda"), sel("rocm")])], [on({})])
    assert placement.fits == ()
    assert placement.nearest is not None
    assert placement.nearest.flavour.name == "cuda"
    assert placement.explanation() == (
        "cuda: cuda.count: 0 < 1 | big: cuda.count: 0 < 1; rocm.count: 0 < 1"
    )


def test_an_image_of_another_platform_is_refused_without_a_selector():
    arm = FlavourFacts(1, "vanilla", platforms=["linux/arm64"])
    placement = match_flavours([arm], [on({"cpu.arch": "amd64"})])
    assert placement.misfits[0].verdict.reason == "platform: amd64 is not among linux/arm64"
    both = FlavourFacts(1, "vanilla", platforms=["linux/arm64", "linux/amd64"])
    assert match_flavours([both], [on({"cpu.arch": "x86_64"})]).fits


def test_another_backends_resource_is_offered():
    placement = match_flavours([CUDA], [on({}, 1), on(BIG, 2)])
    assert [one.resource.id for one in placement.fits] == [2]
    assert [one.resource.id for one in placement.misfits] == [1]


def test_a_refusal_of_the_resource_stands_beside_the_hardware():
    taken = on(BIG, refusals={2: "in use: cuda: 0 free, 1 needed"})
    placement = match_flavours([VANILLA, CUDA], [taken])
    assert [one.flavour.name for one in placement.fits] == ["vanilla"]
    assert placement.misfits[0].verdict.reason.startswith("in use")


def test_newer_releases_come_first_and_proper_ones_before_channels():
    old = FlavourFacts(1, "vanilla", version="1.9.0")
    new = FlavourFacts(2, "vanilla", version="1.10.0")
    head = FlavourFacts(3, "vanilla", version="2.0.0-dev.abc", is_channel=True)
    found = match_flavours([head, old, new], [on({})]).fits
    assert [one.flavour.id for one in found] == [2, 1, 3]


def test_free_resources_come_first_then_names_and_ids():
    found = match_flavours([VANILLA], [on({}, 3, free=0.2), on({}, 2), on({}, 1)]).fits
    assert [one.resource.id for one in found] == [1, 2, 3]


def test_accelerators_are_counted_by_kind_whether_wished_or_needed():
    assert scarce([sel("cuda"), SOFT_CUDA, sel("ram")]) == 2
    assert accelerated([sel("cuda")])
    assert not accelerated([SOFT_CUDA])


numbers = st.integers(0, 64)
selectors_of = st.lists(
    st.one_of(
        st.builds(lambda n, r: sel("cpu", min_count=n, required=r), numbers, st.booleans()),
        st.builds(lambda n, r: sel("ram", min=n, required=r), numbers, st.booleans()),
        st.builds(lambda n, r: sel("cuda", count=n, required=r), numbers, st.booleans()),
        st.builds(
            lambda n, r: sel("cuda", cuda_version=f"12.{n}", required=r), numbers, st.booleans()
        ),
    ),
    max_size=6,
)
machines = st.fixed_dictionaries(
    {},
    optional={
        "cpu.count": numbers.map(str),
        "ram.total": numbers.map(str),
        "cuda.count": numbers.map(str),
        "cuda.version": numbers.map(lambda n: f"12.{n}"),
    },
)


@given(selectors_of, machines, st.sampled_from(["cpu.count", "ram.total", "cuda.count"]), numbers)
def test_a_better_machine_never_fits_worse(selectors, machine, key, more):
    """Monotone: whatever fits, and whatever it scores, more hardware keeps (weights are not
    negative here)."""
    before = match_selectors(selectors, Facts(machine))
    better = {**machine, key: str(int(machine.get(key, "0")) + more)}
    after = match_selectors(selectors, Facts(better))
    if before.fits:
        assert after.fits
        assert after.score >= before.score


@given(selectors_of, machines, selectors_of)
def test_a_further_hard_selector_never_makes_a_misfit_fit(selectors, machine, others):
    hard = [{**one, "required": True} for one in others]
    if not match_selectors(selectors, Facts(machine)).fits:
        assert not match_selectors([*selectors, *hard], Facts(machine)).fits


@given(selectors_of, machines, st.randoms())
def test_the_order_of_selectors_does_not_matter(selectors, machine, random):
    shuffled = list(selectors)
    random.shuffle(shuffled)
    one, other = (match_selectors(each, Facts(machine)) for each in (selectors, shuffled))
    assert (one.fits, one.score, sorted(one.reasons)) == (
        other.fits,
        other.score,
        sorted(other.reasons),
    )


@given(st.lists(machines, max_size=4), st.randoms())
def test_the_choice_does_not_depend_on_the_order_of_what_is_offered(found, random):
    resources = [on(machine, number) for number, machine in enumerate(found)]
    flavours = [VANILLA, CUDA, ROCM]
    first = match_flavours(flavours, resources)
    random.shuffle(resources)
    random.shuffle(flavours)
    assert match_flavours(flavours, resources).fits == first.fits
