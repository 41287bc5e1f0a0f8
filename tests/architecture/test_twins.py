"""A module of a plain room has a test of its own, at the same place in the tree."""

from __future__ import annotations

from sources import ROOT, SERVICES, modules

ROOMS = ("domain", "wire", "policy", "operations")
#: Modules, or rooms, that are tested elsewhere: path below the top folders -> where, and why.
ELSEWHERE: dict[str, str] = {
    "rekuest/operations": "through the socket and GraphQL, tests/rekuest/{ws,graphql}: they are one"
    " machine of writer, hub and feeds, and its parts mean little alone",
    "rekuest/policy": "tests/rekuest/graphql/test_tenancy.py asks every root field in every role",
    "rekuest/wire/close_codes": "numbers; the socket tests meet each of them",
    "rekuest/domain/errors": "sentences; the doors' tests meet them",
    "rekuest/domain/kinds": "names; the state machine's test uses them all",
    "rekuest/domain/live_task": "the journal's property tests in tests/rekuest/domain",
    "mikro/operations": "by the clients' documents, tests/mikro/graphql, as clients use them",
    "mikro/policy/imaging": "tests/mikro/graphql/test_tenancy.py asks every root field",
    "mikro/domain/errors": "sentences; the doors' tests meet them",
    "mikro/domain/kinds": "names; the documents of the clients use them all",
    "mikro/domain/text": "through the doors so far; a test of its own is owed",
    "mikro/domain/transforms": "tests/mikro/domain/test_affine.py holds its algebra",
    "mikro/domain/zarr_meta": "through the doors so far; a test of its own is owed",
    "fakts/domain/session": "tests/fakts/operations/test_session.py, a state machine over it",
}


def without_twin() -> set[str]:
    """Modules of the rooms that no test of the same name stands for."""
    found = set()
    for one in modules():
        package, _, rest = one.name.partition(".")
        room, _, name = rest.partition(".")
        service = package.removesuffix("_server")
        if service not in SERVICES or room not in ROOMS or not name:
            continue
        twin = ROOT / "tests" / service / room / f"test_{name.replace('.', '_')}.py"
        if not twin.exists():
            found.add(f"{service}/{room}/{name}")
    return found


def test_every_module_of_a_plain_room_has_a_twin() -> None:
    missing = {
        path
        for path in without_twin()
        if path not in ELSEWHERE and path.rpartition("/")[0] not in ELSEWHERE
    }
    assert missing == set()


def test_exceptions_name_what_is_there() -> None:
    for path in ELSEWHERE:
        service, _, rest = path.partition("/")
        place = ROOT / service / f"{service}_server" / rest
        assert place.is_dir() or place.with_suffix(".py").exists(), path
