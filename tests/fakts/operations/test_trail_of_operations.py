"""Every operation that changes who may do what leaves a line; a new one must say which, or why not.

`WRITES` names what writes, `SILENT` what does not and the reason; no operation is in neither.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest
from scene import ADDRESSES, Scene
from trailtable import PASSWORD, WRITES

from chassis.asgi import peer
from fakts_server import operations
from fakts_server.models.audit import AuditEntry
from fakts_server.models.credential import DeviceCode
from fakts_server.models.user import User
from fakts_server.operations.admin import _ORDERS, admin_run
from fakts_server.operations.device_code import (
    wished_code_decide,
)
from fakts_server.operations.membership import (
    member_roles_set,
)
from fakts_server.operations.session import session_revoke
from fakts_server.wire.token import RevocationForm

ADDRESS = "10.7.7.7"
PART = "a part of others, which write"
OWN = "of one's own account, in no organization; it opens nothing to others"
LOOKS = "changes how something is shown, not what anybody may do"
READS = "reads"
SYSTEM = "of the installation, by its configuration or its clock"
TOKENS = "gives what was approved before, no more"
SPEAKS = "says something to a person"
#: Operations that write no line, and why.
SILENT = {
    "account_export": READS,
    "admin_answer": "carries out orders, which stand in a table of their own",
    "admin_run": "as above",
    "app_facts": PART,
    "audit_add": "writes the line",
    "authorization_redeem": TOKENS,
    "bootstrap": SYSTEM,
    "browser_session_describe": OWN,
    "browser_session_end": OWN,
    "browser_session_see": OWN,
    "browser_sessions_end_others": OWN,
    "by": PART,
    "by_member": PART,
    "chain_end": PART,
    "channel_register": SPEAKS,
    "check_begin": SYSTEM,
    "check_make": SYSTEM,
    "check_secret": READS,
    "checked_name": READS,
    "client_bind": PART,
    "client_remove": PART,
    "clients_delete": PART,
    "colors_set": LOOKS,
    "dashboard_ensure": SYSTEM,
    "device_code_poll": TOKENS,
    "device_code_start": "nobody's yet: whoever decides about it writes",
    "device_group_create": LOOKS,
    "device_rename": LOOKS,
    "envelope": TOKENS,
    "expired_sweep": SYSTEM,
    "first_admin_create": "an order, which writes",
    "forget_active_key": SYSTEM,
    "group_one": READS,
    "group_profile_set": LOOKS,
    "hub_report": "what a machine says of its health",
    "invite_find": READS,
    "invite_is_valid": READS,
    "invite_url": READS,
    "key_facts": PART,
    "mandate_revoke": PART,
    "mandates_revoke": PART,
    "media_link": READS,
    "media_open": READS,
    "media_own": READS,
    "media_request": LOOKS,
    "media_store": LOOKS,
    "member_forget": PART,
    "member_remove": PART,
    "member_set": PART,
    "members_among": READS,
    "message_acknowledge": SPEAKS,
    "message_send": SPEAKS,
    "new_user": PART,
    "operator_in": PART,
    "organization_create": "an order, which writes, or a part of `organization_found`",
    "organization_provision": SYSTEM,
    "password_change": OWN,
    "profile_set": LOOKS,
    "relying_party_create": PART,
    "relying_party_remove": PART,
    "relying_party_rotate": PART,
    "report_store": "what an app says of its wiring",
    "roles_among": READS,
    "session_load": READS,
    "session_refresh": TOKENS,
    "session_start": PART,
    "setup_link_use": OWN,
    "sign": PART,
    "signing_key_ensure": SYSTEM,
    "signing_key_renew": SYSTEM,
    "signing_key_rotate": SYSTEM,
    "signing_keys_retire": SYSTEM,
    "supersede": PART,
    "user_create": "an order, which writes",
    "user_describe": OWN,
    "waiting_device": READS,
}
#: Orders of the operator: the line each writes, and how it is given; none for those that read.
ORDERS = {
    "org.create": ("organization.founded", lambda s: {"slug": "second"}),
    "user.create": (
        "member.added",
        lambda s: {"username": "new", "role": "user", "password": PASSWORD, "organization": "lab"},
    ),
    "key.create": ("mandate.key_issued", lambda s: {"username": "ada", "organization": "lab"}),
    "key.revoke": ("mandate.revoked", lambda s: {"id": str(s.key[0].pk)}),
    "webapp.add": (
        "web_app.registered",
        lambda s: {"organization": "lab", "name": "viewer", "redirect_uris": ADDRESSES},
    ),
    "webapp.rotate": (
        "web_app.secret_rotated",
        lambda s: {"organization": "lab", "id": str(s.party.pk)},
    ),
    "webapp.remove": ("web_app.removed", lambda s: {"organization": "lab", "id": str(s.party.pk)}),
    "device.approve": (
        "app.approved",
        lambda s: {"user_code": s.code, "username": "ada", "organization": "lab"},
    ),
    "device.deny": (
        "app.denied",
        lambda s: {"user_code": s.code, "username": "ada", "organization": "lab"},
    ),
}
QUIET_ORDERS = {
    "org.list": READS,
    "user.list": READS,
    "key.list": READS,
    "webapp.list": READS,
    "device.list": READS,
    "signing_key.renew": SYSTEM,
}


def named() -> dict[str, str]:
    """Return every public function of the operations, by the module it is written in."""
    found = {}
    for module in pkgutil.iter_modules(operations.__path__, f"{operations.__name__}."):
        for name, one in vars(importlib.import_module(module.name)).items():
            if inspect.isfunction(one) and one.__module__ == module.name and name[0] != "_":
                found[name] = module.name
    return found


@pytest.fixture
def scene(lab, api):
    return Scene(lab, api)


@pytest.fixture
def from_there():
    token = peer.set(("", ADDRESS))
    yield
    peer.reset(token)


def test_every_operation_says_what_it_writes_or_why_nothing():
    writing = {one.__name__ for one in WRITES}
    assert writing | set(SILENT) == set(named())
    assert not writing & set(SILENT)
    assert set(ORDERS) | set(QUIET_ORDERS) | {"bootstrap.first_admin"} == set(_ORDERS)


@pytest.mark.parametrize("operation", WRITES, ids=lambda one: one.__name__)
def test_it_writes_its_line(scene, from_there, operation):
    action, run = WRITES[operation]
    run(scene)
    entry = AuditEntry.objects.latest("pk")
    assert entry.action == action
    # A line without an organization would be seen by no admin.
    founded = action == "organization.founded"
    assert (entry.organization_id != scene.lab.organization_id) == founded
    assert entry.organization_id is not None
    assert entry.actor_id is not None
    assert entry.subject_id
    assert entry.address == ADDRESS


@pytest.mark.parametrize("order", ORDERS)
def test_orders_of_the_operator_write_theirs(scene, order):
    action, fields = ORDERS[order]
    admin_run({"op": order, **fields(scene)})
    entry = AuditEntry.objects.latest("pk")
    assert entry.action == action
    assert entry.organization_id is not None
    assert (entry.actor_id, entry.client_id, entry.address) == (None, "operator", "local")


def test_the_first_admin_stands_in_the_trail_once(installed):
    for _ in range(2):
        admin_run({"op": "bootstrap.first_admin"})
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.client_id) == ("member.added", "operator")
    assert entry.details == {"user": User.objects.get().pk, "roles": ["admin"]}


def test_an_approval_says_what_was_let_in_and_for_whom(scene):
    wished_code_decide(principal=scene.ada, code_id=scene.wish, allow=True)
    asked, approved = AuditEntry.objects.filter(action__startswith="app.").order_by("pk")
    assert (asked.action, asked.actor_id) == ("app.asked", scene.eve.user_id)
    assert (approved.actor_id, approved.client_id) == (scene.lab.user_id, "test-client")
    client = DeviceCode.objects.latest("pk").client
    facts = {
        "app": "org.example.blobs",
        "version": "0.2.0",
        "scopes": ["openid"],
        "user": scene.eve.user_id,
    }
    assert facts.items() <= approved.details.items()
    assert approved.details["device"] == client.device_id is not None
    assert approved.details["statuses"] == {"rekuest": "granted", "s3": "granted"}
    assert facts.items() <= asked.details.items()


def test_a_key_says_what_it_admits_and_each_new_app_is_told_once(scene):
    for _ in range(2):
        scene.api.mandate(scene.key[1])
    issued, admitted = AuditEntry.objects.order_by("pk")
    assert issued.details["user"] == admitted.details["user"] == scene.lab.user_id
    assert (issued.details["app"], issued.details["expires_at"]) == (None, None)
    assert admitted.details["app"] == "org.example.blobs"
    assert admitted.details["mandate"] == scene.key[0].pk


def test_a_web_app_is_agreed_to_once(scene):
    for _ in range(2):
        scene.log_in_on_the_web()
    assert AuditEntry.objects.filter(action="app.approved").count() == 1


def test_an_end_that_ends_nothing_is_no_line(scene):
    for _ in range(2):
        session_revoke(form=RevocationForm(token=scene.session))
    assert AuditEntry.objects.filter(action="session.ended").count() == 1


def test_new_roles_are_told_with_the_old_ones(scene):
    member_roles_set(principal=scene.ada, membership_id=scene.eve.pk, roles=["editor", "viewer"])
    entry = AuditEntry.objects.latest("pk")
    assert entry.details == {
        "user": scene.eve.user_id,
        "roles": ["editor", "viewer"],
        "before": ["user"],
    }
