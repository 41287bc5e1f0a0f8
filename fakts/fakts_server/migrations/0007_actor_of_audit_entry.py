"""Let entries be read together with who acted; the column is the one that was there."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fakts", "0006_wishes_and_platform_version")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField("AuditEntry", "actor_id"),
                migrations.AddField(
                    "AuditEntry",
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        db_constraint=False,
                        db_index=False,
                        related_name="+",
                        to="fakts.user",
                    ),
                ),
            ]
        )
    ]
