"""Notes to people."""

from __future__ import annotations

import pytest
from people import member, principal

from chassis.errors import InvalidInput, NotFound, PermissionDenied
from fakts_server.models.message import ComChannel
from fakts_server.operations.message import channel_register, message_acknowledge, message_send
from fakts_server.selectors.people import messages_of_self


def test_a_note_is_shown_until_it_is_read(lab):
    eve = principal(member(lab, "eve"))
    note = message_send(principal=principal(lab), user_id=eve.subject, message="hi", title="t")
    unread = messages_of_self(eve).filter(acknowledged_at=None)
    assert [*unread] == [note]
    message_acknowledge(principal=eve, message_id=note.pk, acknowledged=True)
    assert not unread.all().exists()
    message_acknowledge(principal=eve, message_id=note.pk, acknowledged=False)
    assert unread.all().exists()
    with pytest.raises(NotFound):
        message_acknowledge(principal=principal(lab), message_id=note.pk, acknowledged=True)


@pytest.mark.parametrize("text", ["", "  ", "x" * 5001])
def test_a_note_says_something(lab, text):
    with pytest.raises(InvalidInput):
        message_send(principal=principal(lab), user_id=lab.user_id, message=text)


def test_admins_write_to_members_only(lab, rival):
    with pytest.raises(NotFound):
        message_send(principal=principal(lab), user_id=rival.user_id, message="hi")
    with pytest.raises(PermissionDenied):
        message_send(principal=principal(member(lab, "eve")), user_id=lab.user_id, message="hi")


def test_a_channel_is_kept_once_and_not_in_clear(lab):
    one = channel_register(principal=principal(lab), token="push-token")
    assert channel_register(principal=principal(lab), token="push-token") == one
    assert "push-token" not in str(ComChannel.objects.values().get())
    with pytest.raises(InvalidInput):
        channel_register(principal=principal(lab), token="")
