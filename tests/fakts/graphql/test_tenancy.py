"""Every root field of fakts against strangers."""

from __future__ import annotations

import pytest
from appside import manifest

from chassis.testing.tenancy import TenancySuite, World
from fakts_server.app import SCHEMA
from fakts_server.models.mandate import Mandate
from fakts_server.models.organization import Hub

MARKER = "lab-"


class TestTenancy(TenancySuite):
    """The suite every service inherits; it grows with the schema by itself."""

    schema = SCHEMA

    @pytest.fixture
    def world(self, ours, theirs) -> World:
        membership = ours.membership
        agent = Mandate.objects.create(
            grantor=membership,
            hub=Hub.objects.get(organization=membership.organization),
            claimant="agent",
            agent_identifier="org.example.blobs",
            label="lab-agent",
            pin_identifier="lab-subject",
        )
        wish = {"identifier": "org.example.subject", "version": "1", "scopes": ["read"]}
        instance = ours.instance
        return World(
            ours=ours.member,
            theirs=theirs.member,
            marker=MARKER,
            arguments={
                # None are kept yet, so there is nothing to find.
                "group": {"id": "1"},
                "layer": {"id": "1"},
                "user": {"id": str(membership.user_id)},
                "app": {"id": str(ours.client.release.app_id)},
                "release": {"id": str(ours.client.release_id)},
                "client": {"id": str(ours.client.pk)},
                "myManagedClients": {"kind": "DEVELOPMENT"},
                "service": {"id": str(instance.release.service_id)},
                "serviceRelease": {"id": str(instance.release_id)},
                "serviceInstance": {"id": str(instance.pk)},
                "mandate": {"id": str(ours.mandate.pk)},
                "createMandate": {"input": {"agent": "org.example.agent", "manifest": wish}},
                "issueMandateKey": {"input": {"manifest": wish, "expiresInDays": 1}},
                "issueChildMandateKey": {"input": {"mandate": str(agent.pk), "deviceId": "d"}},
                "revokeMandate": {"input": {"id": str(ours.mandate.pk)}},
            },
            creates=frozenset({"createMandate", "issueMandateKey", "myManagedClients"}),
            own=frozenset({"me"}),
        )

    async def test_ourselves_are_served(self, graphql, root, world):
        if root.name in ("group", "layer"):
            answer = await self._ask(graphql, root, world, world.ours)
            assert answer.codes == ["NOT_FOUND"]
            return
        await super().test_ourselves_are_served(graphql, root, world)


def test_the_marker_is_no_word_of_a_manifest():
    assert MARKER not in str(manifest())
