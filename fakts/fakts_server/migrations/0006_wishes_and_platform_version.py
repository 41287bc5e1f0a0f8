"""Wishes for apps an admin decides about; the version of the platform an organization wants."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("fakts", "0005_revocations"),
    ]

    operations = [
        migrations.RenameField(
            model_name="strategy",
            old_name="minimum_client_version",
            new_name="platform_version",
        ),
        migrations.AddField(
            model_name="devicecode",
            name="wish",
            field=models.JSONField(default=dict),
        ),
    ]
