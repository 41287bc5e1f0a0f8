"""Count how often a client was let go, so that tokens need no clock to tell before from after."""

from __future__ import annotations

from django.db import migrations, models

_NOTE = """
    CREATE OR REPLACE FUNCTION fakts_note_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        {lock}
        INSERT INTO fakts_revocation (client_id, revoked_at)
        SELECT gone.client_id, clock_timestamp() FROM ({clients}) AS gone (client_id)
        ON CONFLICT (client_id) DO UPDATE SET revoked_at = EXCLUDED.revoked_at{count};
        RETURN NULL;
    END $$
"""
_COUNT = ", generation = fakts_revocation.generation + 1"
#: Who makes a client locks its membership: what is being made is waited for, and seen. Blocking a
#: member locks it already.
_LOCK = "PERFORM FROM fakts_membership WHERE user_id = NEW.id FOR NO KEY UPDATE;"
_WATCHES = [
    ("client_removed", "", "SELECT OLD.client_id"),
    (
        "member_blocked",
        "",
        "SELECT client_id FROM fakts_client WHERE membership_id = NEW.id",
    ),
    (
        "person_blocked",
        _LOCK,
        "SELECT c.client_id FROM fakts_client c JOIN fakts_membership m ON m.id = c.membership_id"
        " WHERE m.user_id = NEW.id",
    ),
]


def _function(name: str, lock: str, clients: str, *, counts: bool) -> str:
    if not counts:
        return _NOTE.format(name=name, lock="", clients=clients, count="")
    return _NOTE.format(name=name, lock=lock, clients=clients, count=_COUNT)


class Migration(migrations.Migration):
    dependencies = [("fakts", "0007_actor_of_audit_entry")]

    operations = [
        migrations.AddField(
            "Revocation", "generation", models.PositiveIntegerField(default=1, db_default=1)
        ),
        *(
            migrations.RunSQL(_function(*watch, counts=True), _function(*watch, counts=False))
            for watch in _WATCHES
        ),
    ]
