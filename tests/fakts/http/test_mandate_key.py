"""The mandate key grant at the token endpoint."""

from __future__ import annotations

import jwt
from appside import Api

from fakts_server.models.organization import Membership
from fakts_server.operations.admin import admin_run


def test_mandate_key_logs_an_app_in(api: Api, lab: Membership) -> None:
    order = {"op": "key.create", "username": "ada", "organization": "lab"}
    key = admin_run(order)["key"]
    answer = api.mandate(key)
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    envelope = answer.json()
    assert "refresh_token" not in envelope
    assert envelope["statuses"] == {"rekuest": "granted", "s3": "granted"}
    keys = api.browser.get("/fakts/o/jwks/").json()["keys"]
    header = jwt.get_unverified_header(envelope["access_token"])
    [entry] = [entry for entry in keys if entry["kid"] == header["kid"]]
    claims = jwt.decode(
        envelope["access_token"],
        jwt.PyJWK.from_dict(entry),
        audience="rekuest",
        issuer="bauhof",
    )
    assert claims["aud"] == ["fakts", "rekuest", "s3"]
    assert claims["roles"] == ["admin"]
    assert claims["active_org"] == "lab"
