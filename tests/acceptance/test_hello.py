"""The five minutes of the README: a key for the admin, the example app, a call."""

from __future__ import annotations

from pathlib import Path

from lab import Lab
from platform_handle import ROOT
from processes import Program, eventually

HELLO = ROOT / "examples" / "hello"


def test_the_example_does_what_the_readme_says(lab: Lab, python: Path) -> None:
    made = lab.platform.run("key", "create", "--user", "admin", "--org", "default")
    app = lab.start((str(python), str(HELLO / "app.py")), "hello-app", key=made["key"])
    app.wait_text("hello: logging in")
    calls: list[Program] = []

    def called() -> bool:
        command = (str(python), str(HELLO / "call.py"), "Ada")
        calls.append(lab.start(command, "hello-caller", key=made["key"]))
        return calls[-1].ended() == 0

    eventually(called, "a call of greet", timeout=120)

    output = calls[-1].output
    assert output.endswith("result: Hello, Ada!")
    assert "somebody wants to greet Ada" in output
    assert [line.split()[1] for line in output.splitlines() if "step" in line] == [
        *("25", "50", "75", "100"),
    ]
    assert app.alive()


def test_the_arkitekt_command_runs_the_example(lab: Lab) -> None:
    app = lab.start(
        ("arkitekt", "--work-dir", str(HELLO), "run", "prod", "--device-id", "by-command"),
        "hello-command",
        key=lab.key_of("hello"),
    )

    app.wait_text("Registered")

    assert "greet" in app.output
    app.stop()
