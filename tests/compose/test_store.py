"""An app from the store, run by the deployer that is one of the containers."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import daemon
import pytest
from author import Author
from installation import Installation
from lab import Lab
from platform_handle import BAUHOF
from processes import Caller, Message, Program, eventually
from secret_words import secret_words

APP = "org.example.counter"
JOURNAL = "/var/tmp/rekuest_journal.db"
PATIENCE = 480.0


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


@pytest.fixture(scope="module")
def counter(installation: Installation, author: Author, registry: str) -> str:
    """The app, published and approved."""
    published(author, installation, f"{registry}/{installation.project}/counter:0.1.0")
    assert installation.run("store", "import", "github:org/counter")["releases"] == 1
    installation.run("store", "approve", APP)
    return APP


@pytest.fixture
def installed(installation: Installation, counter: str) -> None:
    """The app runs; whichever test is the first has it installed."""
    if not installation.run("store", "list"):
        eventually(lambda: obeyed(installation, "install", counter), "the install", PATIENCE)
    (row,) = installation.run("store", "list")
    assert (row["app"], row["status"]) == (counter, "RUNNING")


@pytest.fixture
def shopping(lab: Lab) -> Callable[[], Caller]:
    """Starts a program in the organization whose apps the deployer runs; the lab ends it."""
    key = lab.platform.run("key", "create", "--user", "admin", "--org", "default")["key"]
    return lambda: Caller(lab.start("caller", "customer", key=key))


def published(author: Author, installation: Installation, tag: str) -> None:
    """Push the image, and put what describes it where the app store reads."""
    author.publish(tag)
    host = installation.repositories / "org" / "counter"
    shutil.copytree(author.folder / ".arkitekt", host / ".arkitekt")
    for path in (installation.repositories, *installation.repositories.rglob("*")):
        # kabinet reads it as its own user.
        path.chmod(0o755 if path.is_dir() else 0o644)


def app_containers(installation: Installation, *words: str) -> list[str]:
    """The containers of the deployer that run."""
    label = "label=live.bauhof.engine=" + installation.engine_id("default")
    return installation.docker("ps", "-q", "--filter", label, *words).split()


def app_container(installation: Installation) -> str:
    """The container of the app."""
    (found,) = app_containers(installation)
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


def obeyed(installation: Installation, *words: str) -> bool:
    """Whether the deployer did as it was told; it takes orders only while it is connected."""
    return installation.call("store", *words).returncode == 0


def counts(customer: Caller) -> None:
    """The app is there, and answers."""
    counting = offered(customer, "count_words")
    assert customer.call(counting, text="one two three").result(PATIENCE) == 3
    customer.program.close()


def is_running(installation: Installation) -> bool:
    """Whether the store and the engine agree that the app runs."""
    rows = installation.run("store", "list")
    return [row["status"] for row in rows] == ["RUNNING"] and bool(app_containers(installation))


def its_key_is_all_it_shows(installation: Installation, container: str) -> None:
    """The released client reads its key from the environment or an argument, and nowhere else."""
    shown = installation.docker("inspect", container)
    body = json.loads(shown)[0]
    variables = dict(pair.split("=", 1) for pair in body["Config"]["Env"])
    key = variables["FAKTS_MANDATE_KEY"]
    # There and in nothing else: not in its command, its labels, its log, or that of who made it.
    assert shown.count(key) == 1
    deployer = installation.containers()["deployer"]
    elsewhere = [installation.docker("top", container, "-eo", "pid,args")]
    elsewhere += [installation.whole_log(ident) for ident in (container, deployer)]
    elsewhere += [installation.docker("inspect", deployer)]
    assert not [text for text in elsewhere if key in text]
    words = secret_words(installation.root)
    assert key not in words.values()
    texts = [shown, *elsewhere]
    assert not [where for where, word in words.items() if any(word in text for text in texts)]


@pytest.mark.usefixtures("installed")
def test_an_app_answers_and_its_log_can_be_followed(
    installation: Installation, shopping: Callable[[], Caller], tmp_path: Path
) -> None:
    counts(shopping())
    assert "counter 0.1.0 starts" in installation.docker("logs", app_container(installation))
    its_key_is_all_it_shows(installation, app_container(installation))
    logs = Program(
        [str(BAUHOF), "store", "logs", APP, "--home", str(installation.root), "--json"],
        home=tmp_path,
        environment=installation.environ,
    )
    logs.wait(line="counter 0.1.0 starts", timeout=PATIENCE)
    logs.close()


@pytest.mark.usefixtures("installed")
def test_what_an_app_must_not_forget_outlives_its_restart(installation: Installation) -> None:
    # Its own user may not write to the folder of the app.
    look = ("stat", "-c", "%i", JOURNAL)
    before = installation.docker("exec", app_container(installation), *look)
    eventually(lambda: obeyed(installation, "restart", APP), "the restart", PATIENCE)
    assert installation.docker("exec", app_container(installation), *look) == before


@pytest.mark.usefixtures("installed")
def test_the_deployer_dies_and_the_app_goes_on(
    installation: Installation, shopping: Callable[[], Caller]
) -> None:
    counts(shopping())
    since = started_at(installation)
    died = deployer_pid(installation)
    os.kill(died, signal.SIGKILL)
    eventually(lambda: deployer_pid(installation) not in (0, died), "another one", PATIENCE)
    counts(shopping())
    assert started_at(installation) == since


@pytest.mark.usefixtures("installed")
def test_the_app_comes_back_though_all_was_down_and_it_ended(
    installation: Installation, shopping: Callable[[], Caller]
) -> None:
    before = app_container(installation)
    installation.run("compose", "down")
    # No compose file knows it; it ends by itself, and the engine gives up trying.
    eventually(lambda: not app_containers(installation), "its end", PATIENCE)
    installation.up()
    eventually(lambda: is_running(installation), "its return", PATIENCE)
    assert app_container(installation) == before
    counts(shopping())


@pytest.mark.usefixtures("installed")
def test_the_app_comes_back_though_the_gateway_was_killed(
    installation: Installation, shopping: Callable[[], Caller]
) -> None:
    installation.kill("gateway")
    eventually(installation.healthy, "all to be well", PATIENCE)
    eventually(lambda: is_running(installation), "its return", PATIENCE)
    counts(shopping())


@pytest.mark.usefixtures("installed")
def test_a_removed_app_leaves_nothing_but_what_it_wrote(installation: Installation) -> None:
    # It takes orders again once it is connected; until then one is refused, with the way out.
    words = ("remove", APP, "--with-data")
    eventually(lambda: obeyed(installation, *words), "the removal", PATIENCE)
    assert app_containers(installation, "--all") == []
    kept = installation.call("store", "logs", APP, "--kept").stdout
    assert "counter 0.1.0 starts" in kept
