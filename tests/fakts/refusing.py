"""What tables of refusals are made of: rows of two organizations by name, and ids of nothing."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from people import member

from fakts_server.models.group import Group
from fakts_server.models.instance import InstanceAlias
from fakts_server.models.joining import Invite, MembershipRequest
from fakts_server.models.message import SystemMessage
from fakts_server.models.organization import Role
from fakts_server.models.setting import RemoteValue
from fakts_server.models.user import User

INVALID, ABSENT, TAKEN = "INVALID_INPUT", "NOT_FOUND", "CONFLICT"


def rows_of(side, prefix: str) -> dict[str, str]:
    """Make a row of each kind in an organization; return ids by what they are."""
    here = side.membership
    organization = here.organization
    asker = User.objects.create(username=f"{prefix}asker")
    alias = InstanceAlias.objects.create(
        instance=side.instance, kind="absolute", host="taken", port=80, path="x"
    )
    value = RemoteValue.objects.create(
        organization=organization, key="a.b", kind="integer", value=1, version=1
    )
    rows: dict[str, Any] = {
        "organization": organization,
        "admin": here,
        "person": here.user,
        "mate": member(here, f"{prefix}mate"),
        "role": Role.objects.create(organization=organization, identifier="painter"),
        "builtin": Role.objects.get(organization=organization, identifier="editor"),
        "group": Group.objects.create(organization=organization, name="optics"),
        "invite": Invite.objects.create(organization=organization, created_by=here.user),
        "request": MembershipRequest.objects.create(organization=organization, user=asker),
        "answered": MembershipRequest.objects.create(
            organization=organization, user=asker, status="declined"
        ),
        "note": SystemMessage.objects.create(
            organization=organization, user=here.user, message="read me"
        ),
        "asker": asker,
        "instance": side.instance,
        "service": side.instance.release.service,
        "hub": side.instance.hub,
        "alias": alias,
        "device": side.client.device,
        "client": side.client,
        "app": side.client.release.app,
        "value": value,
        "mandate": side.mandate,
    }
    return {f"{prefix}{name}": str(row.pk) for name, row in rows.items()}


def filled(value: Any, ids: dict[str, str]) -> Any:
    """Put ids where a table names rows as `@row`."""
    if isinstance(value, dict):
        return {key: filled(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    if isinstance(value, str) and value.startswith("@"):
        return ids[value[1:]]
    return value


def absent(key: str, theirs: str, field: str | None = "id", **more: Any):
    """Foreign, unknown and impossible ids look the same, but for the field no id reaches."""
    return [
        ({key: f"@their-{theirs}", **more}, ABSENT, field),
        ({key: "999999999", **more}, ABSENT, field),
        ({key: "x", **more}, ABSENT, None),
        ({key: "-1", **more}, ABSENT, None),
        ({key: str(2**63), **more}, ABSENT, None),
    ]


COUNTED = (Group, InstanceAlias, Invite, MembershipRequest, SystemMessage, Role, RemoteValue, User)


@sync_to_async
def state() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in COUNTED]
