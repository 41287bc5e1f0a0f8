"""An account by invite: both or neither."""

from __future__ import annotations

import pytest

from chassis.errors import Conflict, InvalidInput, NotFound
from fakts_server.adapters.seal import invite_token
from fakts_server.models.joining import Invite
from fakts_server.models.user import User
from fakts_server.operations.registration import invite_register


def test_without_an_invite_there_is_no_account(lab):
    with pytest.raises(NotFound):
        invite_register(token="bin_x", username="grace", password="nine-lazy-otters")
    assert not User.objects.filter(username="grace").exists()


def test_a_weak_password_or_a_taken_name_uses_nothing_up(lab):
    invite = Invite.objects.create(organization=lab.organization, created_by=lab.user)
    token = invite_token(invite.uid)
    with pytest.raises(InvalidInput):
        invite_register(token=token, username="grace", password="123")
    with pytest.raises(Conflict):
        invite_register(token=token, username="ada", password="nine-lazy-otters")
    invite.refresh_from_db()
    assert invite.uses == 0
    assert invite_register(token=token, username="grace", password="nine-lazy-otters").pk
