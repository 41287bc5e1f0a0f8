"""What mutations about services, settings and mandates say to input they cannot take."""

from __future__ import annotations

import pytest
from refusing import ABSENT, INVALID, TAKEN, absent, state

SUBJECT = {"identifier": "org.example.subject", "version": "1", "scopes": ["read"]}
HOST = {"host": "gpu"}
SERVICES = {
    "createServiceInstance": [
        ({"identifier": "", "service": "@service"}, INVALID, "identifier"),
        ({"identifier": "a b", "service": "@service"}, INVALID, "identifier"),
        ({"identifier": "---", "service": "@service"}, INVALID, "identifier"),
        ({"identifier": "x" * 101, "service": "@service"}, INVALID, "identifier"),
        ({"identifier": "rekuest", "service": "@service"}, TAKEN, "identifier"),
        ({"identifier": "new", "service": "@their-service"}, ABSENT, "service"),
        ({"identifier": "new", "service": "999999999"}, ABSENT, "service"),
        ({"identifier": "new", "service": "nothing"}, ABSENT, None),
        ({"identifier": "new", "service": "a." + "b" * 255}, INVALID, "name"),
        ({"identifier": "new", "service": "@service", "hub": "@their-hub"}, ABSENT, "hub"),
        (
            {"identifier": "new", "service": "@service", "allowedUsers": ["@their-person"]},
            ABSENT,
            "allowed_users",
        ),
        (
            {"identifier": "new", "service": "@service", "deniedGroups": ["@their-group"]},
            ABSENT,
            "denied_groups",
        ),
    ],
    "updateServiceInstance": [
        *absent("id", "instance"),
        ({"id": "@instance", "allowedUsers": ["@their-person"]}, ABSENT, "allowed_users"),
        ({"id": "@instance", "deniedUsers": ["@asker"]}, ABSENT, "denied_users"),
        ({"id": "@instance", "allowedGroups": ["@their-group"]}, ABSENT, "allowed_groups"),
        ({"id": "@instance", "deniedGroups": ["x"]}, ABSENT, "denied_groups"),
        ({"id": "@instance", "provides": ["cuda", ""]}, INVALID, "name"),
    ],
    "deleteServiceInstance": [
        *absent("id", "instance"),
        ({"id": "@instance"}, TAKEN, "id"),
    ],
    "createAlias": [
        *absent("instance", "instance", alias=HOST),
        ({"instance": "@instance", "alias": {"kind": "magic", **HOST}}, INVALID, "kind"),
        ({"instance": "@instance", "alias": {}}, INVALID, "host"),
        ({"instance": "@instance", "alias": {"host": "http://gpu"}}, INVALID, "host"),
        ({"instance": "@instance", "alias": {"host": "a b"}}, INVALID, "host"),
        ({"instance": "@instance", "alias": {"host": "gpu", "port": 0}}, INVALID, "port"),
        ({"instance": "@instance", "alias": {"host": "gpu", "port": 65536}}, INVALID, "port"),
        (
            {"instance": "@instance", "alias": {"host": "taken", "port": 80, "path": "/x/"}},
            TAKEN,
            "host",
        ),
    ],
    "updateAlias": [
        *absent("id", "alias", alias=HOST),
        ({"id": "@alias", "alias": {"kind": "", **HOST}}, INVALID, "kind"),
        ({"id": "@alias", "alias": {"kind": "docker"}}, INVALID, "host"),
        ({"id": "@alias", "alias": {"host": "gpu", "port": -1}}, INVALID, "port"),
    ],
    "deleteAlias": absent("id", "alias"),
    "createHub": [
        ({"identifier": ""}, INVALID, "identifier"),
        ({"identifier": "a/b"}, INVALID, "identifier"),
        ({"identifier": "-."}, INVALID, "identifier"),
        ({"identifier": "x" * 101}, INVALID, "identifier"),
        ({"identifier": "new", "name": "a\nb"}, INVALID, "name"),
    ],
    "updateDevice": [
        *absent("id", "device", name="x"),
        ({"id": "@device", "name": ""}, INVALID, "name"),
        ({"id": "@device"}, INVALID, "name"),
    ],
    "createDeviceGroup": [
        ({"name": ""}, INVALID, "name"),
        ({"name": "x" * 101}, INVALID, "name"),
        ({"name": "room", "devices": ["@their-device"]}, ABSENT, "devices"),
        ({"name": "room", "devices": ["@device", "999999999"]}, ABSENT, "devices"),
        ({"name": "room", "devices": ["x"]}, ABSENT, "devices"),
    ],
    "revokeClient": absent("id", "client"),
    "endSession": [
        ({"id": "x"}, ABSENT, "id"),
        ({"id": "00000000-0000-0000-0000-000000000000"}, ABSENT, "id"),
    ],
}
SETTINGS = {
    "setStrategy": [
        ({"approval": "nobody"}, INVALID, "approval"),
        ({"approval": ""}, INVALID, "approval"),
        ({"loginKinds": ["web", "fax"]}, INVALID, "loginKinds"),
        ({"knownApps": [{"identifier": ""}]}, INVALID, "knownApps"),
        ({"knownApps": [{"identifier": "a/b"}]}, INVALID, "knownApps"),
        ({"knownApps": [{"identifier": "a"}] * 501}, INVALID, "knownApps"),
    ],
    "setRemoteValue": [
        ({"key": "", "value": 1}, INVALID, "key"),
        ({"key": "A.b", "value": 1}, INVALID, "key"),
        ({"key": "a..b", "value": 1}, INVALID, "key"),
        ({"key": "a" * 201, "value": 1}, INVALID, "key"),
        ({"key": "new", "value": 1, "kind": "magic"}, INVALID, "kind"),
        ({"key": "new", "value": 1, "kind": "text"}, INVALID, "value"),
        ({"key": "new", "value": True, "kind": "integer"}, INVALID, "value"),
        ({"key": "new", "value": "1", "kind": "number"}, INVALID, "value"),
        ({"key": "new", "value": 0, "kind": "boolean"}, INVALID, "value"),
        ({"key": "a.b", "value": "no integer"}, INVALID, "value"),
        ({"key": "new", "value": "x" * 16_384}, INVALID, "value"),
        ({"key": "new", "value": 1, "app": "@their-app"}, ABSENT, "app"),
        ({"key": "new", "value": 1, "app": "x"}, ABSENT, None),
        ({"key": "new", "value": 1, "device": "@their-device"}, ABSENT, "device"),
        ({"key": "new", "value": 1, "app": "@app", "device": "999999999"}, ABSENT, "device"),
    ],
    "removeRemoteValue": [
        ({"key": "never.set"}, ABSENT, "key"),
        ({"key": "a.b", "app": "@app"}, ABSENT, "key"),
        ({"key": "a.b", "device": "@device"}, ABSENT, "key"),
        ({"key": "a.b", "app": "@their-app"}, ABSENT, "app"),
    ],
    "rollbackRemoteValue": [
        *absent("id", "value"),
        ({"id": "@value"}, TAKEN, "id"),
    ],
}
MANDATES = {
    "createMandate": [
        ({"agent": "", "manifest": SUBJECT}, INVALID, "agent"),
        ({"agent": "a", "manifest": {**SUBJECT, "version": ""}}, INVALID, "manifest.version"),
        ({"agent": "a", "manifest": SUBJECT, "hub": "@their-hub"}, ABSENT, "hub"),
        ({"agent": "a", "manifest": SUBJECT, "maxClients": 0}, INVALID, "maxClients"),
        ({"agent": "a", "manifest": SUBJECT, "expiresInDays": 0}, INVALID, "expiresInDays"),
        ({"agent": "a", "manifest": SUBJECT, "expiresInDays": 366}, INVALID, "expiresInDays"),
        ({"agent": "a", "manifest": SUBJECT, "agentUser": "@their-person"}, ABSENT, "agentUser"),
        ({"agent": "a", "manifest": SUBJECT, "agentUser": "@asker"}, ABSENT, "agentUser"),
    ],
    "issueChildMandateKey": [
        *absent("mandate", "mandate", None, deviceId="d"),
        ({"mandate": "@mandate", "deviceId": ""}, INVALID, "deviceId"),
        ({"mandate": "@mandate", "deviceId": "d"}, "PERMISSION_DENIED", None),
    ],
    "revokeMandate": absent("id", "mandate", None),
}


@pytest.mark.parametrize(
    "tables",
    [SERVICES, SETTINGS, MANDATES],
    ids=["services", "settings", "mandates"],
)
async def test_bad_input_is_refused_by_field_and_changes_nothing(refused, tables):
    before = await state()
    for name, table in tables.items():
        await refused(name, table)
    assert await state() == before
