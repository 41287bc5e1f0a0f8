"""Note removed and blocked clients, whichever way they went: cascade, admin, plain SQL."""

from __future__ import annotations

from django.db import migrations, models

_OF_MEMBER = "SELECT client_id FROM fakts_client WHERE membership_id = NEW.id"
_OF_PERSON = (
    "SELECT c.client_id FROM fakts_client c JOIN fakts_membership m ON m.id = c.membership_id"
    " WHERE m.user_id = NEW.id"
)
#: Name, event, and the clients whose tokens end with it.
_WATCHES = [
    ("client_removed", "AFTER DELETE ON fakts_client FOR EACH ROW", "SELECT OLD.client_id"),
    (
        "member_blocked",
        "AFTER UPDATE OF is_blocked ON fakts_membership FOR EACH ROW"
        " WHEN (NEW.is_blocked AND NOT OLD.is_blocked)",
        _OF_MEMBER,
    ),
    (
        "person_blocked",
        "AFTER UPDATE OF is_active ON fakts_user FOR EACH ROW"
        " WHEN (OLD.is_active AND NOT NEW.is_active)",
        _OF_PERSON,
    ),
]
_FUNCTION = """
    CREATE FUNCTION fakts_note_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO fakts_revocation (client_id, revoked_at)
        SELECT gone.client_id, clock_timestamp() FROM ({clients}) AS gone (client_id)
        ON CONFLICT (client_id) DO UPDATE SET revoked_at = EXCLUDED.revoked_at;
        RETURN NULL;
    END $$
"""


def _triggers() -> list[migrations.RunSQL]:
    return [
        migrations.RunSQL(
            [
                _FUNCTION.format(name=name, clients=clients),
                f"CREATE TRIGGER fakts_{name} {when} EXECUTE FUNCTION fakts_note_{name}()",
            ],
            [f"DROP FUNCTION fakts_note_{name}() CASCADE"],
        )
        for name, when, clients in _WATCHES
    ]


class Migration(migrations.Migration):
    dependencies = [("fakts", "0004_browser_sessions")]

    operations = [
        migrations.CreateModel(
            name="Revocation",
            fields=[
                (
                    "client_id",
                    models.CharField(max_length=100, primary_key=True, serialize=False),
                ),
                ("revoked_at", models.DateTimeField(db_index=True)),
            ],
            options={"db_table": "fakts_revocation"},
        ),
        *_triggers(),
    ]
