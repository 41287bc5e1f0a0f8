"""A device login is approved, narrowed and refused on the command line."""

from __future__ import annotations

from lab import Lab
from processes import Message, Program

APP = "org.example.bench"


def log_in(lab: Lab, identity: str, **environment: str) -> tuple[Program, Message]:
    """Start a device login; the program and the code it asks a person to approve."""
    program = lab.start("login", identity, APP=APP, **environment)
    return program, program.wait(what="code")


def test_a_login_is_listed_and_approved(lab: Lab) -> None:
    program, code = log_in(lab, "approved")
    listed = lab.platform.run("device", "list")
    assert code["code"] in str(listed)
    assert APP in str(listed)

    lab.approve(code["code"])

    granted = program.wait(what="granted")
    assert granted["statuses"] == {"rekuest": "granted", "mikro": "granted"}
    assert granted["instances"] == ["mikro", "rekuest"]
    assert program.ended() == 0
    assert code["code"] not in str(lab.platform.run("device", "list"))


def test_an_optional_requirement_is_declined(lab: Lab) -> None:
    program, code = log_in(lab, "declined")

    lab.approve(code["code"], "--decline", "mikro")

    granted = program.wait(what="granted")
    assert granted["statuses"] == {"rekuest": "granted", "mikro": "denied"}
    assert granted["instances"] == ["rekuest"]


def test_a_required_one_cannot_be_declined(lab: Lab) -> None:
    program, code = log_in(lab, "required")
    member = ("--user", lab.user, "--org", lab.organization)

    refused = lab.platform.refused(
        "device", "approve", code["code"], *member, "--decline", "rekuest"
    )

    assert "rekuest" in refused
    assert not program.seen(what="granted")
    lab.approve(code["code"])
    assert program.wait(what="granted")["statuses"]["rekuest"] == "granted"


def test_a_login_is_denied(lab: Lab) -> None:
    program, code = log_in(lab, "denied")

    lab.platform.run(
        *("device", "deny", code["code"], "--user", lab.user, "--org", lab.organization)
    )

    assert program.wait(what="refused")["error"] == "UserDeniedError"


def test_an_unknown_required_service_is_refused_with_the_reason(lab: Lab) -> None:
    program, code = log_in(lab, "laser", NEEDS="laser")
    member = ("--user", lab.user, "--org", lab.organization)

    refused = lab.platform.refused("device", "approve", code["code"], *member)

    assert "org.example.laser" in refused or "laser" in refused
    assert program.alive()


def test_a_stranger_cannot_approve_for_an_organization(lab: Lab, other_lab: Lab) -> None:
    program, code = log_in(lab, "stranger")

    lab.platform.refused(
        *("device", "approve", code["code"], "--user", other_lab.user),
        *("--org", lab.organization),
    )

    assert not program.seen(what="granted")


def test_a_code_runs_out(hurried_lab: Lab, late_login: tuple[Program, Message]) -> None:
    program, code = late_login
    member = ("--user", hurried_lab.user, "--org", hurried_lab.organization)

    hurried_lab.platform.refused("device", "approve", code["code"], *member)

    assert code["expires_in"] <= 15
    refused = program.wait(what="refused")
    assert refused["error"] in {"DeviceCodeExpiredError", "DeviceCodeTimeoutError"}
