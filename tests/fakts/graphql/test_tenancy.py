"""Every root field of fakts against strangers."""

from __future__ import annotations

import pytest
from appside import manifest

from chassis.testing.tenancy import TenancySuite, World
from fakts_server.app import SCHEMA
from fakts_server.models.group import Group
from fakts_server.models.instance import InstanceAlias, ServiceInstance
from fakts_server.models.mandate import Mandate
from fakts_server.models.media import Media
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
        organization = membership.organization
        instance = ours.instance
        group = Group.objects.create(organization=organization, name="lab-group")
        media = Media.objects.create(
            organization_id=organization.pk,
            owner_id=membership.user_id,
            name="lab-media",
            content_type="image/png",
            is_stored=True,
        )
        added = ServiceInstance.objects.create(
            hub=instance.hub, release=instance.release, identifier="lab-added"
        )
        alias = InstanceAlias.objects.create(instance=instance, kind="absolute", host="lab-x")
        wish = {"identifier": "org.example.subject", "version": "1", "scopes": ["read"]}
        return World(
            ours=ours.member,
            theirs=theirs.member,
            marker=MARKER,
            arguments={
                # None are kept, so there is nothing to find.
                "layer": {"id": "1"},
                "group": {"id": str(group.pk)},
                "createGroup": {"input": {"name": "a new one"}},
                "setGroupMembers": {"input": {"id": str(group.pk), "users": []}},
                "deleteGroup": {"input": {"id": str(group.pk)}},
                "createGroupProfile": {
                    "input": {"group": str(group.pk), "name": "x", "avatar": str(media.pk)}
                },
                "updateGroupProfile": {
                    "input": {"id": str(group.pk), "name": "x", "avatar": str(media.pk)}
                },
                "createProfile": {"input": {"user": str(membership.user_id), "name": "x"}},
                "updateProfile": {
                    "input": {
                        "id": str(membership.user_id),
                        "name": "x",
                        "avatar": str(media.pk),
                    }
                },
                "requestMediaUpload": {"input": {"key": "a.png", "datalayer": "x"}},
                "createServiceInstance": {
                    "input": {
                        "identifier": "second",
                        "service": str(instance.release.service_id),
                    }
                },
                "updateServiceInstance": {"input": {"id": str(instance.pk)}},
                "deleteServiceInstance": {"input": {"id": str(added.pk)}},
                "createAlias": {
                    "input": {"instance": str(instance.pk), "alias": {"host": "lab-host"}}
                },
                "updateAlias": {"input": {"id": str(alias.pk), "alias": {"host": "lab-other"}}},
                "deleteAlias": {"input": {"id": str(alias.pk)}},
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
            creates=frozenset(
                {
                    "createGroup",
                    "createMandate",
                    "issueMandateKey",
                    "myManagedClients",
                    "requestMediaUpload",
                }
            ),
            own=frozenset({"me"}),
        )

    async def test_ourselves_are_served(self, graphql, root, world):
        if root.name == "layer":
            answer = await self._ask(graphql, root, world, world.ours)
            assert answer.codes == ["NOT_FOUND"]
            return
        await super().test_ourselves_are_served(graphql, root, world)


def test_the_marker_is_no_word_of_a_manifest():
    assert MARKER not in str(manifest())
