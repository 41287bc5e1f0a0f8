"""What a home kept of its containers' output before the upgrade stays, with its deployment."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

pytestmark = pytest.mark.django_db


def migrated(name: str) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate([("kabinet", name)])
    with connection.cursor() as cursor:
        # One transaction holds what are several at an upgrade.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return executor.loader.project_state(("kabinet", name)).apps


def made(apps: Any, model: str, **values: Any) -> Any:
    return apps.get_model("kabinet", model).objects.create(organization_id="1", **values)


def test_each_piece_finds_its_deployment() -> None:
    old = migrated("0001_initial")
    for model in ("Organization", "User", "Client"):
        old.get_model("kabinet", model).objects.create(pk="1")
    moment = timezone.now()
    app = made(old, "App", identifier="org.example.cells")
    release = made(old, "Release", app=app, version="1.0", released_at=moment)
    flavour = made(old, "Flavour", release=release, name="vanilla", built_at=moment)
    backend = made(old, "Backend", user_id="1", client_id="1", last_heartbeat=moment)
    here = {"flavour": flavour, "release": release, "backend": backend}
    deployments = [made(old, "Deployment", local_id=name, **here) for name in ("a", "b")]
    for number, deployment in enumerate(deployments):
        pod = made(old, "Pod", backend=backend, deployment=deployment, pod_id=f"c{number}")
        old.get_model("kabinet", "LogDump").objects.create(pod=pod, logs=f"log {number}")
    new = migrated("0003_logs_of_deployments").get_model("kabinet", "LogDump")
    kept = new.objects.order_by("pk").values_list("deployment_id", "container", "logs")
    assert [*kept] == [
        (deployments[0].pk, "c0", "log 0"),
        (deployments[1].pk, "c1", "log 1"),
    ]
