"""The audit trail as a list: who acted is read together with the entries."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.db.backends.utils import CursorWrapper

from fakts_server.models.audit import AuditEntry
from fakts_server.models.user import User

TRAIL = "{ auditEntries { action actorId actor { id username } } }"
MANY = 40


def write(organization_id: int) -> list[int]:
    people = [User.objects.create(username=f"person-{number}").pk for number in range(MANY)]
    for number, person in enumerate(people):
        AuditEntry.objects.create(
            organization_id=organization_id, action=f"zz-{number}", actor_id=person
        )
    return people


@pytest.fixture
def statements(monkeypatch) -> list[str]:
    """Every statement sent to the database."""
    sent: list[str] = []
    original = CursorWrapper.execute

    def noted(self, statement, *values):
        sent.append(str(statement))
        return original(self, statement, *values)

    monkeypatch.setattr(CursorWrapper, "execute", noted)
    return sent


async def test_people_are_read_with_the_entries_and_not_one_by_one(graphql, ours, statements):
    people = await sync_to_async(write)(ours.membership.organization_id)
    statements.clear()
    answer = (await graphql(TRAIL, ours.member)).ok()
    alone = [text for text in statements if 'FROM "fakts_user"' in text]
    rows = [row for row in answer["auditEntries"] if row["action"].startswith("zz-")]
    assert [row["actor"]["id"] for row in rows] == [str(person) for person in reversed(people)]
    assert alone == []
    assert len([text for text in statements if 'FROM "fakts_audit_entry"' in text]) == 1


async def test_who_is_gone_stays_a_number(graphql, ours):
    people = await sync_to_async(write)(ours.membership.organization_id)
    await User.objects.filter(pk=people[-1]).adelete()
    answer = (await graphql(TRAIL, ours.member)).ok()
    newest = answer["auditEntries"][0]
    assert (newest["actorId"], newest["actor"]) == (str(people[-1]), None)
    assert await AuditEntry.objects.filter(actor_id=people[-1]).acount() == 1


async def test_for_whom_is_told_by_name_while_they_are_a_member(graphql, ours, statements):
    organization = ours.membership.organization_id
    stranger = await User.objects.acreate(username="stranger")
    for number, whom in enumerate((ours.membership.user_id, stranger.pk, None)):
        details = {"roles": ["user"]} if whom is None else {"user": whom}
        await AuditEntry.objects.acreate(
            organization_id=organization, action=f"zz-{number}", details=details
        )
    statements.clear()
    answer = (await graphql("{ auditEntries { action forId forName } }", ours.member)).ok()
    assert len([text for text in statements if 'FROM "fakts_audit_entry"' in text]) == 1
    name = await sync_to_async(lambda: ours.membership.user.username)()
    found = {row["action"]: (row["forId"], row["forName"]) for row in answer["auditEntries"]}
    assert found["zz-0"] == (str(ours.membership.user_id), name)
    assert found["zz-1"] == (str(stranger.pk), None)
    assert found["zz-2"] == (None, None)


async def test_the_trail_is_searched_by_words(graphql, ours):
    organization = ours.membership.organization_id
    for action in ("zz-member.roles_changed", "zz-member.removed", "zz-role.removed"):
        await AuditEntry.objects.acreate(organization_id=organization, action=action)

    async def found(text: str) -> list[str]:
        document = "query($t: String!) { auditEntries(filters: {search: $t}) { action } }"
        answer = (await graphql(document, ours.member, t=text)).ok()
        return [row["action"] for row in answer["auditEntries"]]

    assert await found("zz-member removed") == ["zz-member.removed"]
    assert await found("ROLES zz-member") == ["zz-member.roles_changed"]
    assert await found("zz-") == ["zz-role.removed", "zz-member.removed", "zz-member.roles_changed"]
    assert await found("zz- nothing") == []
