"""What containers wrote belongs to their deployment; the container may be gone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """After each row has its deployment."""

    dependencies = [("kabinet", "0002_logs_stay")]

    operations = [
        migrations.AlterField(
            "logdump",
            "deployment",
            models.ForeignKey(
                "kabinet.Deployment",
                on_delete=models.deletion.CASCADE,
                related_name="log_dumps",
            ),
        ),
        migrations.AlterField(
            "logdump",
            "pod",
            models.ForeignKey(
                "kabinet.Pod",
                null=True,
                on_delete=models.deletion.SET_NULL,
                related_name="log_dumps",
            ),
        ),
        migrations.AlterField(
            "logdump",
            "created_at",
            models.DateTimeField(auto_now_add=True, db_index=True),
        ),
    ]
