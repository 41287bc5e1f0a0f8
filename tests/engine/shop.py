"""A lab with a deployer beside it: approving, deploying, and asking what became of it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from daemon import Engine
from lab import Lab
from platform_handle import BAUHOF
from processes import (
    PATIENCE,
    PROGRAMS,
    Caller,
    Message,
    Order,
    Program,
    eventually,
    private_environment,
)

HERE = Path(__file__).parent
AGENT = "live.bauhof.docker"
MAKE_MANDATE = """
mutation Create($agent: String!, $manifest: ManifestInput!) {
  createMandate(input: {agent: $agent, manifest: $manifest}) { id }
}
"""
_CANCEL = "mutation Cancel($task: ID!) { cancel(input: {task: $task}) { id } }"
#: Arguments that are references to objects of Kabinet.
AGENTS = "{ agents { connected release { version app { identifier } } } }"
_BY_ID = frozenset({"release", "flavour", "definition", "pod"})
#: Variables that make the deployer quick and its containers small.
QUICK = {
    "BAUHOF_ENGINE_SYNC_SECONDS": "1",
    "BAUHOF_ENGINE_MEMORY_MB": "256",
    "BAUHOF_ENGINE_CPUS": "1",
    "BAUHOF_ENGINE_START_SECONDS": "30",
}


def customer_of(lab: Lab) -> Caller:
    """Start the program of a member in front of the store."""
    program = lab.start(
        # Started by path: the words of a command are looked up beside the interpreter.
        ("python", str(HERE / "programs" / "customer.py")),
        "customer",
        key=lab.key(),
        PYTHONPATH=str(PROGRAMS),
    )
    return Caller(program)


class Shop:
    """One organization, a person who may approve, and a deployer on the engine."""

    def __init__(
        self, lab: Lab, engine: Engine, deployer_python: Path, *, docker_host: str | None = None
    ) -> None:
        self.lab = lab
        self.engine = engine
        #: How the deployer reaches the engine; by default as the tests do.
        self._docker_host = docker_host or engine.host
        self._python = deployer_python
        self.deployer: Program | None = None
        lab.add_user(f"{lab.organization}-boss", "seven blue doors", role="admin")
        lab.add_user(f"{lab.organization}-engine", "seven blue doors", role="deployer")
        lab.user = f"{lab.organization}-boss"
        self.customer = customer_of(lab)

    # --- the deployer

    def start_deployer(self) -> Program:
        """`bauhof engine docker`, as a person starts it."""
        home = self.lab.platform.home
        words = ("engine", "docker", "--org", self.lab.organization)
        words += ("--user", f"{self.lab.organization}-engine", "--python", str(self._python))
        environment = private_environment(
            self.lab.folder / "engine", DOCKER_HOST=self._docker_host, **QUICK
        )
        self.deployer = Program(
            [str(BAUHOF), *words, "--home", str(home)],
            home=self.lab.folder / "engine",
            environment=environment,
        )
        self.lab.programs.append(self.deployer)
        self.action("deploy")
        # It offers its actions before it has declared what it is.
        eventually(lambda: self.kabinet("alist_backends"), "its backend")
        return self.deployer

    def deployer_pid(self) -> int:
        """The process of the app itself, below the command."""
        assert self.deployer is not None
        children = Path(f"/proc/{self.deployer.pid}/task/{self.deployer.pid}/children")
        return int(eventually(lambda: children.read_text().split(), "the deployer")[0])

    def kill_deployer(self) -> None:
        """Kill the app with -9; the command starts it again."""
        os.kill(self.deployer_pid(), signal.SIGKILL)

    # --- the store

    def kabinet(self, method: str, **arguments: Any) -> Any:
        """Call a method of Kabinet's client."""
        return self.customer.order("kabinet", method=method, args=arguments).result()

    def fakts(self, document: str, **variables: Any) -> Any:
        """Send fakts a document."""
        return self.customer.order("fakts", document=document, variables=variables).result()

    def take_in(self, repository: str) -> None:
        """Import a repository, again if need be."""
        self.kabinet("aimport_repo", reference=repository)

    def release(self, identifier: str, version: str) -> Message:
        """The release of an app, as its details say."""
        for row in self.kabinet("alist_releases"):
            if (row["app"]["identifier"], row["version"]) == (identifier, version):
                found: Message = self.kabinet("aget_release", id=row["id"])
                return found
        raise AssertionError(f"{identifier} {version} is not in the store")

    def approve(self, release: Message) -> Message:
        """Approve a release: a mandate at fakts, then the approval in the store."""
        manifest = release["mandateManifest"]
        made = self.fakts(MAKE_MANDATE, agent=AGENT, manifest=manifest)
        approval: Message = self.kabinet(
            "aapprove_release",
            release=release["id"],
            mandate=made["createMandate"]["id"],
            agent=AGENT,
            digest=release["approvalDigest"],
        )
        return approval

    def revoke(self, approval: Message) -> None:
        """Revoke an approval; the store withdraws its mandate."""
        self.kabinet("arevoke_approval", id=approval["id"])

    # --- actions of the deployer and of apps

    def offered(self, app: str, interface: str) -> Message:
        """What an app offers at an interface, once it has registered."""

        def look() -> Message | None:
            order = self.customer.order(
                "invoke", method="aget_agent_by_identifiers", args={"app": app}
            )
            if "error" in order.end():
                return None
            return self.customer.implementation(app, interface)

        found: Message = eventually(look, f"{app}\n{self.complaints()}")
        return found

    def until_served_by(self, app: str, version: str) -> None:
        """Wait until this release of an app is connected, and no other of it is any more.

        A call given to the agent of the container that just went would wait for its return.
        """

        def look() -> bool:
            return self._connected(app) == {version}

        eventually(look, f"{app} {version} alone\n{self.complaints()}", 2 * PATIENCE)

    def is_connected(self, app: str) -> bool:
        """Whether any release of an app is connected."""
        return bool(self._connected(app))

    def _connected(self, app: str) -> set[str]:
        agents = self.customer.graphql(AGENTS)["agents"]
        there = [agent["release"] for agent in agents if agent["connected"]]
        return {one["version"] for one in there if one["app"]["identifier"] == app}

    def complaints(self) -> str:
        """What the deployer wrote."""
        assert self.deployer is not None
        return self.deployer.output + self.deployer.errors.read_text(errors="replace")

    def action(self, interface: str) -> Message:
        """An action of the deployer."""
        return self.offered(AGENT, interface)

    def order(self, interface: str, **arguments: Any) -> Order:
        """Assign an action of the deployer; pods, releases and their like are given by id."""
        sent = {
            name: {"__identifier": f"@kabinet/{name}", "object": value} if name in _BY_ID else value
            for name, value in arguments.items()
        }
        return self.customer.watch(self.action(interface), **sent)

    def do(self, interface: str, **arguments: Any) -> Order:
        """Assign an action of the deployer and wait until it is done."""
        order = self.order(interface, **arguments)
        assert order.result(5 * PATIENCE) == "COMPLETED", order.events()[-1]
        return order

    def cancel(self, order: Order) -> None:
        """Cancel an order and wait until it has ended."""
        self.customer.graphql(_CANCEL, task=order.task)
        order.event("CANCELLED", timeout=3 * PATIENCE)

    def deploy(self, release: Message) -> Message:
        """Deploy a release; the pod."""
        before = {pod["id"] for pod in self.pods()}
        self.do("deploy", release=release["id"])
        made = [pod for pod in self.pods() if pod["id"] not in before]
        assert len(made) == 1, made
        return made[0]

    def pods(self) -> list[Message]:
        """The pods of the lab's backend."""
        (backend,) = self.kabinet("alist_backends")
        found: list[Message] = self.kabinet("amy_pods", backend=backend["id"], limit=50)
        return found

    def pod(self, pod_id: str) -> Message:
        """One pod."""
        found: Message = self.kabinet("aget_pod", id=pod_id)
        return found

    def until(self, pod_id: str, status: str) -> Message:
        """Wait until a pod is in a state."""

        def look() -> Message | None:
            found = self.pod(pod_id)
            return found if found["status"] == status else None

        found: Message = eventually(look, f"pod {pod_id} {status}")
        return found

    def call(self, identifier: str, interface: str, **arguments: Any) -> Any:
        """Call an action of an app."""
        implementation = self.offered(identifier, interface)
        return self.customer.call(implementation, **arguments).result()

    # --- the engine

    def engine_id(self) -> str:
        """What this lab's containers are known by; empty before the first start."""
        state = self.lab.platform.home / "engine" / self.lab.organization / "state"
        file = state / "engine-id"
        return file.read_text() if file.exists() else ""

    def network(self) -> str:
        """The network of this lab's containers."""
        return f"bauhof-{self.engine_id()[:8]}"

    def containers(self, *, ended: bool = False) -> list[str]:
        """The containers of this lab's deployer that run; with `ended` all there are."""
        label = f"label=live.bauhof.engine={self.engine_id()}"
        words = ["ps", "-q", "--no-trunc", "--filter", label, *(["-a"] if ended else [])]
        return self.engine.docker(*words).split()

    def running_since(self, container: str) -> str:
        """When a container was started last, and how often the engine had to start it again."""
        return self.engine.docker(
            "inspect", "--format", "{{.State.StartedAt}} {{.RestartCount}}", container
        )

    def close(self) -> None:
        """End all programs and remove all containers of this lab."""
        if self.deployer is not None:
            self.deployer.stop()
        self.lab.close()
        if not self.engine_id():
            return
        label = f"label=live.bauhof.engine={self.engine_id()}"
        left = self.engine.docker("ps", "-aq", "--filter", label).split()
        if left:
            self.engine.docker("rm", "-f", "-v", *left)
        # Its deployer may have removed it with the last container.
        for network in self.engine.docker(
            "network", "ls", "-q", "--filter", f"name=^{self.network()}$"
        ).split():
            self.engine.docker("network", "rm", network)
