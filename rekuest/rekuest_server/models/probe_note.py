"""What one server process has to tell another about a probe."""

from __future__ import annotations

from django.db import models


class ProbeNote(models.Model):
    """Removed as it is read, or after the time of its probe; the table survives no crash."""

    process = models.CharField(max_length=20, help_text="Who is to read it.")
    sender = models.CharField(max_length=20)
    probe = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, help_text="start, worker or asker: whom it is for.")
    frame = models.TextField()
    agent_id = models.BigIntegerField(default=0, help_text="Of a start: who is to run it.")
    seq = models.IntegerField(default=0)
    is_last = models.BooleanField(default=False)
    ends_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["process", "id"], name="probenote_process")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.probe}"
