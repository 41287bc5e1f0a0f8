"""The decision over what a container is granted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kabinet_server.domain.capabilities import (
    DENIED_CAPS,
    Consent,
    cap_name,
    decide,
    folder_problem,
    missing,
    options,
)
from kabinet_server.domain.facts import Facts

YES, NO = Consent(is_granted=True), Consent(is_granted=False)


def cap(kind, name="thing", *, required=True, **more):
    return {"name": name, "kind": kind, "required": required, **more}


CAMERA = cap("device", "camera", device_class="video", target="/dev/video0")
DATA = cap("folder", "data", target="/data", read_only=True)
OUT = cap("folder", "out", target="/out", read_only=False)
ENGINE = cap("container_engine", "engine", target="/var/run/docker.sock")
ONE_CAMERA = Facts({"capability.device.video": "/dev/video2"})
TWO_CAMERAS = Facts({"capability.device.video": "/dev/video0, /dev/video2"})


def test_required_provided_and_agreed_is_granted():
    decision = decide([CAMERA], {"camera": YES}, ONE_CAMERA)
    [grant] = decision.grants
    assert (grant.host, grant.target) == ("/dev/video2", "/dev/video0")
    assert (decision.problems, decision.left_out) == ((), ())


@pytest.mark.parametrize(
    ("consents", "words"),
    [({"camera": NO}, "was declined"), ({}, "needs your decision")],
)
def test_required_and_not_agreed_stands_in_the_way(consents, words):
    decision = decide([CAMERA], consents, ONE_CAMERA)
    assert decision.grants == ()
    assert words in decision.problems[0]


def test_required_and_not_there_stands_in_the_way_whatever_was_agreed():
    decision = decide([CAMERA], {"camera": YES}, Facts({}))
    assert decision.problems == ("capability camera: this machine cannot provide a video device",)
    assert missing([CAMERA], Facts({})) == list(decision.problems)
    assert missing([CAMERA], ONE_CAMERA) == []


@pytest.mark.parametrize(
    ("consents", "facts"),
    [({"camera": NO}, ONE_CAMERA), ({}, ONE_CAMERA), ({"camera": YES}, Facts({}))],
    ids=["declined", "undecided", "missing"],
)
def test_optional_and_not_had_is_left_out(consents, facts):
    optional = {**CAMERA, "required": False}
    decision = decide([optional], consents, facts)
    assert (decision.grants, decision.left_out, decision.problems) == ((), ("camera",), ())
    assert missing([optional], facts) == []


def test_of_several_devices_a_person_chooses():
    assert "choose one of" in decide([CAMERA], {"camera": YES}, TWO_CAMERAS).problems[0]
    chosen = {"camera": Consent(is_granted=True, host="/dev/video2")}
    assert decide([CAMERA], chosen, TWO_CAMERAS).grants[0].host == "/dev/video2"
    wrong = {"camera": Consent(is_granted=True, host="/dev/video9")}
    assert "there is no device" in decide([CAMERA], wrong, TWO_CAMERAS).problems[0]


@pytest.mark.parametrize("host", ["/etc/passwd", "/dev/../etc/passwd", "video0"])
def test_a_device_is_below_dev(host):
    decision = decide([CAMERA], {"camera": Consent(is_granted=True, host=host)})
    assert "is not a device" in decision.problems[0]


def test_a_folder_is_read_unless_writing_was_agreed_to():
    given_folder = Consent(is_granted=True, host="/srv/lab/")
    assert decide([DATA], {"data": given_folder}).grants[0].is_writable is False
    assert decide([DATA], {"data": given_folder}).grants[0].host == "/srv/lab"
    assert "writes to this folder" in decide([OUT], {"out": given_folder}).problems[0]
    writable = Consent(is_granted=True, host="/srv/lab", is_writable=True)
    assert decide([OUT], {"out": writable}).grants[0].is_writable is True
    assert decide([DATA], {"data": writable}).grants[0].is_writable is False


def test_a_folder_needs_the_hosts_side():
    assert "which folder" in decide([DATA], {"data": YES}).problems[0]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//",
        "/etc",
        "/etc/ssl",
        "/root/x",
        "/var",
        "/var/run",
        "/var/run/docker.sock",
        "/var/lib/docker/volumes",
        "/proc/1",
        "relative",
        "/srv/../etc",
        "/srv/..",
        "",
    ],
)
def test_folders_of_the_system_are_never_given_away(path):
    assert folder_problem(path) is not None


def test_an_admin_can_name_the_folders_that_may_be_given():
    assert folder_problem("/srv/lab/a", ["/srv/lab"]) is None
    assert folder_problem("/srv/lab", ["/srv/lab/"]) is None
    assert "none of the folders" in str(folder_problem("/srv/labs", ["/srv/lab"]))
    assert folder_problem("/home/ada/data") is None


def test_the_engine_is_an_admins_to_give():
    there = Facts({"capability.container_engine": "true"})
    assert "as good as root" in decide([ENGINE], {"engine": YES}, there).problems[0]
    assert decide([ENGINE], {"engine": YES}, there, is_admin=True).grants[0].name == "engine"
    assert decide([ENGINE], {"engine": YES}, Facts({}), is_admin=True).grants == ()


@pytest.mark.parametrize("name", sorted(DENIED_CAPS))
@pytest.mark.parametrize("prefix", ["", "CAP_"])
def test_linux_capabilities_like_root_are_an_admins_to_give(name, prefix):
    wanted = cap("linux_capability", "power", cap=prefix + name)
    assert "as good as root" in decide([wanted], {"power": YES}).problems[0]
    assert decide([wanted], {"power": YES}, is_admin=True).grants[0].value == name


def test_linux_capabilities_lose_their_prefix():
    assert cap_name("CAP_SYS_NICE") == "SYS_NICE"
    wanted = cap("linux_capability", "nice", cap="CAP_SYS_NICE")
    assert decide([wanted], {"nice": YES}).grants[0].value == "SYS_NICE"


def test_plain_capabilities_are_granted_as_asked():
    wanted = [cap("shared_memory", "shm", min=1024), cap("host_network", "net")]
    grants = decide(wanted, {"shm": YES, "net": YES}, Facts({})).grants
    assert [(one.kind, one.value) for one in grants] == [
        ("shared_memory", "1024"),
        ("host_network", None),
    ]


def test_a_machine_can_say_that_it_does_not_offer_a_kind():
    net = cap("host_network", "net")
    assert options(net, Facts({"capability.host_network": "false"})) is None
    assert options(net, Facts({"capability.host_network": "true"})) == ()


def test_two_capabilities_of_one_target_are_refused():
    twice = [DATA, {**DATA, "name": "more", "target": "/data/"}]
    given_folder = Consent(is_granted=True, host="/srv/lab")
    decision = decide(twice, {"data": given_folder, "more": given_folder})
    assert decision.problems == ("capability more: /data is the target of data too",)


kinds = st.sampled_from([CAMERA, DATA, OUT, ENGINE, cap("shared_memory", "shm", min=1)])


@given(st.lists(kinds, max_size=5, unique_by=lambda one: one["name"]), st.data())
def test_nothing_is_granted_that_was_not_agreed_to(capabilities, data):
    consents = {
        one["name"]: Consent(
            is_granted=data.draw(st.booleans()),
            host=data.draw(st.sampled_from([None, "/srv/lab", "/dev/video0"])),
            is_writable=data.draw(st.booleans()),
        )
        for one in capabilities
        if data.draw(st.booleans())
    }
    decision = decide(capabilities, consents, is_admin=data.draw(st.booleans()))
    for grant in decision.grants:
        assert consents[grant.name].is_granted
        assert not grant.is_writable or consents[grant.name].is_writable
    told = {one.name for one in decision.grants} | set(decision.left_out)
    assert len(told) + len(decision.problems) == len(capabilities)
