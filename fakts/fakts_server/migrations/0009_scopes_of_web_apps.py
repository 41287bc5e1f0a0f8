"""Let an admin narrow what a web app may ask for."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fakts", "0008_generations")]

    operations = [
        migrations.AddField(
            "RelyingParty", "scopes", models.JSONField(blank=True, default=None, null=True)
        )
    ]
