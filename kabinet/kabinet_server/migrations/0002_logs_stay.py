"""What containers wrote belongs to their deployment, so that it outlives them: the column, filled."""

from django.db import migrations, models

_FILL = """
UPDATE kabinet_logdump d SET deployment_id = p.deployment_id, container = p.pod_id
FROM kabinet_pod p WHERE p.id = d.pod_id
"""


class Migration(migrations.Migration):
    """Made before it is required: the next migration does that, in a transaction of its own."""

    dependencies = [("kabinet", "0001_initial")]

    operations = [
        migrations.AddField("logdump", "container", models.CharField(default="", max_length=1000)),
        migrations.AddField(
            "logdump",
            "deployment",
            models.ForeignKey(
                "kabinet.Deployment",
                null=True,
                on_delete=models.deletion.CASCADE,
                related_name="log_dumps",
            ),
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
