"""Leave room for in-place updates of task rows: most of them change no indexed column."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rekuest", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE rekuest_task SET (fillfactor = 60)",
            "ALTER TABLE rekuest_task RESET (fillfactor)",
        ),
        migrations.RunSQL(
            "ALTER TABLE rekuest_journalsession SET (fillfactor = 50)",
            "ALTER TABLE rekuest_journalsession RESET (fillfactor)",
        ),
        migrations.RunSQL(
            "ALTER TABLE rekuest_agent SET (fillfactor = 60)",
            "ALTER TABLE rekuest_agent RESET (fillfactor)",
        ),
    ]
