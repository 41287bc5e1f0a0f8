"""The tables of the broker."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="App",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("identifier", models.CharField(max_length=400, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Client",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("client_id", models.CharField(max_length=400, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Device",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("device_id", models.CharField(max_length=400, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Organization",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("external_id", models.CharField(max_length=200, unique=True)),
                ("slug", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="StateDefinition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hash", models.CharField(max_length=200, unique=True)),
                ("name", models.CharField(max_length=1000)),
                ("ports", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sub", models.CharField(max_length=200, unique=True)),
                ("username", models.CharField(default="", max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="Action",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=400)),
                ("version", models.CharField(max_length=200)),
                ("hash", models.CharField(max_length=200)),
                ("name", models.CharField(max_length=1000)),
                ("description", models.TextField(null=True)),
                ("kind", models.CharField(max_length=20)),
                ("definition", models.JSONField(default=dict)),
                ("stateful", models.BooleanField(default=False)),
                ("pure", models.BooleanField(default=False)),
                ("idempotent", models.BooleanField(default=False)),
                ("allow_probe", models.BooleanField(default=False)),
                ("is_dev", models.BooleanField(default=False)),
                (
                    "collections",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=400), default=list, size=None
                    ),
                ),
                (
                    "protocols",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=400), default=list, size=None
                    ),
                ),
                ("scope", models.CharField(default="GLOBAL", max_length=40)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("defined_at", models.DateTimeField(auto_now=True)),
                (
                    "app",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="actions",
                        to="rekuest.app",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="actions",
                        to="rekuest.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Caller",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="callers",
                        to="rekuest.client",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="callers",
                        to="rekuest.organization",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="callers",
                        to="rekuest.user",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Agent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(default="", max_length=400)),
                ("description", models.TextField(null=True)),
                ("supervisor", models.CharField(max_length=400, null=True)),
                ("hash", models.CharField(default="", max_length=200)),
                (
                    "features",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=100), default=list, size=None
                    ),
                ),
                ("diagnostics", models.JSONField(default=list)),
                ("kind", models.CharField(default="WEBSOCKET", max_length=20)),
                ("blocked", models.BooleanField(default=False)),
                ("pinned", models.BooleanField(default=False)),
                ("draining", models.BooleanField(default=False)),
                ("connected", models.BooleanField(default=False)),
                ("last_seen_at", models.DateTimeField(null=True)),
                (
                    "lost_at",
                    models.DateTimeField(
                        help_text="When the last connection ended; the grace period counts from here.",
                        null=True,
                    ),
                ),
                ("session_id", models.CharField(max_length=100, null=True)),
                ("connection_id", models.CharField(max_length=100, null=True)),
                (
                    "process_id",
                    models.CharField(
                        help_text="The server process that holds the connection.",
                        max_length=100,
                        null=True,
                    ),
                ),
                ("lease_epoch", models.BigIntegerField(default=0)),
                ("lease_expires_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="agents",
                        to="rekuest.client",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="agents",
                        to="rekuest.organization",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="agents",
                        to="rekuest.user",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DeadLetter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("session_id", models.CharField(max_length=100, null=True)),
                ("pos", models.BigIntegerField(null=True)),
                ("task_id", models.BigIntegerField(null=True)),
                ("reason", models.TextField()),
                ("frame", models.TextField()),
                ("size", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dead_letters",
                        to="rekuest.agent",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="client",
            name="device",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clients",
                to="rekuest.device",
            ),
        ),
        migrations.CreateModel(
            name="Implementation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("interface", models.CharField(max_length=400)),
                ("execution", models.CharField(default="PLAIN", max_length=20)),
                ("effects", models.CharField(default="UNKNOWN", max_length=20)),
                ("code_hash", models.CharField(max_length=200, null=True)),
                ("needs_token", models.BooleanField(default=True)),
                (
                    "provenance_audience",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=400), null=True, size=None
                    ),
                ),
                (
                    "locks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=400), default=list, size=None
                    ),
                ),
                (
                    "manipulates",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=400), default=list, size=None
                    ),
                ),
                ("params", models.JSONField(default=dict)),
                ("tracks", models.JSONField(default=list)),
                ("optimistics", models.JSONField(default=list)),
                ("logo", models.CharField(max_length=400, null=True)),
                ("diagnostics", models.JSONField(default=list)),
                ("retired_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "action",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="implementations",
                        to="rekuest.action",
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="implementations",
                        to="rekuest.agent",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Dependency",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=400)),
                ("app_filter", models.CharField(max_length=400, null=True)),
                ("version_filter", models.CharField(max_length=200, null=True)),
                ("name", models.CharField(max_length=400, null=True)),
                ("description", models.TextField(null=True)),
                ("optional", models.BooleanField(default=False)),
                ("auto_resolvable", models.BooleanField(default=False)),
                ("min_viable_instances", models.IntegerField(null=True)),
                ("max_viable_instances", models.IntegerField(null=True)),
                ("declaration", models.JSONField(default=dict)),
                (
                    "implementation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dependencies",
                        to="rekuest.implementation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="JournalSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("session_id", models.CharField(max_length=100)),
                ("last_pos", models.BigIntegerField(default=0)),
                (
                    "gap_pos",
                    models.BigIntegerField(
                        default=0,
                        help_text="Position of a gap for which a resend was already forced.",
                    ),
                ),
                ("states_rev", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to="rekuest.agent",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Outbox",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("task_id", models.BigIntegerField(null=True)),
                ("kind", models.CharField(max_length=40)),
                ("frame", models.JSONField()),
                ("sent_epoch", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outbox",
                        to="rekuest.agent",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.CharField(max_length=200)),
                (
                    "app",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="releases",
                        to="rekuest.app",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="client",
            name="release",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clients",
                to="rekuest.release",
            ),
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("global_rev", models.BigIntegerField()),
                ("states", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snapshots",
                        to="rekuest.journalsession",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="State",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("interface", models.CharField(max_length=400)),
                ("key", models.CharField(max_length=400, null=True)),
                ("app_identifier", models.CharField(max_length=400, null=True)),
                ("value", models.JSONField(null=True)),
                ("rev", models.BigIntegerField(default=0)),
                ("retired_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="states",
                        to="rekuest.agent",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="states",
                        to="rekuest.journalsession",
                    ),
                ),
                (
                    "definition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="states",
                        to="rekuest.statedefinition",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Patch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("interface", models.CharField(max_length=400)),
                ("global_rev", models.BigIntegerField()),
                ("op", models.CharField(max_length=20)),
                ("path", models.TextField()),
                ("value", models.JSONField(null=True)),
                ("task_id", models.BigIntegerField(null=True)),
                ("timestamp", models.DateTimeField()),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="patches",
                        to="rekuest.journalsession",
                    ),
                ),
                (
                    "state",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="patches",
                        to="rekuest.state",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=200)),
                ("parent_step", models.IntegerField(null=True)),
                ("call_key", models.CharField(max_length=800, null=True)),
                ("dependency", models.CharField(max_length=400, null=True)),
                ("dependency_method", models.CharField(max_length=400, null=True)),
                ("dependencies", models.JSONField(default=dict)),
                ("resolution_id", models.BigIntegerField(null=True)),
                ("args", models.JSONField(default=dict)),
                ("args_hash", models.CharField(default="", max_length=64)),
                ("hooks", models.JSONField(default=list)),
                ("state_requires", models.JSONField(default=list)),
                ("prompt", models.JSONField(null=True)),
                ("policy", models.CharField(default="ASK", max_length=10)),
                ("capture", models.BooleanField(default=False)),
                ("step", models.BooleanField(null=True)),
                (
                    "message",
                    models.TextField(
                        help_text="The answer text of a decision, for ASSIGN.", null=True
                    ),
                ),
                ("not_before", models.DateTimeField(null=True)),
                ("latest_kind", models.CharField(default="QUEUED", max_length=20)),
                ("latest_instruct", models.CharField(default="ASSIGN", max_length=20)),
                ("latest_progress", models.IntegerField(null=True)),
                ("latest_message", models.TextField(null=True)),
                ("latest_returns", models.JSONField(null=True)),
                ("is_done", models.BooleanField(default=False)),
                ("picked_up_at", models.DateTimeField(null=True)),
                (
                    "code_hash",
                    models.CharField(
                        help_text="Of the implementation, as it was at the pick-up.",
                        max_length=200,
                        null=True,
                    ),
                ),
                ("delivered_at", models.DateTimeField(null=True)),
                ("attempt", models.IntegerField(default=0)),
                ("last_step", models.IntegerField(default=0)),
                ("request_id", models.CharField(max_length=100, null=True)),
                ("request_session", models.CharField(max_length=100, null=True)),
                (
                    "interrupt_at",
                    models.DateTimeField(
                        help_text="When a cancel becomes an interrupt.", null=True
                    ),
                ),
                ("revision", models.IntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "action",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="tasks",
                        to="rekuest.action",
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="tasks",
                        to="rekuest.agent",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        help_text="The agent whose task asked for this child; its mirrors go there.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="asked_tasks",
                        to="rekuest.agent",
                    ),
                ),
                (
                    "caller",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="tasks",
                        to="rekuest.caller",
                    ),
                ),
                (
                    "implementation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="tasks",
                        to="rekuest.implementation",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="tasks",
                        to="rekuest.organization",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="children",
                        to="rekuest.task",
                    ),
                ),
                (
                    "root",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="descendants",
                        to="rekuest.task",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        help_text="The agent process that picked the task up.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="tasks",
                        to="rekuest.journalsession",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Lock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=400)),
                ("description", models.TextField(null=True)),
                ("retired_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="locks",
                        to="rekuest.agent",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="held_locks",
                        to="rekuest.task",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Instruct",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("agent_id", models.BigIntegerField(null=True)),
                ("kind", models.CharField(max_length=20)),
                ("step", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "caller",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="instructs",
                        to="rekuest.caller",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="instructs",
                        to="rekuest.task",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TaskEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("message", models.TextField(null=True)),
                ("progress", models.IntegerField(null=True)),
                ("returns", models.JSONField(null=True)),
                ("value", models.JSONField(null=True)),
                ("level", models.CharField(default="INFO", max_length=10)),
                ("effect", models.CharField(max_length=20, null=True)),
                ("key", models.CharField(max_length=800, null=True)),
                ("reference", models.CharField(max_length=200, null=True)),
                ("agent_pos", models.BigIntegerField(null=True)),
                ("step", models.IntegerField(null=True)),
                ("agent_ts", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="rekuest.journalsession",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="rekuest.task",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Drawer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("resource_id", models.CharField(max_length=200)),
                ("identifier", models.CharField(max_length=400)),
                ("label", models.CharField(max_length=1000, null=True)),
                ("description", models.TextField(null=True)),
                ("task_id", models.BigIntegerField(null=True)),
                ("session_id", models.CharField(max_length=100, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drawers",
                        to="rekuest.agent",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("agent", "resource_id"), name="drawer_agent_resource"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="implementation",
            constraint=models.UniqueConstraint(
                fields=("agent", "interface"), name="implementation_agent_interface"
            ),
        ),
        migrations.AddConstraint(
            model_name="dependency",
            constraint=models.UniqueConstraint(
                fields=("implementation", "key"), name="dependency_implementation_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="journalsession",
            constraint=models.UniqueConstraint(
                fields=("agent", "session_id"), name="journal_session_identity"
            ),
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(fields=["organization", "hash"], name="action_org_hash"),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.UniqueConstraint(
                fields=("organization", "app", "key", "version"), name="action_identity"
            ),
        ),
        migrations.AddIndex(
            model_name="outbox",
            index=models.Index(fields=["agent"], name="outbox_agent"),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.UniqueConstraint(
                fields=("app", "version"), name="release_app_version"
            ),
        ),
        migrations.AddIndex(
            model_name="snapshot",
            index=models.Index(fields=["session", "global_rev"], name="snapshot_session_rev"),
        ),
        migrations.AddIndex(
            model_name="patch",
            index=models.Index(fields=["session", "global_rev"], name="patch_session_rev"),
        ),
        migrations.AddConstraint(
            model_name="state",
            constraint=models.UniqueConstraint(
                fields=("agent", "interface"), name="state_agent_interface"
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("is_done", False)), fields=["agent"], name="task_open_agent"
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("asked_by__isnull", False), ("is_done", False)),
                fields=["asked_by"],
                name="task_open_asked_by",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("root__isnull", False)),
                fields=["root"],
                name="task_root_partial",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("parent__isnull", False)),
                fields=["parent"],
                name="task_parent_partial",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["organization", "-id"], name="task_org_recent"),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(
                fields=("caller", "reference"), name="task_caller_reference"
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(
                condition=models.Q(("call_key__isnull", False), ("parent__isnull", False)),
                fields=("parent", "call_key"),
                name="task_parent_call_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(
                condition=models.Q(("parent__isnull", False), ("parent_step__isnull", False)),
                fields=("parent", "parent_step"),
                name="task_parent_step",
            ),
        ),
        migrations.AddConstraint(
            model_name="lock",
            constraint=models.UniqueConstraint(fields=("agent", "key"), name="lock_agent_key"),
        ),
        migrations.AddIndex(
            model_name="instruct",
            index=models.Index(
                condition=models.Q(("confirmed_at__isnull", True)),
                fields=["agent_id"],
                name="instruct_open_agent",
            ),
        ),
        migrations.AddIndex(
            model_name="taskevent",
            index=models.Index(fields=["task", "id"], name="taskevent_task_id"),
        ),
        migrations.AddConstraint(
            model_name="taskevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("agent_pos__isnull", False), ("session__isnull", False)),
                fields=("session", "agent_pos"),
                name="taskevent_session_pos",
            ),
        ),
        migrations.AddConstraint(
            model_name="caller",
            constraint=models.UniqueConstraint(
                fields=("client", "user", "organization"), name="caller_identity"
            ),
        ),
        migrations.AddConstraint(
            model_name="agent",
            constraint=models.UniqueConstraint(
                fields=("client", "user", "organization"), name="agent_identity"
            ),
        ),
    ]
