"""From an author's folder to a container that answers, and back: all parts are the real ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import daemon
import pytest
from author import Author
from filtering import Filter
from lab import Lab
from platform_handle import Platform, clients_python
from processes import PATIENCE, Message, eventually
from shop import Shop

from deployers.core.adoption import DENIALS

APP = "org.example.counter"
_DUMPS = "query Dumps($id: ID!) { pod(id: $id) { latestLogDump { id } } }"
_LAST = "query Last($id: ID!) { pod(id: $id) { reported latestLogDump { logs } } }"
_KEPT = "query Kept($id: ID!) { deployment(id: $id) { latestLogDump { logs pod { id } } } }"
_SET_VALUE = """
mutation Set($key: String!, $value: JSON!) {
  setRemoteValue(input: {key: $key, value: $value}) { id }
}
"""


@pytest.fixture(scope="module")
def other(
    platform: Platform,
    engine: daemon.Engine,
    deployer_python: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    """Another lab on the same platform and engine."""
    folder = tmp_path_factory.mktemp("others")
    lab = Lab(platform, name="others", folder=folder, python=clients_python())
    with closing(Shop(lab, engine, deployer_python)) as shop:
        shop.start_deployer()
        yield shop


@pytest.fixture(scope="module")
def author(
    engine: daemon.Engine, base: str, registry: str, tag: str, tmp_path_factory
) -> tuple[Author, str]:
    """An author who has released version 0.1.0, and the repository."""
    folder = tmp_path_factory.mktemp("author")
    author = Author(
        folder / "app", identifier=APP, base=base, engine=engine, python=clients_python()
    )
    author.init()
    repository = f"{registry}/{tag}/counter"
    author.release(repository)
    return author, repository


@pytest.fixture(scope="module")
def first(shop: Shop, author: tuple[Author, str]) -> Message:
    """The first release, in the store and approved."""
    shop.take_in(author[1])
    release = shop.release(APP, "0.1.0")
    release["approval"] = shop.approve(release)
    return release


@pytest.fixture(scope="module")
def pod(shop: Shop, first: Message) -> Message:
    """The first release, deployed."""
    return shop.deploy(first)


def test_what_a_workflow_needs_is_there_while_it_needs_it(shop: Shop, first: Message) -> None:
    (wanted,) = [one for one in shop.kabinet("alist_definitions") if one["name"] == "Tell Version"]
    order = shop.order("provide", definition=wanted["id"])
    order.event("YIELD", timeout=5 * PATIENCE)
    (lent,) = shop.pods()
    assert shop.containers() == [lent["podId"]]
    # Other stories left apps that bring the same action; any that is approved will do.
    release = lent["deployment"]["flavour"]["release"]
    app = release["app"]["identifier"]
    # Whoever is given it need not wait for its app.
    assert shop.is_connected(app)
    assert shop.call(app, "tell_version") == release["version"]
    shop.cancel(order)
    shop.until(lent["id"], "STOPPED")
    assert shop.containers() == []
    shop.do("remove", pod=lent["id"], with_data=True)
    assert shop.containers(ended=True) == []
    eventually(lambda: not shop.is_connected(app), f"{app} to be gone")


def test_an_app_from_the_store_answers(shop: Shop, pod: Message) -> None:
    shop.until(pod["id"], "RUNNING")
    # Not the one that was lent and is gone.
    shop.until_served_by(APP, "0.1.0")
    assert shop.call(APP, "count_words", text="one two three") == 3
    assert shop.call(APP, "tell_version") == "0.1.0"


def test_it_runs_without_powers_and_its_key_is_nowhere_to_be_read(
    shop: Shop, pod: Message, engine: daemon.Engine
) -> None:
    assert shop.call(APP, "look_around") == "uid=1000 caps=0000000000000000 version=0.1.0"
    (found,) = json.loads(engine.docker("inspect", pod["podId"]))
    (key,) = [
        line.partition("=")[2]
        for line in found["Config"]["Env"]
        if line.startswith("FAKTS_MANDATE_KEY=")
    ]
    found["Config"].pop("Env")
    assert key not in json.dumps(found)
    assert key not in engine.docker("top", pod["podId"], "-ef")
    assert key not in engine.docker("logs", pod["podId"])
    assert key not in shop.deployer.output + shop.deployer.errors.read_text()


def test_a_second_wish_makes_no_second_container(shop: Shop, first: Message, pod: Message) -> None:
    shop.do("deploy", release=first["id"])
    assert [one["id"] for one in shop.pods()] == [pod["id"]]
    assert shop.containers() == [pod["podId"]]


def test_progress_is_told_while_it_comes_up(shop: Shop, first: Message, pod: Message) -> None:
    order = shop.do("deploy", release=first["id"])
    told = [event for event in order.events() if event["kind"] == "PROGRESS"]
    assert told[-1]["progress"] == 100


def test_the_pod_names_the_client_that_logged_in(shop: Shop, pod: Message) -> None:
    client = eventually(lambda: shop.pod(pod["id"])["clientId"], "the client of the pod")
    assert client


def test_its_log_can_be_followed(shop: Shop, pod: Message) -> None:
    order = shop.order("follow_logs", pod=pod["id"], lines=100)
    eventually(
        lambda: any("counter 0.1.0 starts" in str(event) for event in order.events()),
        "the first line",
    )
    shop.cancel(order)
    kept = shop.customer.order("kabinet_graphql", document=_DUMPS, variables={"id": pod["id"]})
    assert kept.result()["pod"]["latestLogDump"] is None


def test_stop_and_start(shop: Shop, pod: Message) -> None:
    shop.do("stop", pod=pod["id"])
    assert shop.pod(pod["id"])["status"] == "STOPPED"
    assert shop.containers() == []
    shop.do("start", pod=pod["id"])
    assert shop.pod(pod["id"])["status"] == "RUNNING"
    assert shop.call(APP, "count_words", text="a b") == 2


def test_one_that_breaks_is_told_as_failed_with_its_reason(
    shop: Shop, pod: Message, engine: daemon.Engine
) -> None:
    engine.docker("kill", "--signal", "QUIT", pod["podId"])
    shop.until(pod["id"], "FAILED")
    kept = shop.customer.order("kabinet_graphql", document=_LAST, variables={"id": pod["id"]})
    told = kept.result()["pod"]
    assert told["reported"] == "FAILED"
    assert "it ended with code 131" in told["latestLogDump"]["logs"]
    assert shop.containers() == []
    shop.do("start", pod=pod["id"])
    assert shop.call(APP, "count_words", text="a b") == 2


def test_what_has_nothing_to_do_is_stopped_and_what_works_is_not(shop: Shop, pod: Message) -> None:
    eventually(lambda: shop.pod(pod["id"])["clientId"], "the client of the pod")
    working = shop.customer.watch(shop.offered(APP, "rest"), seconds=3600)
    working.event("STARTED")
    shop.do("cull_idle", minutes=0.0)
    assert shop.containers() == [pod["podId"]]
    shop.cancel(working)
    shop.do("cull_idle", minutes=60.0)
    assert shop.containers() == [pod["podId"]]
    shop.do("cull_idle", minutes=0.0)
    assert shop.pod(pod["id"])["status"] == "STOPPED"
    assert shop.containers() == []
    shop.do("start", pod=pod["id"])
    assert shop.call(APP, "count_words", text="a b") == 2


def test_a_deployer_that_was_killed_adopts_what_runs(shop: Shop, pod: Message) -> None:
    before, since = shop.deployer_pid(), shop.running_since(pod["podId"])
    shop.kill_deployer()
    eventually(lambda: shop.deployer_pid() != before, "another deployer")
    eventually(lambda: shop.do("deploy", release=pod_release(shop, pod)), "the deployer")
    assert shop.containers(ended=True) == [pod["podId"]]
    assert shop.running_since(pod["podId"]) == since
    assert [one["id"] for one in shop.pods()] == [pod["id"]]
    assert shop.call(APP, "count_words", text="a b c") == 3


def pod_release(shop: Shop, pod: Message) -> str:
    """The release a pod runs."""
    return str(shop.pod(pod["id"])["deployment"]["flavour"]["release"]["id"])


def test_nothing_is_killed_while_kabinet_is_away(
    shop: Shop, platform: Platform, pod: Message
) -> None:
    def failed_looks() -> int:
        return shop.complaints().count("cannot look at the moment")

    before, since = failed_looks(), shop.running_since(pod["podId"])
    with platform.without("kabinet"):
        # More than the denials after which a container would be stopped, each by the interval.
        eventually(lambda: failed_looks() - before > DENIALS, "looks that failed", 3 * PATIENCE)
        assert shop.containers() == [pod["podId"]]
        assert shop.call(APP, "count_words", text="a") == 1
    shop.until(pod["id"], "RUNNING")
    # The deployer is heard again, and goes on with its work.
    eventually(lambda: shop.do("deploy", release=pod_release(shop, pod)), "the deployer")
    assert shop.containers(ended=True) == [pod["podId"]]
    assert shop.running_since(pod["podId"]) == since


def test_an_interval_set_from_afar_holds_without_a_restart(shop: Shop, pod: Message) -> None:
    before = shop.deployer_pid()
    for seconds in (0.7, 1.3):
        shop.fakts(_SET_VALUE, key="docker.sync_interval", value=seconds)
        eventually(
            lambda: f"looks every {seconds:g} seconds from now on" in shop.complaints(),  # noqa: B023
            f"a deployer that looks every {seconds:g} seconds",
        )
    assert shop.deployer_pid() == before
    assert shop.containers() == [pod["podId"]]


def test_the_deployer_needs_no_more_of_the_engine_than_is_documented(
    shop: Shop, pod: Message, proxy: Filter
) -> None:
    """All of this went through a filtering proxy at a path of its own."""
    assert "POST /containers/create" in proxy.used
    assert proxy.refused == []


def test_another_lab_sees_starts_and_stops_nothing_of_this_one(
    shop: Shop, other: Shop, pod: Message, engine: daemon.Engine
) -> None:
    """A deployer and an engine of their own side by side: nothing crosses over."""
    assert other.pods() == []
    assert other.containers() == []
    for method in ("aget_pod", "aget_deployment"):
        order = other.customer.order("kabinet", method=method, args={"id": pod["id"]})
        assert "error" in order.end()
    for action in ("stop", "start", "restart", "remove", "follow_logs"):
        assert other.order(action, pod=pod["id"]).result() != "COMPLETED"
    assert shop.containers() == [pod["podId"]]
    shop.until(pod["id"], "RUNNING")
    networks = engine.docker("network", "ls", "--format", "{{.Name}}").split()
    assert {shop.network(), other.network()} <= set(networks)
    assert shop.network() != other.network()


def test_an_update_keeps_the_data_and_the_way_back_too(
    shop: Shop, author: tuple[Author, str], pod: Message
) -> None:
    assert shop.call(APP, "remember", word="old") == "old"
    writer, repository = author
    writer.write("0.2.0")
    writer.release(repository)
    shop.take_in(repository)
    newer = shop.release(APP, "0.2.0")
    shop.approve(newer)
    shop.do("update", pod=pod["id"], release=newer["id"])
    (updated,) = shop.pods()
    # The engine has the new container and nothing of the old one.
    assert shop.containers(ended=True) == [updated["podId"]]
    assert updated["podId"] != pod["podId"]
    assert updated["deployment"]["flavour"]["release"]["version"] == "0.2.0"
    shop.until_served_by(APP, "0.2.0")
    assert shop.call(APP, "tell_version") == "0.2.0"
    assert shop.call(APP, "remember", word="new") == "old new"
    shop.do("update", pod=updated["id"], release=pod_release_of(shop, "0.1.0"))
    shop.until_served_by(APP, "0.1.0")
    assert shop.call(APP, "tell_version") == "0.1.0"
    assert shop.call(APP, "remember", word="back") == "old new back"
    (back,) = shop.pods()
    assert shop.containers(ended=True) == [back["podId"]]
    assert back["podId"] != updated["podId"]


def pod_release_of(shop: Shop, version: str) -> str:
    """A release by its version."""
    return str(shop.release(APP, version)["id"])


def test_a_revoked_approval_stops_its_container(shop: Shop, first: Message, pod: Message) -> None:
    (running,) = shop.pods()
    shop.revoke(first["approval"])
    shop.until(running["id"], "STOPPED")
    assert shop.containers() == []
    order = shop.order("start", pod=running["id"])
    assert order.result() != "COMPLETED"
    assert shop.containers() == []
    deployment = running["deployment"]["id"]
    shop.do("remove", pod=running["id"], with_data=True)
    assert shop.pods() == []
    assert shop.containers(ended=True) == []
    kept = shop.customer.order("kabinet_graphql", document=_KEPT, variables={"id": deployment})
    dump = kept.result()["deployment"]["latestLogDump"]
    assert "counter 0.1.0 starts" in dump["logs"] and dump["pod"] is None


def test_what_nobody_approved_is_refused_in_plain_words(shop: Shop, first: Message) -> None:
    order = shop.order("deploy", release=first["id"])
    assert order.result() != "COMPLETED"
    assert "approval was revoked" in json.dumps(order.events())
