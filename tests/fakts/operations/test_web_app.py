"""Web apps by the operator's orders."""

from __future__ import annotations

import pytest

from chassis.errors import NotFound
from fakts_server.models.audit import AuditEntry
from fakts_server.models.relying_party import RelyingParty
from fakts_server.operations.admin import admin_run

BACK = "https://viewer.example/done"


def run(op, **fields):
    return admin_run({"op": f"webapp.{op}", "organization": "lab", **fields})


def test_a_web_app_is_added_listed_renewed_and_removed(lab):
    made = run("add", name="Viewer", redirect_uris=[BACK], confidential=True, scopes=["openid"])
    assert made["secret"].startswith("bws_")
    [row] = run("list")["webapps"]
    assert row == {key: value for key, value in made.items() if key != "secret"}
    assert (row["scopes"], row["confidential"]) == (["openid"], True)
    assert run("rotate", id=row["id"])["secret"] != made["secret"]
    assert run("remove", id=row["id"]) == {"id": row["id"], "removed": True}
    assert run("list") == {"webapps": []}
    acts = AuditEntry.objects.filter(action__startswith="web_app.")
    assert set(acts.values_list("organization_id", "client_id")) == {
        (lab.organization_id, "operator")
    }
    assert acts.count() == 3


@pytest.mark.parametrize("op", ["rotate", "remove"])
def test_those_of_another_organization_are_absent(lab, rival, op):
    made = run("add", name="Viewer", redirect_uris=[BACK], confidential=True)
    with pytest.raises(NotFound):
        run(op, id=made["id"], organization="rival")
    assert RelyingParty.objects.filter(is_builtin=False).count() == 1
