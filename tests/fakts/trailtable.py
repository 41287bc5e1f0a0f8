"""Operations that change who may do what: the line each writes in the trail, and how it is done."""

from __future__ import annotations

from people import principal
from scene import ADDRESSES

from fakts_server.operations.account import account_delete
from fakts_server.operations.audit import by, by_member
from fakts_server.operations.authorization import authorization_grant
from fakts_server.operations.device_code import (
    device_code_approve,
    device_code_deny,
    wish_decide,
    wished_code_decide,
)
from fakts_server.operations.device_decision import Decision, device_accept, device_decline
from fakts_server.operations.hub import hub_create
from fakts_server.operations.installed import client_revoke, session_end
from fakts_server.operations.instance import (
    Access,
    AliasWish,
    alias_create,
    alias_remove,
    alias_update,
    instance_create,
    instance_remove,
    instance_update,
)
from fakts_server.operations.joining import (
    invite_accept,
    invite_cancel,
    invite_create,
    invite_decline,
)
from fakts_server.operations.mandate import mandate_end, mandate_key_create, mandate_key_login
from fakts_server.operations.mandate_issue import (
    mandate_child_key_issue,
    mandate_create,
    mandate_key_issue,
    mandate_withdraw,
)
from fakts_server.operations.membership import (
    member_add,
    member_block,
    member_roles_set,
    member_take_out,
    organization_update,
    ownership_transfer,
    role_create,
    role_remove,
)
from fakts_server.operations.membership_request import (
    membership_request,
    request_approve,
    request_decline,
    roles_request,
)
from fakts_server.operations.organization import organization_found
from fakts_server.operations.profile import group_create, group_members_set, group_remove
from fakts_server.operations.registration import invite_register
from fakts_server.operations.remote_value import Target, value_remove, value_rollback, value_set
from fakts_server.operations.removal import client_take_away
from fakts_server.operations.session import session_revoke
from fakts_server.operations.strategy import StrategyWish, strategy_set
from fakts_server.operations.web_app import (
    WebAppWish,
    web_app_add,
    web_app_delete,
    web_app_register,
    web_app_remove,
    web_app_renew,
    web_app_rotate,
)
from fakts_server.wire.token import RevocationForm

