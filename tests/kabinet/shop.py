"""A person at the store: asks the service with the documents of the released client."""

from __future__ import annotations

from typing import Any

from images import image

from chassis.testing import Member
from chassis.testing.client import GraphQLAnswer, GraphQLClient

#: The app that the members of the mint act through.
AGENT = "org.example.test"
BIG = {
    "cpu.count": "16",
    "cpu.frequency": "3600",
    "cpu.arch": "x86_64",
    "ram.total": "64000",
    "cuda.count": "2",
    "cuda.computeCapability": "8.9",
    "cuda.version": "12.10",
    "cuda.memory": "24000",
}


def qualifiers(values: dict[str, str]) -> list[dict[str, str]]:
    """Qualifiers as the wire wants them."""
    return [{"key": key, "value": value} for key, value in values.items()]


class Shop:
    """One member at work."""

    def __init__(self, graphql: GraphQLClient, documents: dict[str, str], member: Member) -> None:
        self.graphql = graphql
        self.documents = documents
        self.member = member

    def as_(self, member: Member) -> Shop:
        """The same store with somebody else in it."""
        return Shop(self.graphql, self.documents, member)

    async def ask(self, name: str, **variables: Any) -> GraphQLAnswer:
        """Send a document of the client."""
        return await self.graphql(self.documents[name], self.member, **variables)

    async def get(self, name: str, **variables: Any) -> Any:
        """Send a document that must succeed; return the value of its one root field."""
        [value] = (await self.ask(name, **variables)).ok().values()
        return value

    async def codes(self, name: str, **variables: Any) -> list[str]:
        """Send a document that must fail; return the codes of its errors."""
        answer = await self.ask(name, **variables)
        assert answer.errors, answer.data
        return answer.codes

    async def run(self, text: str, **variables: Any) -> Any:
        """Send a document of our own that must succeed; return the value of its root field."""
        [value] = (await self.graphql(text, self.member, **variables)).ok().values()
        return value

    async def release(self, *args: str, **changes: Any) -> Any:
        """Bring an image in; return its release."""
        return await self.get("CreateAppImage", input=image(*args, **changes))

    async def approve(self, release: Any, **changes: Any) -> Any:
        """Approve what a release is now."""
        given = {
            "release": release["id"],
            "mandate": "m-1",
            "agent": AGENT,
            "digest": release["approvalDigest"],
        }
        return await self.get("ApproveRelease", input={**given, **changes})

    async def backend(self, name: str = "Docker") -> Any:
        """Declare the member's backend."""
        return await self.get("DeclareBackend", input={"name": name, "kind": "docker"})

    async def resource(
        self, backend: Any, values: dict[str, str] | None = None, **more: Any
    ) -> Any:
        """Declare a resource of the member's backend."""
        given = {
            "backend": backend["id"],
            "localId": "node",
            "qualifiers": qualifiers(BIG if values is None else values),
        }
        return await self.get("DeclareResource", input={**given, **more})

    async def deploy(self, release: Any, local_id: str = "cells", **more: Any) -> Any:
        """Approve a release and write down that the backend runs its first flavour."""
        approval = await self.approve(release)
        flavour = release["flavours"][0]["id"]
        given = {"flavour": flavour, "localId": local_id, "approval": approval["id"]}
        return await self.get("CreateDeployment", input={**given, **more})

    async def pod(self, deployment: Any, local_id: str = "c1", **more: Any) -> Any:
        """Register a container."""
        given = {"deployment": deployment["id"], "localId": local_id}
        return await self.get("CreatePod", input={**given, **more})

    async def running(self, local_id: str = "c1", **resource: Any) -> Any:
        """Everything up to a pod that runs; returns the pod."""
        release = await self.release()
        await self.backend()
        deployment = await self.deploy(release)
        await self.pod(deployment, local_id, **resource)
        return await self.get("UpdatePod", input={"localId": local_id, "status": "RUNNING"})
