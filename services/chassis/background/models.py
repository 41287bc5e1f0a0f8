"""Two small tables in the database of each service: a row a job, a row a process that works."""

from __future__ import annotations

from django.db import models


class JobNote(models.Model):
    """How a job went the last time, and what is asked of it."""

    name = models.CharField(max_length=200, primary_key=True)
    wanted_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    runs = models.BigIntegerField(default=0)
    failures = models.BigIntegerField(default=0)
    #: The worker of the last run; no relation, for workers come and go.
    worker = models.CharField(max_length=40, blank=True)

    class Meta:
        """One table in each database."""

        db_table = "chassis_job_note"

    def __str__(self) -> str:
        return self.name


class Worker(models.Model):
    """A process that runs jobs or tells when they are due, alive while it says so."""

    id = models.CharField(max_length=40, primary_key=True)
    kind = models.CharField(max_length=20)
    host = models.CharField(max_length=200)
    pid = models.BigIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        """One table in each database."""

        db_table = "chassis_worker"

    def __str__(self) -> str:
        return f"{self.kind} {self.host} {self.pid}"