PASSWORD = "correct-horse-battery"
WEB = WebAppWish(name="viewer", redirect_uris=ADDRESSES)
#: Operation: the line it writes, and how it is done here.
WRITES = {
    device_code_approve: ("app.approved", lambda s: s.client),
    device_code_deny: (
        "app.denied",
        lambda s: device_code_deny(user_code=s.code, membership=s.lab),
    ),
    wished_code_decide: (
        "app.approved",
        lambda s: wished_code_decide(principal=s.ada, code_id=s.wish, allow=True),
    ),
    wish_decide: (
        "app.denied",
        lambda s: wish_decide(admin=s.lab, who=by_member(s.lab), code_id=s.wish, allow=False),
    ),
    device_accept: (
        "app.approved",
        lambda s: device_accept(principal=s.ada, user_code=s.code, decision=Decision()),
    ),
    device_decline: ("app.denied", lambda s: device_decline(principal=s.ada, user_code=s.code)),
    authorization_grant: ("app.approved", lambda s: s.log_in_on_the_web()),
    mandate_key_login: ("app.admitted", lambda s: s.api.mandate(s.key[1])),
    client_revoke: (
        "client.revoked",
        lambda s: client_revoke(principal=s.ada, client_id=s.client.pk),
    ),
    client_take_away: (
        "client.revoked",
        lambda s: client_take_away(client=s.client, who=by_member(s.lab)),
    ),
    session_end: (
        "session.ended",
        lambda s: session_end(principal=s.ada, session_id=s.chain),
    ),
    session_revoke: (
        "session.ended",
        lambda s: session_revoke(form=RevocationForm(token=s.session)),
    ),
    mandate_key_create: ("mandate.key_issued", lambda s: s.key),
    mandate_end: (
        "mandate.revoked",
        lambda s: mandate_end(mandate=s.key[0], who=by_member(s.lab)),
    ),
    mandate_create: (
        "mandate.created",
        lambda s: mandate_create(principal=s.agent, ceiling=s.ceiling, agent="org.example.agent"),
    ),
    mandate_key_issue: (
        "mandate.key_issued",
        lambda s: mandate_key_issue(principal=s.agent, ceiling=s.ceiling, expires_in_days=1),
    ),
    mandate_child_key_issue: (
        "mandate.key_issued",
        lambda s: mandate_child_key_issue(
            principal=s.agent, mandate_id=s.mandate.pk, device_id="d"
        ),
    ),
    mandate_withdraw: (
        "mandate.revoked",
        lambda s: mandate_withdraw(principal=s.ada, mandate_id=s.key[0].pk),
    ),
    member_roles_set: (
        "member.roles_set",
        lambda s: member_roles_set(principal=s.ada, membership_id=s.eve.pk, roles=["editor"]),
    ),
    member_block: (
        "member.blocked",
        lambda s: member_block(principal=s.ada, membership_id=s.eve.pk, blocked=True),
    ),
    member_take_out: (
        "member.removed",
        lambda s: member_take_out(principal=s.ada, membership_id=s.eve.pk),
    ),
    member_add: (
        "member.added",
        lambda s: s.request() and member_add(principal=s.ada, user_id=s.zoe.pk, roles=["user"]),
    ),
    ownership_transfer: (
        "organization.transferred",
        lambda s: ownership_transfer(principal=s.ada, user_id=s.heir.user_id),
    ),
    organization_update: (
        "organization.changed",
        lambda s: organization_update(
            principal=s.ada, organization_id=s.lab.organization_id, name="Other"
        ),
    ),
    organization_found: (
        "organization.founded",
        lambda s: organization_found(principal=s.ada, name="Second"),
    ),
    role_create: ("role.created", lambda s: role_create(principal=s.ada, identifier="keeper")),
    role_remove: ("role.removed", lambda s: role_remove(principal=s.ada, role_id=s.role())),
    invite_create: ("invite.created", lambda s: s.invite),
    invite_accept: ("invite.accepted", lambda s: invite_accept(token=s.link, user=s.zoe)),
    invite_decline: ("invite.declined", lambda s: invite_decline(token=s.link, user=s.zoe)),
    invite_cancel: (
        "invite.cancelled",
        lambda s: invite_cancel(principal=s.ada, invite_id=s.invite.pk),
    ),
    invite_register: (
        "invite.accepted",
        lambda s: invite_register(token=s.link, username="new", password=PASSWORD),
    ),
    membership_request: (
        "request.made",
        lambda s: membership_request(
            principal=principal(s.lab, subject=str(s.zoe.pk)),
            organization_id=s.lab.organization_id,
            reason="",
        ),
    ),
    roles_request: (
        "request.made",
        lambda s: roles_request(principal=principal(s.eve), roles=["editor"], reason=""),
    ),
    request_approve: (
        "request.approved",
        lambda s: request_approve(principal=s.ada, request_id=s.request()),
    ),
    request_decline: (
        "request.declined",
        lambda s: request_decline(principal=s.ada, request_id=s.request()),
    ),
    account_delete: (
        "person.deleted",
        lambda s: account_delete(principal=principal(s.eve), username="eve"),
    ),
    group_create: ("group.created", lambda s: group_create(principal=s.ada, name="others")),
    group_members_set: (
        "group.members_set",
        lambda s: group_members_set(principal=s.ada, group_id=s.group.pk, users=[s.eve.user_id]),
    ),
    group_remove: ("group.removed", lambda s: group_remove(principal=s.ada, group_id=s.group.pk)),
    hub_create: ("hub.created", lambda s: hub_create(principal=s.ada, identifier="gpu")),
    instance_create: ("instance.created", lambda s: s.instance),
    instance_update: (
        "instance.changed",
        lambda s: instance_update(
            principal=s.ada,
            instance_id=s.instance.pk,
            access=Access(denied_users=[s.eve.user_id]),
        ),
    ),
    instance_remove: (
        "instance.removed",
        lambda s: instance_remove(principal=s.ada, instance_id=s.instance.pk),
    ),
    alias_create: (
        "alias.created",
        lambda s: alias_create(
            principal=s.ada, instance_id=s.instance.pk, wish=AliasWish(host="c.d")
        ),
    ),
    alias_update: (
        "alias.changed",
        lambda s: alias_update(principal=s.ada, alias_id=s.alias.pk, wish=AliasWish(host="c.d")),
    ),
    alias_remove: ("alias.removed", lambda s: alias_remove(principal=s.ada, alias_id=s.alias.pk)),
    strategy_set: (
        "strategy.changed",
        lambda s: strategy_set(principal=s.ada, wish=StrategyWish(approval="admin")),
    ),
    value_set: ("value.changed", lambda s: s.value),
    value_remove: (
        "value.changed",
        lambda s: s.value and value_remove(principal=s.ada, target=Target("a.b", None, None)),
    ),
    value_rollback: (
        "value.changed",
        lambda s: value_rollback(principal=s.ada, version_id=s.old_value()),
    ),
    web_app_register: (
        "web_app.registered",
        lambda s: web_app_register(principal=s.ada, wish=WEB),
    ),
    web_app_rotate: (
        "web_app.secret_rotated",
        lambda s: web_app_rotate(principal=s.ada, web_app_id=s.party.pk),
    ),
    web_app_remove: (
        "web_app.removed",
        lambda s: web_app_remove(principal=s.ada, web_app_id=s.party.pk),
    ),
    web_app_add: (
        "web_app.registered",
        lambda s: web_app_add(organization=s.lab.organization, wish=WEB, who=by(s.ada)),
    ),
    web_app_renew: (
        "web_app.secret_rotated",
        lambda s: web_app_renew(organization=s.lab.organization, row=s.party.pk, who=by(s.ada)),
    ),
    web_app_delete: (
        "web_app.removed",
        lambda s: web_app_delete(organization=s.lab.organization, row=s.party.pk, who=by(s.ada)),
    ),
}
