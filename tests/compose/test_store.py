"""An app from the store, run by the deployer that is one of the containers."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import daemon
import pytest
from author import Author
from installation import Installation
from lab import Lab
from platform_handle import BAUHOF
from processes import Caller, Message, Program, eventually

APP = "org.example.counter"
JOURNAL = "/var/tmp/rekuest_journal.db"
PATIENCE = 240.0


@pytest.fixture(scope="module")
def author(
    tmp_path_factory: pytest.TempPathFactory, engine: daemon.Engine, base: str, python: Path
) -> Author:
    """An author who has packed an app."""
    folder = tmp_path_factory.mktemp("author") / "app"
    author = Author(folder, identifier=APP, base=base, engine=engine, python=python)
    author.init()
    author.build()
    return author


@pytest.fixture
def customer(lab: Lab) -> Iterator[Caller]:
    """A program in the organization whose apps the deployer runs."""
    key = lab.platform.run("key", "create", "--user", "admin", "--org", "default")["key"]
    program = lab.start("caller", "customer", key=key)
    yield Caller(program)
    program.close()


def published(author: Author, installation: Installation, tag: str) -> None:
    """Push the image, and put what describes it where the app store reads."""
    author.publish(tag)
    host = installation.repositories / "org" / "counter"
    shutil.copytree(author.folder / ".arkitekt", host / ".arkitekt")
    for path in (installation.repositories, *installation.repositories.rglob("*")):
        # kabinet reads it as its own user.
        path.chmod(0o755 if path.is_dir() else 0o644)


def app_container(installation: Installation) -> str:
    """The container of the app."""
    label = "label=live.bauhof.engine=" + installation.engine_id("default")
    (found,) = installation.docker("ps", "-q", "--filter", label).split()
    return found


def offered(customer: Caller, interface: str) -> Message:
    """What the app offers at an interface, once it has logged in and registered."""

    def look() -> Message | None:
        order = customer.order("invoke", method="aget_agent_by_identifiers", args={"app": APP})
        return None if "error" in order.end() else customer.implementation(APP, interface)

    found: Message = eventually(look, f"{interface} of {APP}", timeout=PATIENCE)
    return found


def started_at(installation: Installation) -> str:
    """When the container of the app was started last."""
    shown = ("inspect", "--format", "{{.State.StartedAt}}")
    return installation.docker(*shown, app_container(installation))


def deployer_pid(installation: Installation) -> int:
    """The process of the deployer in its container, 0 while there is none."""
    ident = installation.containers()["deployer"]
    rows = installation.docker("top", ident, "-eo", "pid,args").splitlines()
    return next((int(row.split()[0]) for row in rows if row.endswith("-m deployers.docker")), 0)


def test_an_app_is_published_installed_answers_and_is_removed(
    installation: Installation, customer: Caller, author: Author, registry: str, tmp_path: Path
) -> None:
    published(author, installation, f"{registry}/{installation.project}/counter:0.1.0")
    assert installation.run("store", "import", "github:org/counter")["releases"] == 1
    installation.run("store", "approve", APP)
    made = installation.run("store", "install", APP)
    assert (made["app"], made["status"]) == (APP, "RUNNING")

    counting = offered(customer, "count_words")
    assert customer.call(counting, text="one two three").result(PATIENCE) == 3
    assert "counter 0.1.0 starts" in installation.docker("logs", app_container(installation))
    logs = Program(
        [str(BAUHOF), "store", "logs", APP, "--home", str(installation.root), "--json"],
        home=tmp_path,
        environment=installation.environ,
    )
    logs.wait(line="counter 0.1.0 starts", timeout=PATIENCE)
    logs.close()

    # Its own user may not write to the folder of the app; what it must not forget is kept.
    before = installation.docker("exec", app_container(installation), "stat", "-c", "%i", JOURNAL)
    installation.run("store", "restart", APP)
    after = installation.docker("exec", app_container(installation), "stat", "-c", "%i", JOURNAL)
    assert before == after, "it was lost with the restart"

    # The deployer dies and comes back; the app goes on and keeps its platform.
    since = started_at(installation)
    died = deployer_pid(installation)
    os.kill(died, signal.SIGKILL)
    eventually(lambda: deployer_pid(installation) not in (0, died), "another one", PATIENCE)
    assert customer.call(counting, text="one two").result(PATIENCE) == 2
    assert started_at(installation) == since

    assert [row["app"] for row in installation.run("store", "list")] == [APP]
    # It takes orders again once it is connected; until then one is refused, with the way out.
    words = ("store", "remove", APP, "--with-data")
    eventually(lambda: installation.call(*words).returncode == 0, "the removal", PATIENCE)
    label = "label=live.bauhof.engine=" + installation.engine_id("default")
    assert installation.docker("ps", "-aq", "--filter", label) == ""
